"""Figures of a classifier over a whole split, computed in one pass over counts and ranks.

They are those of scikit-learn, whose checks of its arguments take longer than an epoch of a small
net. What a split does not tell, such as the recall of a class that it does not hold, is NaN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from dlsuite.metrics.calibration import expected_calibration_error

PER_CLASS = "recall_of_"  # begins the name of a class's recall
MOST_CLASSES = 100  # of more the recall of each is no figure to look at


def class_averages(
    labels: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray, names: Sequence[str]
) -> dict[str, float]:
    """Every figure but the loss, the ones that tell most first.

    Args:
        labels: True classes, `[N]`.
        predicted: The most probable ones, `[N]`.
        probabilities: `[N, K]`.
        names: Of the K classes.
    """
    classes, correct = len(names), labels == predicted
    held, said, hit = (
        np.bincount(some, minlength=classes) for some in (labels, predicted, labels[correct])
    )  # [K] each
    either = held + said > 0
    recall = hit / np.where(held > 0, held, np.nan)
    precision = hit / np.maximum(said, 1)
    f1 = 2 * hit / np.maximum(held + said, 1)
    values = {
        "accuracy": correct.mean(),
        "balanced_accuracy": recall[held > 0].mean(),
        "f1_macro": f1[either].mean(),
        "f1_micro": correct.mean(),
        "precision_macro": precision[either].mean(),
        "recall_macro": np.nan_to_num(recall[either]).mean(),
    }
    if classes == 2:
        # Of the second class, the positive one; 0 where it is never said or held, as sklearn's.
        values |= {"f1": f1[1], "precision": precision[1], "recall": np.nan_to_num(recall[1])}
    values["auc"] = _auc(labels, probabilities, held)
    values["calibration_error"] = expected_calibration_error(
        probabilities.max(axis=-1).clip(0, 1), correct
    )
    if classes <= MOST_CLASSES:
        values |= dict(zip(recall_names(names), recall, strict=True))
    return {name: float(value) for name, value in values.items()}


def recall_names(names: Sequence[str]) -> list[str]:
    """Names of the classes' recalls, such as `recall_of_ant`.

    Of a class's name all that a metric's name cannot hold becomes `_`; names that are then equal
    are numbered.
    """
    found: list[str] = []
    for name in names:
        plain = PER_CLASS + (re.sub(r"[^\w -]", "_", str(name)).strip() or "_")
        unique, number = plain, 1
        while unique in found:
            number += 1
            unique = f"{plain}_{number}"
        found.append(unique)
    return found


def _auc(labels: np.ndarray, probabilities: np.ndarray, held: np.ndarray) -> float:
    """Area under the ROC curve (Hanley and McNeil 1982): of two classes that of the second, of more
    the mean of each class against all others, over the classes held."""
    count = len(labels)
    told = np.flatnonzero((held > 0) & (held < count))
    if len(held) == 2:
        told = told[told == 1]
    if not len(told):
        return np.nan
    areas = []
    for each in told:
        mine = labels == each
        # Mann and Whitney's U; equal probabilities share their rank.
        _, place, many = np.unique(probabilities[:, each], return_inverse=True, return_counts=True)
        ranks = np.cumsum(many) - (many - 1) / 2
        above = ranks[place][mine].sum() - held[each] * (held[each] + 1) / 2
        areas.append(above / (held[each] * (count - held[each])))
    return float(np.mean(areas))
