"""Labels as arrays: what logits answer, and how much a present label weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from dlsuite.types import Tensor


def label_answers(logits: Tensor) -> dict[str, Tensor]:
    """The answer that logits of independent labels stand for.

    Args:
        logits: Log-odds of each label, shape `[..., L]`, in any precision.

    Returns:
        `probabilities` float32 `[..., L]`, and `present`, bool `[..., L]`: those above 0.5.
    """
    from keras import ops

    logits = ops.cast(logits, "float32")  # half precision is for the layers, not for answers
    return {"probabilities": ops.sigmoid(logits), "present": logits > 0}


def positive_weights(
    choice: Literal["balanced"] | Mapping[str, float],
    label_names: Sequence[str],
    label_counts: Sequence[int],
    count: int,
) -> np.ndarray:
    """Weight of a present label in the loss, against 1 for an absent one.

    Args:
        choice: `balanced`, so that examples with and without a label weigh the same together, or
            weights by name; a label that is not named weighs 1.
        label_names: L names.
        label_counts: Training examples that have each.
        count: Training examples.

    Returns:
        float32 `[L]`; 1 for labels that all examples have, or none.
    """
    if choice == "balanced":
        have = np.asarray(label_counts, np.float64)
        told = (have > 0) & (have < count)
        return np.where(told, (count - have) / np.maximum(have, 1), 1.0).astype(np.float32)
    assert not isinstance(choice, str)
    return np.array([choice.get(name, 1.0) for name in label_names], np.float32)
