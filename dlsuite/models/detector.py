"""What detectors share: a loss of several terms, each weighted and each a metric of training."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import keras
from keras import ops

from dlsuite.models.backbone import kept_graph
from dlsuite.types import Tensor, Tree


class Detector(keras.Model):
    """A net that learns from boxes, whose loss is a weighted sum of terms.

    A class of its own says what they are in `losses_of(y, y_pred, weights, training)`: a number
    each, of the whole batch. Each is the metric `TERM_loss`.

    Args:
        inputs: Of the functional model.
        outputs: Of the functional model.
        loss_weights: Each term of the loss -> its factor.
    """

    losses_of: Callable[..., Mapping[Any, Tensor]]

    def __init__(
        self, inputs: Tree, outputs: Tree, *, loss_weights: Mapping[Any, float], **o: Any
    ) -> None:
        super().__init__(inputs, outputs, **o)
        self.loss_weights = dict(loss_weights)
        self.terms = {name: keras.metrics.Mean(name=f"{name}_loss") for name in loss_weights}

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of outputs against `{"boxes": [B, M, 4], "labels": [B, M]}`."""
        total = 0.0
        for name, loss in self.losses_of(y, y_pred, sample_weight, training).items():
            self.terms[name].update_state(loss, sample_weight=ops.shape(y["labels"])[0])
            total += self.loss_weights[name] * loss
        return total + sum(self.losses)  # those of regularization


class OneStageDetector(Detector):
    """A detector of one graph from pixels to raw numbers, which its file keeps with its choices.

    Args:
        inputs: Images `[B, H, W, C]` of the functional model.
        outputs: Raw numbers of the functional model.
        loss_weights: As of `Detector`.
        choices: Its other arguments, as its config keeps them.
    """

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        *,
        loss_weights: Mapping[Any, float],
        choices: Mapping[str, Any],
        **o: Any,
    ) -> None:
        super().__init__(inputs, outputs, loss_weights=loss_weights, **o)
        self.choices = dict(choices)
        self.size = tuple(inputs.shape[1:3])

    def get_config(self) -> dict[str, Any]:
        kept = {"network": kept_graph(self), "name": self.name}
        return {**self.choices, "loss_weights": dict(self.loss_weights), **kept}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        network = keras.saving.deserialize_keras_object(config["network"], custom_objects)
        choices = {name: value for name, value in config.items() if name != "network"}
        return cls(network.input, network.output, **choices)
