"""Image classification: pictures with a class, with labels or with several classes each.

dlsuite train digits_lenet5
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from dlsuite import evaluation, experiment
from dlsuite.data import (
    Collection,
    DataError,
    DataSettings,
    Examples,
    Splits,
)
from dlsuite.drafting.draft import Draft
from dlsuite.drafting.picture_draft import picture_draft
from dlsuite.experiment.drawing import drawn_pictures
from dlsuite.experiment.inspecting import look_inside
from dlsuite.experiment.new_data import admitted_pictures, described_pictures
from dlsuite.experiment.picture_rivals import (
    PictureRival,
    frozen_features_were_learned,
    rival_scores,
    rival_values,
)
from dlsuite.experiment.remarks import remarks
from dlsuite.experiment.supervised import SupervisedSettings, check, compiled, predict
from dlsuite.layers import Letterbox, Resized
from dlsuite.metrics import Scores
from dlsuite.recipe import Call, Room
from dlsuite.serving import Signature, image_signatures
from dlsuite.strategy.drift import Sample
from dlsuite.survey.look import Look
from dlsuite.targets import AnyTarget, read_target
from dlsuite.targets.units import unit_names
from dlsuite.types import Tree
from pipelines import SHIPPED

Model = Annotated[
    Call,
    Room(
        "dlsuite.models",
        late={"input_shape": (32, 32, 1), "num_classes": 10, "dropout": 0.0},
        beside=experiment.BESIDE,
    ),
]


Side = Annotated[int, Field(ge=1, le=4096)]  # larger ones leave room for no batch


class ImageData(DataSettings):
    """Where pictures come from.

    Attributes:
        image_size: (height, width) that the model sees, in pixels; None where all have one size.
        resize: How pictures of other proportions get it: `stretch`, `crop` (the middle, as much as
            has its proportions) or `letterbox` (whole, with a grey rim).
    """

    image_size: tuple[Side, Side] | None = None
    resize: Literal["stretch", "crop", "letterbox"] = "stretch"


class Settings(SupervisedSettings):
    """A recipe of image classification; the source says what is to be told of a picture."""

    pipeline: Literal["image_classification"] = "image_classification"
    data: ImageData
    model: Model
    baseline: PictureRival | None = PictureRival()

    checks = (*SupervisedSettings.checks, frozen_features_were_learned)


@dataclass(frozen=True)
class ImageInfo:
    """What the model learns about the data: `[H, W, C]` of its input, and what it is to answer."""

    input_shape: tuple[int, int, int]
    target: AnyTarget


def load(settings: Settings) -> Splits:
    """Pictures by split; the model's input shape is the recipe's or that of the pictures."""
    collection, parts, report = settings.data.load()
    train = parts["train"]
    first = train.read(0)
    if "image" not in first or "label" not in first:
        raise DataError(
            "`pipeline: image_classification` needs a source of pictures with classes or labels, "
            f"such as image_folder, idx or digits. Received: {settings.data.source.type}."
        )
    height, width = settings.data.image_size or first["image"].shape[:2]
    info = ImageInfo(
        input_shape=(int(height), int(width), int(first["image"].shape[-1])),
        target=read_target(collection.about, train.rows["label"]),
    )
    return Splits(info=info, report=report, **parts)


def preprocessing(info: ImageInfo, resize: str) -> keras.Model:
    """The layers that serving repeats: pictures uint8 `[B, h, w, C]` to float32 `[B, H, W, C]`."""
    height, width, channels = info.input_shape
    if resize == "letterbox":
        layers = [Letterbox((height, width))]
    else:
        # First to float: resizing of bytes rounds in eager mode and not in a graph.
        fitted = Resized(height, width, crop=resize == "crop")
        layers = [keras.layers.Rescaling(1 / 255), fitted]
    pictures = keras.Input((None, None, channels), dtype="uint8")
    return keras.Sequential([pictures, *layers], name="preprocessing")


def encode(settings: Settings, info: ImageInfo) -> Callable[[Tree], tuple]:
    """Raw batches to pictures in [0, 1] and labels, with weights where the recipe has them.

    Labels are shares of the classes where training mixes examples.
    """
    prepare = preprocessing(info, settings.data.resize)
    encoded = info.target.weighted(
        lambda raw: (prepare(raw["image"]), raw["label"]), settings.training.class_weight
    )
    return info.target.mixable(encoded) if settings.data.mixes else encoded


def build(settings: Settings, info: ImageInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled classifier; it gives logits `[B, K]`."""
    return compiled(settings, info, late, info.input_shape)


def score(settings: Settings, info: ImageInfo, examples: Examples, answers: Tree) -> Scores:
    """Accuracy, loss and the rest over a split, with its per-example table."""
    return info.target.score(examples.keys, examples.rows["label"], answers)


def signatures(settings: Settings, info: ImageInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` for arrays of pictures, `serve_bytes` for encoded files."""
    return image_signatures(preprocessing(info, settings.data.resize), model, info.target)


def reading(settings: Settings, info: ImageInfo) -> Mapping[str, Any]:
    """Further pictures are read with the channels of those in training."""
    return {"channels": info.input_shape[-1]}


def admit(settings: Settings, info: ImageInfo, collection: Collection) -> Collection:
    """Further pictures, their classes matched by name."""
    return admitted_pictures(collection, info.target, info.input_shape[-1])


def describe(settings: Settings, info: ImageInfo, examples: Examples) -> Sample:
    """How pictures look."""
    return described_pictures(examples)


def propose(look: Look) -> Draft:
    """A first recipe for a user's own pictures."""
    return picture_draft("image_classification", look.pictures)


pipeline = experiment.Pipeline(
    name="image_classification",
    settings=Settings,
    metric="accuracy",
    load=load,
    encode=encode,
    build=build,
    predict=predict,
    score=score,
    signatures=signatures,
    figures=drawn_pictures,
    inspect=look_inside,
    baseline=partial(rival_scores, encode),
    baseline_values=rival_values,
    check=check,
    remarks=remarks,
    info=ImageInfo,
    outputs=lambda info: unit_names(info.target),
    reading=reading,
    admit=admit,
    describe=describe,
    propose=propose,
    shipped=SHIPPED,
)
run = partial(experiment.run, pipeline)
evaluate = partial(evaluation.evaluate, pipeline)
