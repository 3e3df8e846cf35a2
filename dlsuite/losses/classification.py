"""The loss of classification: softmax cross-entropy of class numbers and logits."""

from typing import Annotated, Any

import keras
from keras import ops
from pydantic import Field

from dlsuite.losses.refusals import require_smoothing
from dlsuite.types import Tensor


def softmax_cross_entropy(
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Loss:
    """Cross-entropy of integer labels and logits, the mean over the batch.

    The course sums over examples and classes, `-Σ_i Σ_c y_ic log(ŷ_ic)`; Keras' mean is that sum
    divided by the number of examples, so that a learning rate means the same at every batch size.

    Args:
        label_smoothing: Share e of the target taken from the label and spread evenly over all K
            classes: targets are 1 - e + e/K for the label and e/K for the others
            (Szegedy et al. 2015, section 7).

    Returns:
        Loss of labels `[B]` or `[B, 1]` in 0 … K - 1 and logits `[B, K]`, in nats. With more axes,
        `[B, T]` and `[B, T, K]`, it is the mean over those too. Labels may also be shares of the
        classes, as MixUp and CutMix make them, of the shape of the logits: the loss is then the
        mean of those of the classes, each weighted by its share.

    Raises:
        ValueError: Smoothing outside [0, 1).
    """
    return SoftmaxCrossEntropy(label_smoothing)


@keras.saving.register_keras_serializable(package="dlsuite")
class SoftmaxCrossEntropy(keras.Loss):
    """What `softmax_cross_entropy` returns; a class, so that a compiled model can be saved."""

    def __init__(
        self, label_smoothing: float = 0.0, name: str = "softmax_cross_entropy", **options: Any
    ) -> None:
        require_smoothing(label_smoothing)
        super().__init__(name=name, **options)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if tuple(y_true.shape[1:]) == tuple(y_pred.shape[1:]):
            return self._of_shares(ops.cast(y_true, y_pred.dtype), y_pred)
        loss = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        if not self.label_smoothing:
            return loss  # [B]
        # Mean over the classes of -log softmax, without a one-hot matrix of the labels.
        spread = ops.logsumexp(y_pred, axis=-1) - ops.mean(y_pred, axis=-1)  # [B]
        return (1 - self.label_smoothing) * loss + self.label_smoothing * spread

    def _of_shares(self, shares: Tensor, y_pred: Tensor) -> Tensor:
        each = ops.logsumexp(y_pred, axis=-1, keepdims=True) - y_pred  # [B, K], -log softmax
        if self.label_smoothing:
            spread = ops.mean(each, axis=-1, keepdims=True)
            each = (1 - self.label_smoothing) * each + self.label_smoothing * spread
        return ops.sum(shares * each, axis=-1)  # [B]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
