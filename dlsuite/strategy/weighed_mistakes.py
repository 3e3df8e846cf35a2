"""Mistakes that weigh as much as their answers are wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dlsuite.metrics import Interval, mean_interval


def error_interval(errors: npt.ArrayLike, *, seed: int = 0) -> Interval:
    """Of the mean of booleans or of numbers in [0, 1], which it does not leave."""
    found = mean_interval(errors, seed=seed)
    return Interval(found.estimate, max(found.low, 0.0), min(found.high, 1.0))


@dataclass(frozen=True)
class Weighed:
    """How wrong the answers of a split are.

    Attributes:
        errors: Of each, booleans or in [0, 1], `[N]`.
        wrong: Whether each is wrong at all, `[N]`.
        weights: Errors of the mistakes looked at, `[M]`; None where all are 1.
    """

    errors: np.ndarray
    wrong: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def of(cls, wrong: npt.ArrayLike, errors: npt.ArrayLike | None) -> Weighed:
        """As `error_analysis` takes them.

        Raises:
            ValueError: Numbers that are not in [0, 1], or of the one without the other.
        """
        given = np.asarray(wrong)
        if (given.dtype == bool) != (errors is None):
            raise ValueError(
                "`errors` must be given where `wrong` is in numbers, and only there. Received: "
                f"wrong of {given.dtype}, errors {'missing' if errors is None else 'given'}."
            )
        if errors is None:
            return cls(given, given, None)
        weights = np.asarray(errors, np.float64)
        for name, values in (("wrong", given), ("errors", weights)):
            if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
                raise ValueError(
                    f"`{name}` must be in [0, 1]. Received: {values.min()} to {values.max()}."
                )
        return cls(given.astype(np.float64), given > 0, weights)

    def weighed(self, marks: np.ndarray) -> np.ndarray:
        """Of each mistake looked at what it adds where it is marked; the mean is of mistakes.

        Weights are scaled, so that the mistakes looked at make up for all.
        """
        if self.weights is None:
            return marks
        return self.weights * (self.errors[self.wrong].mean() / self.weights.mean()) * marks

    def share(self, marks: np.ndarray, seed: int) -> Interval:
        """Of the error, by the linearized ratio (Cochran 1977, section 2.11) where it is one."""
        if self.weights is None:
            return mean_interval(marks, seed=seed)
        share = float(self.weights @ marks / self.weights.sum())
        around = self.weights * (marks - share) / self.weights.mean()
        return error_interval(share + around, seed=seed)._replace(estimate=share)
