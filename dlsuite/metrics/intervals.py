"""Bootstrap intervals of means and of their differences (Efron and Tibshirani, 1993, chapter 13).

All are percentile intervals, reproducible from their seed. Time and memory are bounded: a sample of
few distinct values (right or wrong, or a paired difference of such) is resampled through the counts
of its values, which is the same distribution and free of the sample's size; another sample is drawn
by index, in portions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

REPEATS = 2000
LEVEL = 0.95
MOST_DISTINCT = 16  # Up to here a multinomial draw of counts is cheaper than drawing indices.
MOST_DRAWN = 10_000  # Beyond, the m out of n bootstrap (Bickel et al., 1997), scaled back to n.
PORTION = 2_000_000  # Values gathered at once: 16 MB.


class Interval(NamedTuple):
    """An estimate with the bounds of its interval."""

    estimate: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """True where `value` lies outside the bounds; on a bound is inside."""
        return value < self.low or value > self.high


def mean_interval(values: npt.ArrayLike, *, level: float = LEVEL, seed: int = 0) -> Interval:
    """Interval of the mean.

    Args:
        values: Numbers or booleans, shape `[N]`.
        level: Chance in (0, 1) that the interval holds the truth, for large N.
        seed: Same seed, same interval.
    """
    sample = _sample(values, "values")
    return _interval(sample.mean(), resampled_means(sample, seed=seed), level)


def difference_interval(
    a: npt.ArrayLike, b: npt.ArrayLike, *, level: float = LEVEL, seed: int = 0
) -> Interval:
    """Interval of mean(a) - mean(b) of two independent samples.

    Args:
        a: Shape `[N]`.
        b: Shape `[M]`, of other examples than `a`.
        level: As in `mean_interval`.
        seed: As in `mean_interval`.
    """
    first, second = _sample(a, "a"), _sample(b, "b")
    # Two streams: with one seed for both, samples of equal size would be drawn in step.
    drawn = resampled_means(first, seed=(seed, 0)) - resampled_means(second, seed=(seed, 1))
    return _interval(first.mean() - second.mean(), drawn, level)


def paired_interval(
    a: npt.ArrayLike, b: npt.ArrayLike, *, level: float = LEVEL, seed: int = 0
) -> Interval:
    """Interval of mean(a - b) of two measures of the same examples: examples are drawn, not values.

    Args:
        a: Shape `[N]`.
        b: Shape `[N]`, of the same examples in the same order.
        level: As in `mean_interval`.
        seed: As in `mean_interval`.
    """
    first, second = _sample(a, "a"), _sample(b, "b")
    if first.shape != second.shape:
        raise ValueError(
            "Paired samples must have the same examples. Received: "
            f"a of {len(first)}, b of {len(second)}."
        )
    return mean_interval(first - second, level=level, seed=seed)


def resampled_means(
    values: npt.ArrayLike, *, repeats: int = REPEATS, seed: int | Sequence[int] = 0
) -> np.ndarray:
    """Means of bootstrap samples, for intervals of what is computed from means.

    Args:
        values: One number an example, shape `[N]`, or D of them drawn together, `[N, D]`.
        repeats: Number of bootstrap samples, R.
        seed: Same seed, same draws.

    Returns:
        Means, shape `[R]` or `[R, D]`.
    """
    sample = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    if sample.ndim == 1:
        distinct, counts = np.unique(sample, return_counts=True)
        if len(distinct) <= MOST_DISTINCT:
            count = len(sample)
            return generator.multinomial(count, counts / count, size=repeats) @ distinct / count
    return _drawn_means(sample, repeats, generator)


def _drawn_means(sample: np.ndarray, repeats: int, generator: np.random.Generator) -> np.ndarray:
    count = len(sample)
    drawn = min(count, MOST_DRAWN)
    rows = max(1, PORTION // drawn)
    columns = np.ascontiguousarray(
        sample.T
    )  # [N] or [D, N]: gathering along rows is 3 times faster
    portions = []
    for start in range(0, repeats, rows):
        chosen = generator.integers(count, size=(min(rows, repeats - start), drawn))
        gathered = [column[chosen].mean(axis=1) for column in np.atleast_2d(columns)]
        portions.append(np.stack(gathered, axis=-1))
    means = np.concatenate(portions).reshape(repeats, *sample.shape[1:])  # [R] or [R, D]
    centre = sample.mean(axis=0)
    return centre + (means - centre) * (drawn / count) ** 0.5


def _interval(estimate: float, drawn: np.ndarray, level: float) -> Interval:
    if not 0 < level < 1:
        raise ValueError(f"`level` must lie between 0 and 1. Received: level={level}.")
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(estimate), float(low), float(high))


def _sample(values: npt.ArrayLike, name: str) -> np.ndarray:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise ValueError(
            f"`{name}` must be finite numbers of shape [N], N at least 1. "
            f"Received: shape {list(sample.shape)}, {int((~np.isfinite(sample)).sum())} not finite."
        )
    return sample
