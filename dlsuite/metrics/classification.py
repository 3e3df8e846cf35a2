"""Scores of a classifier, one label an example."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.class_averages import class_averages
from dlsuite.metrics.scores import Scores


def classification_scores(
    keys: npt.ArrayLike, labels: npt.ArrayLike, logits: npt.ArrayLike, class_names: Sequence[str]
) -> Scores:
    """Accuracy and its companions from the logits of a whole split.

    `loss` is the mean cross-entropy in nats, also called log loss. `balanced_accuracy` is the mean
    recall of the classes that the split holds; `f1_macro`, `precision_macro` and `recall_macro` are
    means over the classes that are held or predicted, 0 where a class is never the one or the
    other. `f1`, `precision` and `recall` are those of the second of two classes. `auc` is the area
    under the ROC curve, the mean over each class against all others where there are more than two.
    `calibration_error` is the expected one, of 15 bins. Up to 100 classes have `recall_of_CLASS`.

    Args:
        keys: Content hashes, shape `[N]`.
        labels: True classes in [0, K), shape `[N]`.
        logits: Unnormalised log-probabilities, shape `[N, K]`.
        class_names: Names of the K classes.

    Returns:
        Scores whose table has `key`, `label`, `predicted` (class names), `confidence` (probability
        of the predicted class), `loss` and `correct`.

    Raises:
        ValueError: Shapes disagree, a label is out of range, or a logit is not finite.
    """
    from scipy.special import log_softmax

    keys, labels = np.asarray(keys), np.asarray(labels)
    logits = np.asarray(logits, dtype=np.float64)
    _check(keys, labels, logits, class_names)
    log_probabilities = log_softmax(logits, axis=-1)  # [N, K]
    rows = np.arange(len(labels))
    predicted = log_probabilities.argmax(axis=-1)  # [N]
    losses = -log_probabilities[rows, labels]  # [N]
    names = np.asarray(class_names, dtype=object)
    averages = class_averages(labels, predicted, np.exp(log_probabilities), class_names)
    values = {**averages, "loss": losses.mean()}
    examples = pd.DataFrame(
        {
            "key": keys,
            "label": names[labels],
            "predicted": names[predicted],
            "confidence": np.exp(log_probabilities[rows, predicted]),
            "loss": losses,
            "correct": labels == predicted,
        }
    )
    return Scores({name: float(value) for name, value in values.items()}, examples)


def _check(
    keys: np.ndarray, labels: np.ndarray, logits: np.ndarray, class_names: Sequence[str]
) -> None:
    count, classes = len(labels), len(class_names)
    if labels.ndim != 1 or keys.shape != (count,) or logits.shape != (count, classes) or not count:
        raise ValueError(
            "`keys` and `labels` must have shape [N], `logits` [N, K] with a class name for each "
            f"of the K, and N at least 1. Received: keys {list(keys.shape)}, labels "
            f"{list(labels.shape)}, logits {list(logits.shape)}, {classes} class names."
        )
    if not np.issubdtype(labels.dtype, np.integer) or not (
        0 <= labels.min() <= labels.max() < classes
    ):
        raise ValueError(
            f"`labels` must be whole numbers from 0 to {classes - 1}. Received: {labels.dtype} "
            f"from {labels.min()} to {labels.max()}."
        )
    if not np.isfinite(logits).all():
        broken = int((~np.isfinite(logits)).any(axis=-1).sum())
        raise ValueError(
            f"`logits` must be finite. Received: NaN or infinity for {broken} of {count} examples."
        )
