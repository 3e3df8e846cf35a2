"""What a run keeps of the labels that people corrected for it."""

from __future__ import annotations

from dlsuite.data.relabels import Applied, relabels_sheet
from dlsuite.data.spreadsheet import as_csv
from dlsuite.tracking import TrackedRun

FILE = "relabels.csv"


def keep(tracked: TrackedRun, applied: Applied) -> None:
    """The file as it was when the run began, how many labels it changed, and its hash."""
    with tracked.file(FILE) as path:
        path.write_bytes(as_csv(relabels_sheet(applied.relabels)))
    tracked.tags({"relabels": applied.total, "relabels_sha256": applied.sha256})
