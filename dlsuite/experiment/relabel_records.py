"""What a run keeps of the labels that people corrected for it."""

from __future__ import annotations

from dlsuite.data.relabels import Applied, RelabelsError, read_relabels, relabels_sheet
from dlsuite.data.spreadsheet import as_csv
from dlsuite.recipe import Recipe, RecipeError
from dlsuite.tracking import TrackedRun

FILE = "relabels.csv"
SHA = "relabels_sha256"  # the tag of the file's hash


def keep(tracked: TrackedRun, applied: Applied) -> None:
    """The file as it was when the run began, how many labels it changed, and its hash."""
    with tracked.file(FILE) as path:
        path.write_bytes(as_csv(relabels_sheet(applied.relabels)))
    tracked.tags({"relabels": applied.total, SHA: applied.sha256})


def require_readable(recipe: Recipe) -> None:
    """Refuses a recipe whose file of relabels is not there or not one, before a run is opened.

    Raises:
        RecipeError: At `data.relabels`.
    """
    path = getattr(getattr(recipe.settings, "data", None), "relabels", None)
    if path is None:
        return
    try:
        read_relabels(path)
    except RelabelsError as error:
        raise RecipeError([recipe.problem(RelabelsError.key, str(error))]) from error
