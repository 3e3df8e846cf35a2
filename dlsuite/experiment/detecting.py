"""What a recipe of detection says beside data and model; how its detector is made and asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import Field

from dlsuite.experiment.pipeline import Settings
from dlsuite.experiment.weights_source import imagenet_suits_the_model
from dlsuite.recipe import Block
from dlsuite.training import (
    Optimizer,
    RegularizationSettings,
    add_l2,
    decay_weights,
    one_learning_rate_control,
)
from dlsuite.training.accumulation import averages_overwrite_whole_steps
from dlsuite.training.averages import set_batch_norm_momentum
from dlsuite.types import Tree

if TYPE_CHECKING:
    import keras

    from dlsuite.models.answering import Answering

Problems = Iterator[tuple[str, str]]
UNIT = Annotated[float, Field(ge=0, le=1)]
# Of the pictures that are answered together: maps of a detector take some 300 bytes for each.
MOST_PIXELS = 2**22
REHEARSED_CLASSES = 2  # that a detector is tried with before the data tells how many there are


class Detections(Block):
    """Which of a detector's boxes are answered.

    Attributes:
        iou_threshold: From which overlap the weaker of two boxes of a class goes
            (non-maximum suppression); with `soft` it is only weakened.
        score_threshold: What is weaker is not answered.
        max_detections: Most boxes of a picture.
        soft: Soft non-maximum suppression (Bodla et al. 2017).
    """

    iou_threshold: UNIT = 0.5
    score_threshold: UNIT = 0.01
    max_detections: Annotated[int, Field(ge=1, le=1000)] = 100
    soft: bool = False


def regularization_suits_boxes(settings: Any) -> Problems:
    """Labels of boxes are not smoothed."""
    smoothing = settings.regularization.label_smoothing
    if smoothing:
        yield (
            "regularization.label_smoothing",
            f"must be 0 for detection. Received: {smoothing}.",
        )


def boxes_have_no_relabels(settings: Any) -> Problems:
    """Relabels name one class for an example."""
    if settings.data.relabels is not None:
        yield (
            "data.relabels",
            "must be left out for boxes, which are mended in the annotations themselves. "
            f"Received: {settings.data.relabels}.",
        )


class DetectionSettings(Settings):
    """The part of a recipe of detection beside `data` and `model`."""

    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    regularization: RegularizationSettings = RegularizationSettings()
    detections: Detections = Detections()

    checks: ClassVar[tuple[Callable, ...]] = (
        one_learning_rate_control,
        regularization_suits_boxes,
        boxes_have_no_relabels,
        imagenet_suits_the_model,
        averages_overwrite_whole_steps,
    )


def compiled_detector(settings: Any, info: Any, late: Mapping[str, Any]) -> keras.Model:
    """The recipe's detector, compiled; its loss is its own.

    Args:
        settings: `DetectionSettings` with `model`.
        info: With `input_shape`, `class_names`, `anchors` and `proposals`.
        late: As `Pipeline.build` gets it.

    Raises:
        ValueError: The model is no detector, or is not one of the regions that the data has.
    """
    from dlsuite.training.freezing import require_layers

    regularization, training = settings.regularization, settings.training
    model = _detector(
        settings, info.input_shape, len(info.class_names), info.anchors, info.proposals
    )
    add_l2(model, regularization.l2_factor(late["train_count"]))
    if regularization.batch_norm_momentum is not None:
        set_batch_norm_momentum(model, regularization.batch_norm_momentum)
    require_layers(model, training.stages, training.learning_rate_factors)
    model.compile(
        optimizer=decay_weights(settings.optimizer(**late), model, regularization.weight_decay),
        jit_compile=late["jit_compile"],
    )
    return model


def rehearsed_detector(settings: Any) -> None:
    """Builds the recipe's detector without weights, for a few classes and anchors.

    What the user's own code or a hub makes is left for later: it need not come without weights.

    Raises:
        ValueError: It cannot be built for pictures of that size and anchors of that number.
    """
    from dlsuite.models.weightless import weightless

    model, data = settings.model, settings.data
    if any(each.type == "keras_hub" or ":" in each.type for each in (model, *model.inner())):
        return
    anchors = data.anchors
    if isinstance(anchors, int):
        anchors = tuple((16.0 + number, 16.0 + number) for number in range(anchors))
    proposals = None if data.proposals is None else data.proposals.count
    shape = (*data.image_size, 3)
    weightless(lambda: _detector(settings, shape, REHEARSED_CLASSES, anchors, proposals))


def _detector(
    settings: Any,
    input_shape: tuple[int, int, int],
    num_classes: int,
    anchors: Any,
    proposals: int | None,
) -> keras.Model:
    """The recipe's model, not compiled, which is a detector that suits the regions it gets."""
    from dlsuite.models.answering import is_detector

    rate = settings.regularization.drop_rate
    model = settings.model(
        input_shape=input_shape,
        num_classes=num_classes,
        anchors=anchors,
        **({} if rate is None else {"dropout": rate}),
    )
    if not is_detector(model):
        raise ValueError(
            "`model` must be a detector, such as yolo, faster_rcnn, fast_rcnn, rcnn or localizer. "
            f"Received: {settings.model.type}."
        )
    judges = bool(getattr(model, "judges_proposals", False))
    if judges != (proposals is not None):
        need = "needs regions to judge" if judges else "finds its own regions"
        given = "none" if proposals is None else f"{proposals} of a picture"
        raise ValueError(f"{settings.model.type} {need}. Received as `data.proposals`: {given}.")
    return model


_answering: WeakKeyDictionary[keras.Model, dict[Any, Answering]] = WeakKeyDictionary()


def answering(detections: Detections, target: tuple[int, int], model: keras.Model) -> Answering:
    """The detector with what follows it, the same object for the same detector: traced once."""
    from dlsuite.layers import Detections as Layer
    from dlsuite.models.answering import Answering

    made = _answering.setdefault(model, {})
    key = (detections, target)
    if key not in made:
        made[key] = Answering(model, Layer(**detections.model_dump()), target)
    return made[key]


def answered(
    detections: Detections, target: tuple[int, int], model: keras.Model, batches: Any
) -> Iterator[Tree]:
    """Answers to batches of questions, arrays `[B, D, ...]`; large pictures a few at a time."""
    asked = answering(detections, target, model)
    for x in batches:
        said = [asked.predict_on_batch(part) for part in few_at_a_time(x, target)]
        yield {name: np.concatenate([each[name] for each in said]) for name in said[0]}


def few_at_a_time(x: Tree, target: tuple[int, int]) -> Iterator[Tree]:
    """A batch of questions in parts, each of as many pictures as are answered together."""
    most = max(1, MOST_PIXELS // math.prod(target))
    for start in range(0, len(x["size"]), most):
        yield {name: each[start : start + most] for name, each in x.items()}
