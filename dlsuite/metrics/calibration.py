"""Whether a classifier is as often right as it says (Guo et al. 2017, section 2)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

BINS = 15  # as in the paper's tables
LEVEL = 0.95  # of the intervals


def calibration_bins(
    confidence: npt.ArrayLike, correct: npt.ArrayLike, *, bins: int = BINS
) -> pd.DataFrame:
    """Examples binned by confidence: how sure the classifier was, how often it was right.

    Bin m of M holds the confidences in ((m - 1) / M, m / M]; the first holds 0 as well.

    Args:
        confidence: Probability of the predicted class, shape `[N]`.
        correct: Whether the prediction was right, booleans of shape `[N]`.
        bins: M, all of one width.

    Returns:
        A row for each bin, empty ones included: its bounds `above` and `up_to`, `examples` in it,
        their mean `confidence`, their `accuracy` and its 95 % Wilson score interval from `low` to
        `high`. All but the bounds and `examples` are NaN where a bin is empty.

    Raises:
        ValueError: Shapes disagree, there is no example, a confidence lies outside of [0, 1],
            `correct` is not boolean, or there are no bins.
    """
    from scipy.stats import binomtest

    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct)
    _check(sure, right, bins)
    edges = np.linspace(0, 1, bins + 1)
    place = _places(sure, bins)  # [N]
    rows = []
    for number in range(bins):
        inside = place == number
        count, hits = int(inside.sum()), int(right[inside].sum())
        row = {"above": edges[number], "up_to": edges[number + 1], "examples": count}
        if count:
            interval = binomtest(hits, count).proportion_ci(LEVEL, method="wilson")
            row |= {
                "confidence": sure[inside].mean(),
                "accuracy": hits / count,
                "low": interval.low,
                "high": interval.high,
            }
        rows.append(row)
    columns = ["above", "up_to", "examples", "confidence", "accuracy", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def expected_calibration_error(
    confidence: npt.ArrayLike, correct: npt.ArrayLike, *, bins: int = BINS
) -> float:
    """The mean over examples of how far their bin's accuracy is from its confidence, in [0, 1].

    Args and errors are those of `calibration_bins`. The estimate depends on `bins` and is biased
    upwards where a bin holds few examples.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(correct)
    _check(sure, right, bins)
    apart = np.bincount(_places(sure, bins), weights=sure - right, minlength=bins)
    return float(np.abs(apart).sum() / len(sure))


def _places(sure: np.ndarray, bins: int) -> np.ndarray:
    """Number of the bin of each confidence, from 0, `[N]`."""
    edges = np.linspace(0, 1, bins + 1)
    return np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)


def _check(confidence: np.ndarray, correct: np.ndarray, bins: int) -> None:
    if confidence.ndim != 1 or confidence.shape != correct.shape or not len(confidence):
        raise ValueError(
            "`confidence` and `correct` must have one shape [N], N at least 1. "
            f"Received: {list(confidence.shape)} and {list(correct.shape)}."
        )
    outside = ~((confidence >= 0) & (confidence <= 1))  # NaN is outside
    if outside.any():
        raise ValueError(
            "`confidence` must lie between 0 and 1. "
            f"Received: {confidence[outside][0]} and {int(outside.sum()) - 1} more outside."
        )
    if correct.dtype != bool:
        raise ValueError(f"`correct` must be boolean. Received: {correct.dtype}.")
    if bins < 1:
        raise ValueError(f"`bins` must be at least 1. Received: bins={bins}.")
