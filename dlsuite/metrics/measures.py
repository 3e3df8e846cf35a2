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

from dlsuite.metrics.counted_scores import OF_CLASSES, OF_NUMBERS, Statistic
from dlsuite.metrics.intervals import (
    LEVEL,
    MOST_DRAWN,
    PORTION,
    REPEATS,
    Interval,
    difference_interval,
    mean_interval,
    paired_interval,
)
from dlsuite.metrics.scores import Scores

COLUMNS = {"accuracy": "correct", "loss": "loss", "mse": "loss"}  # whose mean a score is
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
    resampled: Resampled | None = None
    if all({"label", "predicted", "correct"} <= set(table) for table in tables):
        if metric in OF_CLASSES:
            resampled = Resampled(OF_CLASSES[metric], classes=True)
    elif all({"target", "predicted"} <= set(table) for table in tables) and metric in OF_NUMBERS:
        resampled = Resampled(OF_NUMBERS[metric], classes=False)
    # Of several labels F1 is not that of their lists, which are the classes of such a table.
    if resampled and all(_is_close(resampled.value(s.examples), s.values[metric]) for s in scores):
        return resampled
    shared = set.intersection(*(set(map(str, table)) for table in tables))
    known = [COLUMNS[metric]] if COLUMNS.get(metric) in shared else sorted(shared)
    fits = (column for column in known if all(_is_mean(each, metric, column) for each in scores))
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
    `target` and `predicted`.
    """

    of: Statistic
    classes: bool

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
            rows, weights = _one_more_each_way(*_distinct(rows))

        def ahead(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
            return self.of(rows[:, :2], counts) - self.of(rows[:, 2:], counts)

        return _interval(self.value(a) - self.value(b), _drawn(ahead, rows, weights, seed))

    def unpaired(self, a: pd.DataFrame, b: pd.DataFrame, *, seed: int = 0) -> Interval:
        first, second = self._rows(a, b)
        drawn = self._single(first, (seed, 0)) - self._single(second, (seed, 1))
        return _interval(self.value(a) - self.value(b), drawn)

    def _single(self, rows: np.ndarray, seed: int | Sequence[int]) -> np.ndarray:
        weights = np.ones(len(rows))
        if self.classes:
            rows, weights = _one_right_one_wrong(*_distinct(rows))
        return _drawn(self.of, rows, weights, seed)

    def _rows(self, *tables: pd.DataFrame) -> list[np.ndarray]:
        """Truth and answer of each example, `[N, 2]`; classes by number, the same for all."""
        truth = "label" if self.classes else "target"
        pairs = [table[[truth, "predicted"]].to_numpy() for table in tables]
        if not self.classes:
            return [pair.astype(np.float64) for pair in pairs]
        names = np.unique(np.concatenate([pair.astype(str) for pair in pairs]))
        return [np.searchsorted(names, pair.astype(str)) for pair in pairs]


def _is_mean(scores: Scores, metric: str, column: str) -> bool:
    values = scores.examples[column]
    if values.dtype != bool and not pd.api.types.is_numeric_dtype(values):
        return False
    return _is_close(float(values.mean()), scores.values[metric])


def _is_close(value: float, known: float) -> bool:
    return abs(value - known) <= CLOSE * max(1.0, abs(known))


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return distinct, counts.astype(np.float64)


def _one_right_one_wrong(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One example answered rightly and one wrongly more, spread over what there is of either."""
    classes = int(rows.max()) + 1
    held = np.bincount(rows[:, 0], weights, classes)  # [K] of each truth
    right = np.repeat(np.arange(classes)[:, None], 2, axis=1)
    wrong = rows[:, 0] != rows[:, 1]
    errors, shares = rows[wrong], weights[wrong]
    if not wrong.any():
        errors, shares = np.stack([right[:, 0], (right[:, 0] + 1) % classes], axis=1), held
    return (
        np.concatenate([rows, right, errors]),
        np.concatenate([weights, held / held.sum(), shares / shares.sum()]),
    )


def _one_more_each_way(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One pair of differing answers more as it is and one with its answers exchanged."""
    differ = rows[:, 1] != rows[:, 3]
    if not differ.any():
        return rows, weights
    share = weights[differ] / weights[differ].sum()
    added = np.concatenate([rows[differ], rows[differ][:, [0, 3, 2, 1]]])
    return np.concatenate([rows, added]), np.concatenate([weights, share, share])


def _drawn(
    of: Statistic, rows: np.ndarray, weights: np.ndarray, seed: int | Sequence[int]
) -> np.ndarray:
    """Scores of bootstrap samples, shape `[R]`."""
    generator = np.random.default_rng(seed)
    total = round(float(weights.sum()))
    drawn = min(total, MOST_DRAWN)  # beyond, m out of n, scaled back
    portion = max(1, PORTION // len(rows))
    scores = np.concatenate(
        [
            of(rows, _counts(weights, drawn, min(portion, REPEATS - start), generator))
            for start in range(0, REPEATS, portion)
        ]
    )
    middle = of(rows, weights[None])[0]
    return middle + (scores - middle) * (drawn / total) ** 0.5


def _counts(
    weights: np.ndarray, drawn: int, repeats: int, generator: np.random.Generator
) -> np.ndarray:
    """How often each row is in each of `repeats` samples of `drawn` rows, `[repeats, U]`."""
    if (weights != 1).any():
        chance = weights / weights.sum()
        return generator.multinomial(drawn, chance, size=repeats).astype(np.float64)
    # Ten times as fast where each row is an example.
    places = generator.integers(len(weights), size=(repeats, drawn))
    places += len(weights) * np.arange(repeats)[:, None]
    flat = np.bincount(places.ravel(), minlength=repeats * len(weights))
    return flat.reshape(repeats, len(weights)).astype(np.float64)


def _interval(estimate: float, drawn: np.ndarray) -> Interval:
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(estimate, float(low), float(high))
