"""The scores that a run has of its own, which those on new data stand beside."""

from __future__ import annotations

from dlsuite.experiment import reference
from dlsuite.experiment.kept_scores import kept_scores
from dlsuite.metrics import Scores
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.tracking import RunRecord


def own_scores(record: RunRecord, *, own: bool) -> tuple[str | None, Scores | None]:
    """The split that stands for what the model was tested on, with its kept scores and table.

    Held-out answers to the run's `own` data are no other examples than those that are scored.
    """
    kept = set(record.artifacts())
    test, *others = reference.SPLITS
    known = (test, *([] if own else [HELD_OUT]), *others)
    split = next((s for s in known if f"examples/{s}.csv" in kept), None)
    if split is None:
        return None, None
    return split, kept_scores(record, split)
