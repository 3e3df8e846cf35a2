"""Scores as functions of a per-example table, with intervals: of one table, or between two.

A score that is the mean of a column (accuracy, a mean loss) is left to `intervals`. Others, such as
macro F1 or R², are computed anew on every bootstrap sample of examples. Tables of classes are drawn
with the pseudo-examples of `intervals`, so that few errors do not look like certainty: one right
and one wrong more, spread over the classes as the examples are; in pairs, where any differ, one
more that differs each way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from dlsuite.metrics.class_averages import PER_CLASS, recall_names
from dlsuite.metrics.counted_scores import OF_CLASSES, OF_NUMBERS, OF_POSITIVES, Statistic
from dlsuite.metrics.intervals import (
    LEVEL,
    Interval,
    difference_interval,
    mean_interval,
    paired_interval,
)
from dlsuite.metrics.resampling import (
    distinct_rows,
    drawn_scores,
    one_more_each_way,
    one_right_one_wrong,
)
from dlsuite.metrics.scores import Scores

COLUMNS = {
    "accuracy": "correct",
    "exact_match": "correct",
    "loss": "loss",
    "mse": "loss",
}  # whose mean a score is
CLOSE = 1e-6  # relative: a score that is what its table tells


class Measure(Protocol):
    """A score that a per-example table tells.

    Intervals are those of 95 %, reproducible from their seed. Differences are a's score - b's.
    """

    def value(self, table: pd.DataFrame) -> float:
        """The score of a table."""
        ...

    def interval(self, table: pd.DataFrame, *, seed: int = 0) -> Interval:
        """Its interval: what other examples of the same kind might have given."""
        ...

    def paired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        """Interval of the difference on the same examples in the same order."""
        ...

    def unpaired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        """Interval of the difference between independent samples of examples."""
        ...


def measure_of(metric: str, scores: Sequence[Scores]) -> Measure | None:
    """How tables tell a metric; None where they do not.

    Args:
        metric: Name without split, such as `f1_macro`.
        scores: Those to be looked at, one or more, each with this metric and its table.
    """
    tables = [each.examples for each in scores]
    possible: list[Resampled] = []
    if all({"label", "predicted", "correct"} <= set(table) for table in tables):
        if metric in OF_CLASSES:
            possible = [Resampled(OF_CLASSES[metric], classes=True)]
        else:
            possible = _of_one_class(metric, tables)
    elif all({"target", "predicted"} <= set(table) for table in tables) and metric in OF_NUMBERS:
        possible = [Resampled(OF_NUMBERS[metric], classes=False)]
    # Of several labels F1 is not that of their lists, which are the classes of such a table; and
    # which of two classes is the positive one is told by the score alone.
    for each in possible:
        if all(_is_close(each.value(s.examples), s.values[metric]) for s in scores):
            return each
    shared = set.intersection(*(set(map(str, table)) for table in tables))
    known = [COLUMNS[metric]] if COLUMNS.get(metric) in shared else sorted(shared)
    # A column that is 0 throughout is the mean of nothing in particular.
    telling = (
        column
        for column in known
        if column in (COLUMNS.get(metric), metric, f"{metric}_part")
        or any(table[column].nunique() > 1 for table in tables)
    )
    fits = (column for column in telling if all(_is_mean(each, metric, column) for each in scores))
    column = next(fits, None)
    return None if column is None else ColumnMean(column)


@dataclass(frozen=True)
class ColumnMean:
    """The mean of a column of numbers, or the share of true ones."""

    column: str

    def value(self, table: pd.DataFrame) -> float:
        return float(self._of(table).mean())

    def interval(self, table: pd.DataFrame, *, seed: int = 0) -> Interval:
        return mean_interval(self._of(table), seed=seed)

    def paired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        return paired_interval(self._of(a), self._of(b), seed=seed)

    def unpaired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        return difference_interval(self._of(a), self._of(b), seed=seed)

    def _of(self, table: pd.DataFrame) -> np.ndarray:
        return table[self.column].to_numpy()


@dataclass(frozen=True)
class Resampled:
    """A score that is computed anew for every sample.

    `classes` says whether truth and answer are names, in `label` and `predicted`, or numbers, in
    `target` and `predicted`. `positive` is the class that a score of one class is of.
    """

    of: Statistic
    classes: bool
    positive: str | None = None

    def value(self, table: pd.DataFrame) -> float:
        (rows,) = self._rows(table)
        return float(self.of(rows, np.ones((1, len(rows))))[0])

    def interval(self, table: pd.DataFrame, *, seed: int = 0) -> Interval:
        (rows,) = self._rows(table)
        return _interval(self.value(table), self._single(rows, seed))

    def paired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        if len(a) != len(b):
            raise ValueError(
                "Paired tables must hold the same examples. "
                f"Received: a of {len(a)}, b of {len(b)}."
            )
        rows = np.concatenate(self._rows(a, b), axis=1)  # [N, 4]
        weights = np.ones(len(rows))
        if self.classes:
            rows, weights = one_more_each_way(*distinct_rows(rows))

        def ahead(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
            return self.of(rows[:, :2], counts) - self.of(rows[:, 2:], counts)

        return _interval(self.value(a) - self.value(b), drawn_scores(ahead, rows, weights, seed))

    def unpaired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        first, second = self._rows(a, b)
        drawn = self._single(first, (seed, 0)) - self._single(second, (seed, 1))
        return _interval(self.value(a) - self.value(b), drawn)

    def _single(self, rows: np.ndarray, seed: int | Sequence[int]) -> np.ndarray:
        weights = np.ones(len(rows))
        if self.classes:
            rows, weights = one_right_one_wrong(*distinct_rows(rows))
        return drawn_scores(self.of, rows, weights, seed)

    def _rows(self, *tables: pd.DataFrame) -> list[np.ndarray]:
        """Truth and answer of each example, `[N, 2]`; classes by number, the same for all."""
        truth = "label" if self.classes else "target"
        pairs = [table[[truth, "predicted"]].to_numpy() for table in tables]
        if not self.classes:
            return [pair.astype(np.float64) for pair in pairs]
        if self.positive is not None:
            return [(pair.astype(str) == self.positive).astype(np.int64) for pair in pairs]
        names = np.unique(np.concatenate([pair.astype(str) for pair in pairs]))
        return [np.searchsorted(names, pair.astype(str)) for pair in pairs]


def _of_one_class(metric: str, tables: Sequence[pd.DataFrame]) -> list[Resampled]:
    """What a score of one class, such as `f1` or `recall_of_ant`, may be of."""
    names = sorted({str(name) for table in tables for name in table["label"].unique()})
    if metric in OF_POSITIVES:
        statistic = OF_POSITIVES[metric]
    elif metric.startswith(PER_CLASS):
        statistic = OF_POSITIVES["recall"]
        names = [name for name in names if recall_names([name]) == [metric]]
    else:
        return []
    return [Resampled(statistic, classes=True, positive=name) for name in reversed(names)]


def _is_mean(scores: Scores, metric: str, column: str) -> bool:
    values = scores.examples[column]
    if values.dtype != bool and not pd.api.types.is_numeric_dtype(values):
        return False
    return _is_close(float(values.mean()), scores.values[metric])


def _is_close(value: float, known: float) -> bool:
    return abs(value - known) <= CLOSE * max(1.0, abs(known))


def _interval(estimate: float, drawn: np.ndarray) -> Interval:
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(estimate, float(low), float(high))
