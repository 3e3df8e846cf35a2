"""The error of a split, on a scale where one threshold means the same for every task.

Classification: 1 - accuracy. Regression: mean squared error over the variance of the split's
targets, 1 - R²: 0 is perfect, 1 is no better than always answering the mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from dlsuite.metrics import paired_interval, resampled_means

LEVEL = 0.95

Table = pd.DataFrame | float  # Per-example table of a split, or its plain error.
Bounds = tuple[float, float]


class SplitError(NamedTuple):
    """Error of one split of `size` examples; `drawn` `[R]` are its bootstrap values.

    Both are None for a plain number.
    """

    value: float
    size: int | None = None
    drawn: np.ndarray | None = None


class Scale(NamedTuple):
    """What an error is, and how it is written."""

    meaning: str
    percent: bool

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


def scale_of(tables: Iterable[Table]) -> Scale:
    """The scale that all tables share.

    Raises:
        ValueError: A table of wrong form, or tables of different tasks.
    """
    kinds = {_kind(table) for table in tables}
    if "classification" in kinds and "regression" in kinds:
        raise ValueError(
            "Tables of one diagnosis must be of one task. Received: some with `correct`, some "
            "with `target`."
        )
    if "classification" in kinds:
        return Scale("1 - accuracy", percent=True)
    if "regression" in kinds:
        return Scale("1 - R²", percent=False)
    return Scale("as given", percent=True)


def split_error(table: Table, *, seed: int | Sequence[int] = 0) -> SplitError:
    """Error of a split with its bootstrap values."""
    if not isinstance(table, pd.DataFrame):
        return SplitError(float(table))
    if "correct" in table:
        wrong = _wrong(table)
        return SplitError(float(wrong.mean()), len(table), resampled_means(wrong, seed=seed))
    moments = _moments(table["loss"], table["target"])
    drawn = resampled_means(moments, seed=seed)
    return SplitError(float(_unexplained(moments.mean(axis=0))), len(table), _unexplained(drawn))


def exactly(value: float) -> SplitError:
    """An error that is known without a sample."""
    return SplitError(value, drawn=np.array([value]))


def difference(a: SplitError, b: SplitError) -> tuple[float, Bounds | None]:
    """a - b of independent samples with its interval, None where an error is a plain number."""
    if a.drawn is None or b.drawn is None:
        return a.value - b.value, None
    return a.value - b.value, _bounds(a.drawn - b.drawn)


def paired_difference(a: Table, b: Table) -> tuple[float, Bounds | None]:
    """a - b of two models on one split: example by example where both tables hold the same keys."""
    first, second = split_error(a, seed=(0, 0)), split_error(b, seed=(0, 1))
    if not isinstance(a, pd.DataFrame) or not isinstance(b, pd.DataFrame) or not _same_keys(a, b):
        return difference(first, second)
    if "correct" in a:
        interval = paired_interval(_wrong(a), _wrong(b), level=LEVEL)
        return first.value - second.value, (interval.low, interval.high)
    moments = _moments(a["loss"], a["target"])
    drawn = resampled_means(np.column_stack([b["loss"], moments]))  # [R, 4]
    ahead = _unexplained(drawn[:, 1:]) - _unexplained(drawn[:, [0, 2, 3]])
    return first.value - second.value, _bounds(ahead)


def _kind(table: Table) -> str:
    if not isinstance(table, pd.DataFrame):
        if not (np.isfinite(table) and table >= 0):
            raise ValueError(f"A plain error must be finite and at least 0. Received: {table}.")
        return "given"
    if not len(table):
        raise ValueError("A table must hold at least one example. Received: an empty table.")
    if "correct" in table:
        return "classification"
    if not {"loss", "target"} <= set(table):
        raise ValueError(
            "A table must have a column `correct`, or `loss` and `target`. "
            f"Received: columns {list(table)}."
        )
    if table["target"].nunique() < 2:
        raise ValueError("The targets of a split must differ. Received: the same one throughout.")
    return "regression"


def _wrong(table: pd.DataFrame) -> np.ndarray:
    return ~table["correct"].to_numpy(dtype=bool)


def _moments(losses: pd.Series, targets: pd.Series) -> np.ndarray:
    # Centred: the variance is a difference of two of these means.
    centred = targets.to_numpy(dtype=np.float64) - targets.mean()
    return np.stack([losses.to_numpy(dtype=np.float64), centred, centred**2], axis=-1)  # [N, 3]


def _unexplained(means: np.ndarray) -> np.ndarray:
    loss, centre, square = np.moveaxis(means, -1, 0)
    # A bootstrap sample of a tiny split can hold one target only.
    variance = np.maximum(square - centre**2, np.finfo(np.float64).tiny ** 0.5)
    return loss / variance


def _same_keys(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    if "key" not in a or "key" not in b or len(a) != len(b):
        return False
    return bool((a["key"].to_numpy() == b["key"].to_numpy()).all())


def _bounds(drawn: np.ndarray) -> Bounds:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
