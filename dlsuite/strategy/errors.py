"""The error of a split, on a scale where one threshold means the same for every task.

Classification: 1 - accuracy. Answers of several parts: the share of each that is wrong, and of the
boxes of a picture 1 - F1. Regression: squared error over the variance of train's targets, for
every split, so that a split of few or equal targets does not move the scale. On train it is 1 - R²:
0 is perfect, 1 is no better than always answering the mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeGuard

import numpy as np
import pandas as pd

from dlsuite.metrics import Interval, difference_interval, mean_interval, paired_interval

Table = pd.DataFrame | float  # Per-example table of a split, or its plain error.
Bounds = tuple[float, float]
ALARMS = "false_alarms"  # column that tables of detected boxes have


class Scale(NamedTuple):
    """What an error is, and how it is written.

    `unit` is the loss that makes an error of 1; the error of a classification needs none.
    """

    meaning: str
    percent: bool
    unit: float | None = None

    def text(self, value: float) -> str:
        """Such as `15.0 %` or `0.512`."""
        return f"{self.number(value)} %" if self.percent else self.number(value)

    def between(self, interval: Bounds) -> str:
        """Such as `9.4 to 10.6 %`."""
        return f"{self.number(interval[0])} to {self.text(interval[1])}"

    def number(self, value: float) -> str:
        """The value without its unit."""
        if not self.percent:
            return f"{value:.3f}"
        return f"{100 * value:.1f}" if abs(value) >= 0.01 else f"{100 * value:.2g}"


class SplitError(NamedTuple):
    """Error of a split: the mean over its examples, `[N]`, known by their `keys` `[N]`.

    A plain number has neither; a table may lack keys. `most` is what none can exceed, if anything.
    """

    value: float
    examples: np.ndarray | None = None
    keys: np.ndarray | None = None
    most: float | None = None

    @property
    def size(self) -> int | None:
        """Number of examples, N."""
        return None if self.examples is None else len(self.examples)


class Difference(NamedTuple):
    """How much larger one error is, with its 95 % interval; None where one is a plain number."""

    value: float
    interval: Bounds | None

    @property
    def is_above_zero(self) -> bool:
        """Whether it is larger past its interval, where there is one."""
        return (self.value if self.interval is None else self.interval[0]) > 0


def scale_of(tables: Mapping[str, Table], rivals: Mapping[str, Table]) -> Scale:
    """The scale that all tables share, `rivals` being those of another model.

    Raises:
        ValueError: A table of wrong form, tables of different tasks, or targets of train that
            give no scale.
    """
    kinds = {_kind(table) for table in (*tables.values(), *rivals.values())}
    if len(kinds - {"given"}) > 1:
        raise ValueError(
            "Tables of one diagnosis must be of one task. Received: some with "
            f"{', some with '.join(sorted(kinds - {'given'}))}."
        )
    if "`correct`" in kinds:
        return Scale("1 - accuracy", percent=True)
    if "`error`" in kinds and any(ALARMS in table for table in tables.values() if _is_table(table)):
        return Scale("1 - F1 of a picture's boxes", percent=True)
    if "`error`" in kinds:
        return Scale("mean share of an answer that is wrong", percent=True)
    if "`target`" not in kinds:
        return Scale("as given", percent=True)
    meaning = "squared error / variance of train's targets"
    return Scale(meaning, percent=False, unit=_variance(tables["train"]))


def split_error(table: Table, scale: Scale) -> SplitError:
    """Error of a split."""
    if not isinstance(table, pd.DataFrame):
        return SplitError(float(table))
    examples: np.ndarray
    if "error" in table:
        examples = table["error"].to_numpy(dtype=np.float64)
    elif scale.unit is None:
        examples = ~table["correct"].to_numpy(dtype=bool)
    else:
        examples = table["loss"].to_numpy(dtype=np.float64) / scale.unit
    keys = table["key"].to_numpy() if "key" in table else None
    most = 1.0 if "error" in table else None
    return SplitError(float(examples.mean()), examples, keys, most)


def bounds(error: SplitError, seed: int) -> Bounds | None:
    """The 95 % interval of an error; None for a plain number."""
    if error.examples is None:
        return None
    interval = mean_interval(error.examples, seed=seed)
    if error.most is None:
        return interval.low, interval.high
    return max(interval.low, 0.0), min(interval.high, error.most)


def above(
    error: SplitError, level: float, seed: int, *, of_level: Bounds | None = None
) -> Difference:
    """error - level, the level known for sure, or with an interval of its own."""
    own = bounds(error, seed)
    if own is None and of_level is None:
        return Difference(error.value - level, None)
    return less(
        Difference(error.value, own or (error.value, error.value)),
        Difference(level, of_level or (level, level)),
    )


def less(a: Difference, b: Difference) -> Difference:
    """a - b of two independent estimates; without an interval where one of them has none.

    Two intervals make that of the difference by recovered variances (Zou and Donner 2008,
    Statistics in Medicine 27, 1693-1702, as Newcombe's 1998 for two shares): each bound is as far
    from the difference as both estimates are from their bounds on that side, squares added.
    """
    gap = a.value - b.value
    if a.interval is None or b.interval is None:
        return Difference(gap, None)
    down = np.hypot(a.value - a.interval[0], b.interval[1] - b.value)
    up = np.hypot(a.interval[1] - a.value, b.value - b.interval[0])
    return Difference(gap, (float(gap - down), float(gap + up)))


def apart(a: SplitError, b: SplitError, seed: int) -> Difference:
    """a - b of two splits, as independent samples."""
    if a.examples is None or b.examples is None:
        return Difference(a.value - b.value, None)
    return _difference(difference_interval(a.examples, b.examples, seed=seed))


def side_by_side(a: SplitError, b: SplitError, seed: int) -> Difference:
    """a - b of two models on one split: example by example where the keys are the same."""
    if a.examples is None or b.examples is None or not _same_keys(a, b):
        return apart(a, b, seed)
    return _difference(paired_interval(a.examples, b.examples, seed=seed))


def _is_table(table: Table) -> TypeGuard[pd.DataFrame]:
    return isinstance(table, pd.DataFrame)


def _kind(table: Table) -> str:
    if not isinstance(table, pd.DataFrame):
        if not (np.isfinite(table) and table >= 0):
            raise ValueError(f"A plain error must be finite and at least 0. Received: {table}.")
        return "given"
    if not len(table):
        raise ValueError("A table must hold at least one example. Received: an empty table.")
    if "error" in table:
        return "`error`"
    if "correct" in table:
        return "`correct`"
    if not {"loss", "target"} <= set(table):
        raise ValueError(
            "A table must have a column `error` or `correct`, or `loss` and `target`. "
            f"Received: columns {list(table)}."
        )
    return "`target`"


def _variance(train: Table) -> float:
    if not isinstance(train, pd.DataFrame):
        raise ValueError(
            "Train must be a table where another split is one of a regression: the variance of "
            f"its targets is the scale. Received: the plain error {train}."
        )
    targets = train["target"].to_numpy(dtype=np.float64)
    if (targets == targets[0]).all():
        raise ValueError(f"The targets of train must differ. Received: {targets[0]:g} throughout.")
    return float(targets.var())


def _same_keys(a: SplitError, b: SplitError) -> bool:
    return a.keys is not None and b.keys is not None and np.array_equal(a.keys, b.keys)


def _difference(interval: Interval) -> Difference:
    return Difference(interval.estimate, (interval.low, interval.high))
