"""What chance a score hangs on: its spread over seeds, and whether a lead is larger than that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """A score over trainings that differ in their seed alone.

    Attributes:
        values: Of each training.
        mean: Of them.
        std: Standard deviation of one training, n - 1 in the denominator.
        low: Of the 95 % t interval of the mean.
        high: Of it.
    """

    values: tuple[float, ...]
    mean: float
    std: float
    low: float
    high: float


@dataclass(frozen=True)
class Lead:
    """How far one score is ahead of another.

    Attributes:
        by: The lead, positive where the first is the better one.
        noise: Half the width of its 95 % interval: leads up to this may be chance.
    """

    by: float
    noise: float

    @property
    def is_clear(self) -> bool:
        """Whether the lead is larger than noise explains."""
        return self.by > self.noise


def spread(values: Sequence[float]) -> Spread:
    """The spread of a score over seeds.

    Args:
        values: Finite, two or more.
    """
    scores = _scores(values)
    mean, std = float(scores.mean()), float(scores.std(ddof=1))
    reach = _quantile(len(scores) - 1) * std / len(scores) ** 0.5
    return Spread(tuple(scores.tolist()), mean, std, mean - reach, mean + reach)


def lead_of_means(
    first: Sequence[float], second: Sequence[float], *, higher: bool, examples_error: float = 0.0
) -> Lead:
    """The lead of one mean over seeds before another; Welch's t, so that the spreads may differ.

    Args:
        first: Scores over seeds, two or more.
        second: Likewise.
        higher: Whether a larger score is the better one.
        examples_error: Standard error of the difference that the choice of dev examples alone
            makes, independent of the seeds.
    """
    a, b = _scores(first), _scores(second)
    parts = np.array([a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    return _lead(
        float(a.mean() - b.mean()), higher, parts, (len(a) - 1, len(b) - 1), examples_error
    )


def lead_of_runs(
    first: float,
    second: float,
    seeds: Sequence[float],
    *,
    higher: bool,
    examples_error: float = 0.0,
) -> Lead:
    """The lead of one training before another, where only the spread over seeds of one is known.

    Args:
        first: Score of the one.
        second: Of the other.
        seeds: Scores of the first one's recipe over seeds, two or more; the other's are taken to
            spread as much.
        higher: Whether a larger score is the better one.
        examples_error: As for `lead_of_means`.
    """
    scores = _scores(seeds)
    parts = np.array([2 * scores.var(ddof=1)])
    return _lead(first - second, higher, parts, (len(scores) - 1,), examples_error)


def _lead(
    difference: float,
    higher: bool,
    variances: np.ndarray,
    freedom: Sequence[int],
    examples_error: float,
) -> Lead:
    total = float(variances.sum())
    # Welch-Satterthwaite; without any spread the quantile does not matter.
    shares = float((variances**2 / np.array(freedom)).sum())
    reach = 0.0 if total == 0 else _quantile(total**2 / shares) * total**0.5
    noise = float(np.hypot(reach, _quantile(np.inf) * examples_error))
    return Lead(difference if higher else -difference, noise)


def _quantile(freedom: float) -> float:
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    upper = (1 + LEVEL) / 2
    return float(ndtri(upper) if np.isinf(freedom) else stdtrit(freedom, upper))


def _scores(values: Sequence[float]) -> np.ndarray:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or len(scores) < 2 or not np.isfinite(scores).all():
        raise ValueError(
            "`values` must be finite numbers of shape [K], K at least 2. "
            f"Received: {scores.tolist()}."
        )
    return scores
