"""Does a run that goes on find the examples that it began with?"""

from __future__ import annotations

import json

from dlsuite.experiment.learner import Learner
from dlsuite.tracking import RunRecord, StoreError

SPLITS = "splits.json"  # counts and hashes of every split


def same_data(record: RunRecord, learner: Learner) -> None:
    """Refuses to go on with a run whose examples are others by now.

    Args:
        record: The run, which keeps the hashes of its splits; one that kept none is let through.
        learner: Its recipe with the data as it is.

    Raises:
        StoreError: A split has other examples than before.
    """
    report = learner.splits.report
    if report is None or not record.keeps(SPLITS):
        return
    before = json.loads(record.artifact(SPLITS).read_text(encoding="utf-8"))
    now = report.to_dict()
    changed = [
        f"{name} ({before['counts'].get(name, 0):,} examples then, {now['counts'].get(name, 0):,} "
        "now)"
        for name in {**before["hashes"], **now["hashes"]}
        if before["hashes"].get(name) != now["hashes"].get(name)
    ]
    if changed:
        raise StoreError(
            f"{record} can only be resumed with the data that it began with. Received: other "
            f"examples in {', '.join(changed)}. Restore them, or start a new run."
        )
