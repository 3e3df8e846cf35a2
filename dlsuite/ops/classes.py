"""Classes as arrays: what logits answer, and how much each class weighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from dlsuite.types import Tree


def class_answers(logits: np.ndarray, class_names: Sequence[str]) -> Tree:
    """The answers that logits stand for.

    Args:
        logits: Shape `[N, K]`.
        class_names: K names by class id.

    Returns:
        `logits` and `probabilities` float32 `[N, K]`, `class_id` `[N]`, `class_name` `[N]`.
    """
    logits = np.asarray(logits, np.float32)
    probabilities = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    class_id = logits.argmax(axis=-1)  # [N]
    return {
        "logits": logits,
        "probabilities": probabilities,
        "class_id": class_id,
        "class_name": np.asarray(class_names)[class_id],
    }


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
