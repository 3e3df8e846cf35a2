"""What an epoch of training measures of several labels or outputs, as the scores measure it.

So curves of train and dev show one quantity: `accuracy` is the share of examples that are answered
wholly right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class LabelsAccuracy(keras.metrics.Mean):
    """Share of examples all of whose labels `[B, L]` are told by logits `[B, L]`."""

    def __init__(self, name: str = "accuracy", **options: Any) -> None:
        super().__init__(name=name, **options)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        right = ops.equal(ops.cast(y_true, "float32") > 0.5, y_pred > 0)  # [B, L]
        super().update_state(ops.all(right, axis=-1), sample_weight)


@keras.saving.register_keras_serializable(package="dlsuite")
class LabelsF1(keras.metrics.Metric):
    """F1 of all decisions on labels `[B, L]` by logits `[B, L]` together; 1 where there is none."""

    def __init__(self, name: str = "f1_micro", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.wrong = self.add_weight(name="wrong", initializer="zeros")

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        present, told = ops.cast(y_true, "float32") > 0.5, y_pred > 0
        both, either = ops.logical_and(present, told), ops.logical_xor(present, told)
        self.hits.assign_add(ops.sum(ops.cast(both, self.dtype)))
        self.wrong.assign_add(ops.sum(ops.cast(either, self.dtype)))

    def result(self) -> Tensor:
        doubled = 2 * self.hits
        total = doubled + self.wrong
        return ops.where(total > 0, doubled / ops.maximum(total, 1.0), 1.0)


@keras.saving.register_keras_serializable(package="dlsuite")
class OutputsAccuracy(keras.metrics.Mean):
    """Share of examples all of whose classes `[B, O]` are told by logits `[B, K]` side by side.

    Of shares of classes, `[B, K]`, the largest of each output counts.
    """

    def __init__(self, sizes: Sequence[int], name: str = "accuracy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.sizes = list(sizes)

    def update_state(
        self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None
    ) -> None:
        if y_true.shape[-1] != len(self.sizes):
            y_true = self._largest(y_true)
        right = ops.equal(ops.cast(y_true, "int32"), ops.cast(self._largest(y_pred), "int32"))
        super().update_state(ops.all(right, axis=-1), sample_weight)

    def _largest(self, side_by_side: Tensor) -> Tensor:
        """Number of the largest of each output, `[B, K]` to `[B, O]`."""
        ends = accumulate(self.sizes)
        each = [
            ops.argmax(side_by_side[:, end - size : end], axis=-1)
            for size, end in zip(self.sizes, ends, strict=True)
        ]
        return ops.stack(each, axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "sizes": self.sizes}
