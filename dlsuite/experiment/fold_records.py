"""What of a cross-validation goes into the store, and how its folds are read back from there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dlsuite import figures
from dlsuite.experiment.cross_validation import HELD_OUT, CrossValidation, FoldScores
from dlsuite.figures.comparison import overlaid_curves
from dlsuite.metrics import Scores
from dlsuite.tracking import RunRecord, StoreError, TrackedRun

FOLD = "fold"  # the tag of a fold's run: its number
# Metrics of the parent run, and the column of the summary that each of them is.
KEPT = {
    HELD_OUT: "mean",
    f"{HELD_OUT}_std": "std",
    f"{HELD_OUT}_low": "low",
    f"{HELD_OUT}_high": "high",
}


def read_fold(record: RunRecord) -> FoldScores:
    """A finished fold.

    Raises:
        StoreError: The store did not take its scores.
    """
    report = json.loads(record.artifact("splits.json").read_text(encoding="utf-8"))
    counts = {split: int(count) for split, count in report["counts"].items()}
    scores = {split: _scores(record, split) for split in counts}
    rivals = {split: _scores(record, split, "baseline") for split in counts}
    if scores["test"] is None:
        raise StoreError(f"{record} has no scores of what it held out. Start a new run.")
    return FoldScores(
        number=int(record.tags[FOLD]),
        run_id=record.run_id,
        counts=counts,
        scores={split: found for split, found in scores.items() if found is not None},
        baseline={split: found for split, found in rivals.items() if found is not None},
        epochs=json.loads(record.artifact("history.json").read_text(encoding="utf-8")),
    )


def keep(tracked: TrackedRun, validation: CrossValidation, class_names: Sequence[str]) -> None:
    """The summary in the parent run: scores, tables, pictures of the held-out answers.

    Args:
        tracked: The parent.
        validation: Of all folds.
        class_names: In the order to show, where there are classes.
    """
    for name, column in KEPT.items():
        known = validation.summary[column].dropna()
        tracked.metrics({f"{name}.{metric}": value for metric, value in known.items()})
    table = validation.scores.examples
    tracked.table(f"examples/{HELD_OUT}", table)
    tracked.table("folds", validation.by_fold)
    tracked.json("cross_validation.json", validation.to_dict())
    curves = {f"fold {fold.number}": fold.epochs for fold in validation.folds}
    tracked.figure("figures/cv_curves", overlaid_curves(curves))
    named = {"label", "predicted"} <= set(table)
    if named and {*table["label"], *table["predicted"]} <= set(class_names):
        drawn = figures.confusion_matrix(table, class_names)
        tracked.figure("figures/cv_confusion_matrix", drawn)
    elif {"target", "predicted"} <= set(table):
        drawn = figures.predicted_against_true(table)
        tracked.figure("figures/cv_predicted_against_true", drawn)


def _scores(record: RunRecord, split: str, of: str = "") -> Scores | None:
    """Scores of a split with their table, of the net or `of` its baseline, if there are any."""
    start = f"{of}.{split}." if of else f"{split}."
    values = {n.removeprefix(start): v for n, v in record.metrics.items() if n.startswith(start)}
    table = f"examples/{of}_{split}" if of else f"examples/{split}"
    return Scores(values, record.table(table)) if values else None
