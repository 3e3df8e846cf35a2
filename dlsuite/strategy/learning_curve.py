"""What more data would bring: a power law through errors at growing numbers of examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlsuite.metrics.intervals import LEVEL
from dlsuite.strategy.errors import Bounds

FEWEST = 4  # points: the law has three numbers, and one more tells whether it holds
DRAWS = 400
GRID = 100  # exponents tried at once
STEEPEST = 2.0  # exponent; those found in practice are 0.07 to 0.35 (Hestness et al. 2017)


@dataclass(frozen=True)
class PowerLaw:
    """`error(n) = floor + scale * n ** -exponent` (Hestness et al. 2017, section 2).

    Attributes:
        floor: What is left with endless data, at least 0.
        scale: Of the part that data takes away, at least 0.
        exponent: How fast, in [0, 2].
        draws: The same three numbers for as many sets of errors as might have been measured,
            `[D, 3]`.
        misfit: Root of the mean squared distance of the errors from the law, in their standard
            errors; about 1 where the law holds, well above where it does not.
    """

    floor: float
    scale: float
    exponent: float
    draws: np.ndarray
    misfit: float

    def at(self, examples: float) -> float:
        """The error expected with so many examples."""
        return float(self.floor + self.scale * examples**-self.exponent)

    def interval(self, examples: float) -> Bounds:
        """95 % bounds of that error, of the law itself and not of a single run about it."""
        floor, scale, exponent = self.draws.T
        return _bounds(floor + scale * examples**-exponent)

    def gain(self, now: float, then: float) -> tuple[float, Bounds]:
        """By how much the error falls from `now` examples to `then`, and its 95 % bounds."""
        _, scale, exponent = self.draws.T
        falls = scale * (now**-exponent - then**-exponent)
        return self.at(now) - self.at(then), _bounds(falls)

    def needed(self, error: float) -> float:
        """Examples at which the error is expected to reach `error`; infinite where none do."""
        if error <= self.floor or self.exponent == 0:
            return np.inf if self.at(1.0) > error else 1.0
        return float(max((self.scale / (error - self.floor)) ** (1 / self.exponent), 1.0))


def fit_power_law(
    examples: Sequence[float],
    errors: Sequence[float],
    standard_errors: Sequence[float],
    *,
    seed: int = 0,
) -> PowerLaw:
    """The law that fits best by squares in standard errors, and how sure it is.

    Args:
        examples: How many each model learned from, at least four different numbers, above 0.
        errors: Of those models, on the same dev examples.
        standard_errors: Of each error, above 0: sampling of dev, and of runs where there are more.
        seed: Of the draws: errors moved by their standard errors and fitted again.

    Raises:
        ValueError: Fewer points, lengths that differ, or numbers outside their ranges.
    """
    n, y, s = (np.asarray(each, float) for each in (examples, errors, standard_errors))
    if not (n.shape == y.shape == s.shape and n.ndim == 1) or len(np.unique(n)) < FEWEST:
        raise ValueError(
            f"A power law needs `examples`, `errors` and `standard_errors` of one length, with at "
            f"least {FEWEST} different numbers of examples. Received: {n.tolist()}, {y.tolist()}, "
            f"{s.tolist()}."
        )
    if not (np.isfinite([n, y, s]).all() and (n > 0).all() and (y >= 0).all() and (s > 0).all()):
        raise ValueError(
            "`examples` and `standard_errors` must be above 0 and `errors` at least 0. Received: "
            f"{n.tolist()}, {s.tolist()}, {y.tolist()}."
        )
    floor, scale, exponent = _fitted(n, y[None], s)[0].tolist()
    rng = np.random.default_rng(seed)
    expected = floor + scale * n**-exponent
    draws = _fitted(n, expected + s * rng.normal(size=(DRAWS, len(n))), s)
    misfit = float(np.sqrt(np.mean(((y - expected) / s) ** 2)))
    return PowerLaw(floor, scale, exponent, draws, misfit)


def _fitted(n: np.ndarray, y: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Floor, scale and exponent for each row of errors `[D, N]`: `[D, 3]`.

    For one exponent the other two are linear, so only exponents are tried: all, then finer ones
    about each row's best.
    """
    exponents = np.linspace(STEEPEST / GRID, STEEPEST, GRID)
    best = _best(n, y, s, np.broadcast_to(exponents, (len(y), GRID)))
    near = best[:, 2:] + np.linspace(-1, 1, GRID) * STEEPEST / GRID
    return _best(n, y, s, near.clip(STEEPEST / GRID**2, STEEPEST))


def _best(n: np.ndarray, y: np.ndarray, s: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """Of exponents `[D, E]` the best of each row, with its floor and scale: `[D, 3]`."""
    weights = s**-2  # [N]
    falling = n ** -exponents[..., None]  # [D, E, N]
    rows = y[:, None, :]
    one, falls = weights.sum(), falling @ weights
    squares, told, both = falling**2 @ weights, rows @ weights, (falling * rows) @ weights
    determinant = one * squares - falls**2
    floor = (squares * told - falls * both) / determinant
    scale = (one * both - falls * told) / determinant
    # At a bound one of the two is 0, and the other the best alone.
    alone = np.stack([np.zeros_like(both), both / squares], -1)
    flat = np.stack([np.broadcast_to(told / one, both.shape), np.zeros_like(both)], -1)
    inside = np.stack([floor, scale], -1)
    inside = np.where((inside < 0).any(-1, keepdims=True), flat, inside)
    pairs = np.stack([inside, alone, flat], axis=2)  # [D, E, 3, 2]
    expected = pairs[..., :1] + pairs[..., 1:] * falling[:, :, None]  # [D, E, 3, N]
    cost = ((expected - rows[:, :, None]) ** 2) @ weights  # [D, E, 3]
    chosen = cost.reshape(len(y), -1).argmin(axis=1)
    place, kind = np.divmod(chosen, 3)
    every = np.arange(len(y))
    return np.column_stack([pairs[every, place, kind], exponents[every, place]])


def _bounds(values: np.ndarray) -> Bounds:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
