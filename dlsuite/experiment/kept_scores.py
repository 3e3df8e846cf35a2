"""The scores that a finished run keeps: values beside the per-example table that they judge."""

from __future__ import annotations

import json
import math

from dlsuite.metrics import Scores
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.tracking import RunRecord


def kept_values(record: RunRecord, split: str) -> dict[str, float]:
    """Metrics of a split by their names without it; none where the run has no such split."""
    start = f"{split}."
    return {n.removeprefix(start): v for n, v in record.metrics.items() if n.startswith(start)}


def kept_scores(record: RunRecord, split: str) -> Scores:
    """Scores of a split with their table.

    Those of held-out answers are of all of them together: means over the folds are no function of
    a table.

    Raises:
        StoreError: The run keeps no answers of that split.
    """
    values = _together(record) if split == HELD_OUT else kept_values(record, split)
    return Scores(values, record.table(f"examples/{split}"))


def _together(record: RunRecord) -> dict[str, float]:
    text = record.artifact("cross_validation.json").read_text(encoding="utf-8")
    pooled = {name: row["pooled"] for name, row in json.loads(text)["summary"].items()}
    return {n: v for n, v in pooled.items() if v is not None and math.isfinite(v)}
