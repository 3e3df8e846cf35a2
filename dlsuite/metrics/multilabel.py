"""Scores of labels that are present or not, several of them an example."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.scores import Scores


def multilabel_scores(
    keys: npt.ArrayLike,
    labels: npt.ArrayLike,
    logits: npt.ArrayLike,
    label_names: Sequence[str],
    *,
    separator: str = "|",
) -> Scores:
    """Accuracy and its companions from the logits of a whole split; a label is told above 0.5.

    `accuracy` is the share of examples all of whose labels are right (subset accuracy, exact
    match), `hamming_loss` the share of all N * L decisions that are wrong. `f1_micro` counts all
    decisions together; `f1_macro` is the mean over the labels that the split holds or the model
    tells, `average_precision_macro` (mAP) over those that it holds: 1 where there is none, for
    nothing was missed. `loss` is the mean binary cross-entropy in nats a label.

    Args:
        keys: Content hashes, shape `[N]`.
        labels: 1 where a label is present, else 0, shape `[N, L]`.
        logits: Log-odds of each label, shape `[N, L]`.
        label_names: Names of the L labels.
        separator: Between the names of labels in the table.

    Returns:
        Scores whose table has `key`, `label` and `predicted` (the names of labels, joined),
        `confidence` (probability of the whole answer, were labels independent), `loss`,
        `hamming_loss` and `correct` (all of its labels are).

    Raises:
        ValueError: Shapes disagree, a label is neither 0 nor 1, or a logit is not finite.
    """
    from scipy.special import expit

    keys, labels = np.asarray(keys), np.asarray(labels)
    logits = np.asarray(logits, dtype=np.float64)
    _check(keys, labels, logits, label_names)
    truth = labels.astype(bool)
    told = logits > 0
    losses = np.logaddexp(0.0, np.where(truth, -logits, logits)).mean(axis=1)  # [N]
    correct = (truth == told).all(axis=1)
    wrong = (truth != told).mean(axis=1)
    hit = (truth & told).sum(axis=0)  # [L]
    either = truth.sum(axis=0) + told.sum(axis=0)
    counted = either > 0
    values = {
        "accuracy": correct.mean(),
        # Those of sklearn, whose checks of its arguments take longer than an epoch of a small net.
        "f1_micro": 2 * hit.sum() / either.sum() if counted.any() else 1.0,
        "f1_macro": (2 * hit[counted] / either[counted]).mean() if counted.any() else 1.0,
        "average_precision_macro": _mean_average_precision(truth, logits),
        "hamming_loss": wrong.mean(),
        "loss": losses.mean(),
    }
    names = np.asarray(label_names, dtype=object)
    examples = pd.DataFrame(
        {
            "key": keys,
            "label": [separator.join(names[row]) for row in truth],
            "predicted": [separator.join(names[row]) for row in told],
            "confidence": expit(np.abs(logits)).prod(axis=1),
            "loss": losses,
            "hamming_loss": wrong,
            "correct": correct,
        }
    )
    return Scores({name: float(value) for name, value in values.items()}, examples)


def _mean_average_precision(truth: np.ndarray, logits: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    held = truth.any(axis=0)
    if not held.any():
        return 1.0
    return float(average_precision_score(truth[:, held], logits[:, held], average="macro"))


def _check(
    keys: np.ndarray, labels: np.ndarray, logits: np.ndarray, label_names: Sequence[str]
) -> None:
    shape = (len(keys), len(label_names))
    if keys.ndim != 1 or labels.shape != shape or logits.shape != shape or 0 in shape:
        raise ValueError(
            "`keys` must have shape [N], `labels` and `logits` [N, L] with a name for each of the "
            f"L labels, and N and L at least 1. Received: keys {list(keys.shape)}, labels "
            f"{list(labels.shape)}, logits {list(logits.shape)}, {len(label_names)} names."
        )
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(
            f"`labels` must be 0 or 1. Received: {labels.dtype} from {labels.min()} to "
            f"{labels.max()}."
        )
    if not np.isfinite(logits).all():
        broken = int((~np.isfinite(logits)).any(axis=-1).sum())
        raise ValueError(
            f"`logits` must be finite. Received: NaN or infinity for {broken} of {shape[0]} "
            "examples."
        )
