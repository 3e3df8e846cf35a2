"""The loss of several classes at once: a softmax cross-entropy for each output."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Annotated, Any

import keras
from keras import ops
from pydantic import Field

from dlsuite.losses.classification import SoftmaxCrossEntropy
from dlsuite.losses.refusals import require_smoothing, require_weights
from dlsuite.types import Tensor


def multioutput_cross_entropy(
    sizes: Sequence[int],
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    class_weights: Sequence[float] | None = None,
) -> keras.Loss:
    """The mean of the softmax cross-entropies of several outputs.

    A mean, not a sum, so that a learning rate means the same however many outputs there are; each
    counts alike, whatever the number of its classes.

    Args:
        sizes: Number of classes of each output, O of them; the logits lie side by side, K in all.
        label_smoothing: As in `softmax_cross_entropy`, for each output.
        class_weights: Factor of the loss of examples of each class, K of them side by side.

    Returns:
        Loss of class numbers `[B, O]` and logits `[B, K]`, in nats an output. Instead of numbers
        there may be the shares of all classes, `[B, K]`, as MixUp and CutMix make them.

    Raises:
        ValueError: Smoothing outside [0, 1), a negative weight, or shapes that do not fit `sizes`.
    """
    return MultioutputCrossEntropy(sizes, label_smoothing, class_weights)


@keras.saving.register_keras_serializable(package="dlsuite")
class MultioutputCrossEntropy(keras.Loss):
    """What `multioutput_cross_entropy` returns; a class, so that a compiled model can be saved."""

    def __init__(
        self,
        sizes: Sequence[int],
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
        name: str = "multioutput_cross_entropy",
        **options: Any,
    ) -> None:
        require_smoothing(label_smoothing)
        require_weights("class_weights", class_weights)
        super().__init__(name=name, **options)
        self.sizes = [int(size) for size in sizes]
        self.label_smoothing = label_smoothing
        self.class_weights = None if class_weights is None else list(class_weights)
        self._each = SoftmaxCrossEntropy(label_smoothing)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        count, width = len(self.sizes), sum(self.sizes)
        if tuple(y_true.shape[1:]) not in ((count,), (width,)) or y_pred.shape[-1] != width:
            raise ValueError(
                f"Outputs of {self.sizes} classes need class numbers [B, {count}], or shares "
                f"[B, {width}], and logits [B, {width}]. "
                f"Received: {list(y_true.shape)} and {list(y_pred.shape)}."
            )
        numbers = tuple(y_true.shape[1:]) == (count,)
        losses = []
        for output, (size, end) in enumerate(zip(self.sizes, accumulate(self.sizes), strict=True)):
            part = slice(end - size, end)
            told = ops.cast(y_true[:, output], "int32") if numbers else y_true[:, part]
            losses.append(self._of_output(told, y_pred[:, part], part))
        return ops.mean(ops.stack(losses, axis=-1), axis=-1)  # [B]

    def _of_output(self, told: Tensor, logits: Tensor, part: slice) -> Tensor:
        """Loss `[B]` of the class numbers `[B]` or shares `[B, K_o]` of one output."""
        if self.class_weights is None:
            return self._each.call(told, logits)
        weights = ops.convert_to_tensor(self.class_weights[part], logits.dtype)
        if len(told.shape) == 1:
            return self._each.call(told, logits) * ops.take(weights, told)
        # Each share costs what its class does.
        return self._each.call(ops.cast(told, logits.dtype) * weights, logits)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "sizes": self.sizes,
            "label_smoothing": self.label_smoothing,
            "class_weights": self.class_weights,
        }
