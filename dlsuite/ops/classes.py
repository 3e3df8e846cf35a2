"""Classes as arrays: what logits answer, and how much each class weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from dlsuite.types import Tensor


def class_answers(logits: Tensor) -> dict[str, Tensor]:
    """The answer that logits stand for.

    Args:
        logits: Shape `[..., K]`, in any precision.

    Returns:
        `probabilities` float32 `[..., K]` and `class_id` int32 `[...]`, the most probable class.
    """
    from keras import ops

    logits = ops.cast(logits, "float32")  # half precision is for the layers, not for answers
    class_id = ops.cast(ops.argmax(logits, axis=-1), "int32")
    return {"probabilities": ops.softmax(logits, axis=-1), "class_id": class_id}


def class_weights(
    choice: Literal["balanced"] | Mapping[str, float],
    class_names: Sequence[str],
    class_counts: Sequence[int],
) -> np.ndarray:
    """Weight of every class in the loss.

    Args:
        choice: `balanced`, inverse to the counts such that examples weigh 1 on average, or weights
            by name; a class that is not named weighs 1.
        class_names: K names.
        class_counts: Training examples of each.

    Returns:
        float32 `[K]`.
    """
    if choice == "balanced":
        counts = np.asarray(class_counts, np.float64)
        held = counts > 0
        weights = np.where(held, counts.sum() / (held.sum() * np.maximum(counts, 1)), 0.0)
        return weights.astype(np.float32)
    assert not isinstance(choice, str)
    return np.array([choice.get(name, 1.0) for name in class_names], np.float32)
