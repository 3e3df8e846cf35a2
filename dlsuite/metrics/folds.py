"""The interval of a mean over the folds of a cross-validation (Nadeau and Bengio, 2003)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dlsuite.metrics.intervals import LEVEL, Interval


def corrected_interval(
    values: npt.ArrayLike, test_over_train: float, *, level: float = LEVEL
) -> Interval:
    """Interval of the mean of a figure over folds, such as the lead over a rival.

    The folds' training parts overlap, so their figures are not independent and the t interval of
    their mean is too narrow. Nadeau and Bengio's correction adds the ratio of test to training
    examples to the 1/K of the variance. Made for repeated random divisions, it is customary for
    folds.

    Args:
        values: One figure a fold, shape `[K]`, K at least 2.
        test_over_train: Examples held out for each example trained on, above 0.
        level: Chance in (0, 1) that the interval holds the truth.
    """
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    figures = np.asarray(values, dtype=np.float64)
    if figures.ndim != 1 or len(figures) < 2 or not np.isfinite(figures).all():
        raise ValueError(
            "`values` must be finite numbers of shape [K], K at least 2. "
            f"Received: {figures.tolist()}."
        )
    if not test_over_train > 0:
        raise ValueError(
            f"`test_over_train` must be above 0. Received: test_over_train={test_over_train}."
        )
    folds = len(figures)
    error = ((1 / folds + test_over_train) * figures.var(ddof=1)) ** 0.5
    reach = float(stdtrit(folds - 1, (1 + level) / 2) * error)
    mean = float(figures.mean())
    return Interval(mean, mean - reach, mean + reach)
