"""The loss of labels that are present or not, each for itself: sigmoid cross-entropy of logits."""

from collections.abc import Sequence
from typing import Annotated, Any

import keras
from keras import ops
from pydantic import Field

from dlsuite.losses.refusals import require_smoothing, require_weights
from dlsuite.types import Tensor


def sigmoid_cross_entropy(
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    positive_weights: Sequence[float] | None = None,
) -> keras.Loss:
    """Binary cross-entropy of labels and logits, the mean over labels and batch.

    For each label the course's cost of logistic regression, `-y log(ŷ) - (1 - y) log(1 - ŷ)`, with
    ŷ the sigmoid of the logit. A mean, not a sum, so that a learning rate means the same however
    many labels there are.

    Args:
        label_smoothing: Share e of each target taken and split evenly between present and absent:
            targets are 1 - e/2 and e/2.
        positive_weights: Factor of the first term for each of L labels: above 1 a label that is
            missed costs more than one that is wrongly found.

    Returns:
        Loss of labels 0 or 1, `[B, L]`, and logits `[B, L]`, in nats a label. Labels between are
        shares, as MixUp and CutMix make them.

    Raises:
        ValueError: Smoothing outside [0, 1), a negative weight, or shapes that differ.
    """
    return SigmoidCrossEntropy(label_smoothing, positive_weights)


@keras.saving.register_keras_serializable(package="dlsuite")
class SigmoidCrossEntropy(keras.Loss):
    """What `sigmoid_cross_entropy` returns; a class, so that a compiled model can be saved."""

    def __init__(
        self,
        label_smoothing: float = 0.0,
        positive_weights: Sequence[float] | None = None,
        name: str = "sigmoid_cross_entropy",
        **options: Any,
    ) -> None:
        require_smoothing(label_smoothing)
        require_weights("positive_weights", positive_weights)
        super().__init__(name=name, **options)
        self.label_smoothing = label_smoothing
        self.positive_weights = None if positive_weights is None else list(positive_weights)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if tuple(y_true.shape[1:]) != tuple(y_pred.shape[1:]):
            raise ValueError(
                "Labels must have the shape of their logits, [B, L]. "
                f"Received: labels {list(y_true.shape)}, logits {list(y_pred.shape)}."
            )
        targets = ops.cast(y_true, y_pred.dtype)
        targets = targets * (1 - self.label_smoothing) + self.label_smoothing / 2
        present = targets * ops.softplus(-y_pred)  # -y log(ŷ)
        if self.positive_weights is not None:
            present = present * ops.convert_to_tensor(self.positive_weights, y_pred.dtype)
        absent = (1 - targets) * ops.softplus(y_pred)  # -(1 - y) log(1 - ŷ)
        return ops.mean(present + absent, axis=-1)  # [B]

    def get_config(self) -> dict[str, Any]:
        own = {"label_smoothing": self.label_smoothing, "positive_weights": self.positive_weights}
        return {**super().get_config(), **own}
