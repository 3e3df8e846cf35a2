"""From which score a detected box is told, where only one answer counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dlsuite.metrics.detection_checks import check
from dlsuite.metrics.detection_matching import objects_taken, spared
from dlsuite.metrics.detection_rows import detections_of, objects_of

FOUND = 0.5  # overlap from which an object is found
THRESHOLDS = np.arange(1, 100) / 100


def best_threshold(
    keys: npt.ArrayLike,
    truth: Mapping[str, npt.ArrayLike],
    answers: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str],
) -> float | None:
    """The score from which boxes are best told: that of the highest F1 of all boxes together.

    Scores of detectors are not probabilities of being right: objectness that learns the overlap
    reached, or a class among many, stays low for boxes that are right. Average precision does not
    mind, but who tells boxes from a fixed score on does. One threshold serves all classes; of
    several that are equally good it is the middle one.

    Args:
        keys: Content hashes, shape `[E]`.
        truth: As `detection_scores` takes it.
        answers: As `detection_scores` takes them.
        class_names: Names of the K classes.

    Returns:
        A score of 0.01, 0.02 … 0.99; None where no object is found at any.

    Raises:
        ValueError: As `detection_scores` does.
    """
    check(truth, answers, class_names, keys=keys)
    told, objects = detections_of(answers), objects_of(truth)
    # A box takes its object whatever is told of weaker ones: one matching serves all thresholds.
    taken = objects_taken(told, objects, FOUND)
    counted = ~spared(objects, taken)
    found = _from(told.score[counted & (taken >= 0)])
    said = _from(told.score[counted])
    if not found.any():
        return None
    f1 = 2 * found / (said + np.count_nonzero(~objects.ignored))
    best = np.flatnonzero(f1 == f1.max())
    return float(THRESHOLDS[best[len(best) // 2]])


def _from(scores: np.ndarray) -> np.ndarray:
    """How many are at least each threshold, `[99]`."""
    return len(scores) - np.searchsorted(np.sort(scores), THRESHOLDS)
