"""The scores that a run has of its own, which those on new data stand beside."""

from __future__ import annotations

import json
import math

from dlsuite.experiment import reference
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
    if split == HELD_OUT:
        return split, _held_out(record)
    start = f"{split}."
    values = {
        name.removeprefix(start): value
        for name, value in record.metrics.items()
        if name.startswith(start)
    }
    return split, Scores(values, record.table(f"examples/{split}"))


def _held_out(record: RunRecord) -> Scores:
    """Scores of all held-out answers together: means over the folds are no function of a table."""
    text = record.artifact("cross_validation.json").read_text(encoding="utf-8")
    rows = json.loads(text)["summary"].items()
    pooled = {name: row["pooled"] for name, row in rows}
    values = {name: v for name, v in pooled.items() if v is not None and math.isfinite(v)}
    return Scores(values, record.table(f"examples/{HELD_OUT}"))
