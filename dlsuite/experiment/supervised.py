"""What applications share whose net learns a target: what their recipes say, most of their steps.

`info` of such an application has a `target`, see `dlsuite.targets`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from dlsuite.experiment.pipeline import Settings
from dlsuite.experiment.weights_source import imagenet_suits_the_model
from dlsuite.training import (
    ClassifierTraining,
    Loss,
    Optimizer,
    RegularizationSettings,
    add_l2,
    decay_weights,
    one_learning_rate_control,
    regularization_reaches_the_model,
)
from dlsuite.training.accumulation import accumulated, averages_overwrite_whole_steps
from dlsuite.training.averages import set_batch_norm_momentum
from dlsuite.types import Shape, Tree

if TYPE_CHECKING:
    import keras


class SupervisedSettings(Settings):
    """The part of a recipe that they have; an application adds `model` and its own keys.

    Without `loss` it is the one that suits the target.
    """

    loss: Loss | None = None
    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    regularization: RegularizationSettings = RegularizationSettings()
    training: ClassifierTraining = ClassifierTraining()

    checks: ClassVar[tuple[Callable, ...]] = (
        one_learning_rate_control,
        regularization_reaches_the_model,
        imagenet_suits_the_model,
        averages_overwrite_whole_steps,
    )


def compiled(settings: Any, info: Any, late: Mapping[str, Any], input_shape: Shape) -> keras.Model:
    """The recipe's model with the target's outputs and loss.

    Args:
        settings: With `model` beside those above.
        info: With `target`.
        late: As `Pipeline.build` gets it.
        input_shape: Of one example.
    """
    import keras

    from dlsuite.models.answering import is_detector
    from dlsuite.training.freezing import require_layers

    target, regularization = info.target, settings.regularization
    rate = regularization.drop_rate
    model = settings.model(
        input_shape=input_shape,
        num_classes=target.width,
        **({} if rate is None else {"dropout": rate}),
    )
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"{settings.model.type} must return a keras.Model. Received: a {type(model).__name__}."
        )
    if is_detector(model):
        raise ValueError(
            f"`model` must tell of a whole example. Received: {settings.model.type}, which finds "
            "boxes: it is for `pipeline: object_detection`."
        )
    if model.output_shape != (None, target.width):
        raise ValueError(
            f"{settings.model.type} must give {target.width} numbers for an example. Received: "
            f"outputs of shape {model.output_shape}."
        )
    add_l2(model, regularization.l2_factor(late["train_count"]))
    model = target.finished(model)
    if regularization.batch_norm_momentum is not None:
        set_batch_norm_momentum(model, regularization.batch_norm_momentum)
    training = settings.training
    require_layers(model, training.stages, training.learning_rate_factors)
    _require_a_change(settings, late["steps_per_epoch"])
    model.compile(
        optimizer=decay_weights(settings.optimizer(**late), model, regularization.weight_decay),
        jit_compile=late["jit_compile"],
        **target.compile_options(
            settings.loss, regularization.label_smoothing, training.class_weight
        ),
    )
    return model


def _require_a_change(settings: Any, steps_per_epoch: int) -> None:
    """Refuses to accumulate gradients for longer than the shortest stage is."""
    each, training = accumulated(settings.optimizer), settings.training
    shortest = min(training.parts, key=lambda stage: stage.epochs)
    steps = steps_per_epoch * shortest.epochs
    if steps < each:
        where = f"stage {shortest.name}" if training.stages else "the training"
        raise ValueError(
            f"`optimizer.gradient_accumulation_steps` must be at most {steps:,}, the steps of "
            f"{where}, or its weights never change. Received: {each}."
        )


def predict(settings: Any, info: Any, model: keras.Model, batches: Any) -> Iterator[Tree]:
    """Decoded answers to each batch."""
    for x in batches:
        yield info.target.decoded(model.predict_on_batch(x))


def check(settings: Any, info: Any) -> Iterable[tuple[str, str]]:
    """What only the data can contradict: keys that need classes, their names, the loss."""
    return info.target.problems(
        settings.loss,
        settings.regularization.label_smoothing,
        settings.training.class_weight,
        mixed=settings.data.mixes,
    )
