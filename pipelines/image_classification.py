"""Image classification: pictures of one class each, from folders, IDX files or arrays.

dlsuite train digits_lenet5
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import keras
import numpy as np
from pydantic import Field

from dlsuite import experiment, figures, strategy
from dlsuite.data import (
    DataError,
    DataSettings,
    Examples,
    Splits,
    evaluation_batches,
    sample,
)
from dlsuite.metrics import Scores, classification_scores
from dlsuite.ops import class_answers
from dlsuite.recipe import Block, Call, Room
from dlsuite.serving import Signature, image_signatures
from dlsuite.training import (
    ClassifierTraining,
    Loss,
    Optimizer,
    RegularizationSettings,
    add_l2,
    loss_problems,
    one_learning_rate_control,
    regularization_reaches_the_model,
)
from dlsuite.types import Tree
from pipelines import SHIPPED

BASELINE_SIDE = 32  # pixels: a linear model learns little more from larger pictures
BASELINE_VALUES = 50_000_000  # of all pictures it is fitted on: 200 MB

Model = Annotated[
    Call,
    Room("dlsuite.models", late={"input_shape": (32, 32, 1), "num_classes": 10, "dropout": 0.0}),
]


class ImageData(DataSettings):
    """Where pictures come from; `image_size` is (height, width) that the model sees, in pixels."""

    image_size: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] | None = None


class Baseline(Block):
    """The rival: a linear model on pixels, or always the most frequent class.

    Pictures above 32 pixels a side are scaled down for it; `train_examples` caps what it is
    fitted on.
    """

    type: Literal["linear", "most_frequent"] = "linear"
    train_examples: Annotated[int, Field(ge=1)] = 60_000


class Settings(experiment.Settings):
    """A recipe of image classification."""

    pipeline: Literal["image_classification"] = "image_classification"
    data: ImageData
    model: Model
    loss: Loss = Field(default={"type": "softmax_cross_entropy"}, validate_default=True)
    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    regularization: RegularizationSettings = RegularizationSettings()
    training: ClassifierTraining = ClassifierTraining()
    baseline: Baseline | None = Baseline()

    checks: ClassVar[tuple[Callable, ...]] = (
        one_learning_rate_control,
        regularization_reaches_the_model,
    )


@dataclass(frozen=True)
class ImageInfo:
    """What the model learns about the data: `[H, W, C]` of its input, names and counts [K]."""

    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]


def load(settings: Settings) -> Splits:
    """Pictures by split; the model's input shape is the recipe's or that of the pictures."""
    collection, parts, report = settings.data.load()
    train = parts["train"]
    if "image" not in train.read(0):
        raise DataError(
            "`pipeline: image_classification` needs a source of pictures, such as image_folder, "
            f"idx or digits. Received: {settings.data.source.type}."
        )
    names = tuple(map(str, collection.about["class_names"]))
    counts = np.bincount(train.rows["label"], minlength=len(names))
    first = train.read(0)["image"].shape
    height, width = settings.data.image_size or first[:2]
    info = ImageInfo(
        input_shape=(int(height), int(width), int(first[-1])),
        class_names=names,
        class_counts=tuple(map(int, counts)),
    )
    return Splits(info=info, report=report, **parts)


def preprocessing(info: ImageInfo) -> keras.Model:
    """The layers that serving repeats: pictures uint8 `[B, h, w, C]` to float32 `[B, H, W, C]`."""
    height, width, channels = info.input_shape
    return keras.Sequential(
        [
            keras.Input((None, None, channels), dtype="uint8"),
            # First to float: resizing of bytes rounds in eager mode and not in a graph.
            keras.layers.Rescaling(1 / 255),
            keras.layers.Resizing(height, width),
        ],
        name="preprocessing",
    )


def encode(settings: Settings, info: ImageInfo) -> Callable[[Tree], tuple]:
    """Raw batches to pictures in [0, 1] and labels, with weights where the recipe has them."""
    prepare = preprocessing(info)
    return settings.training.weighted(
        lambda raw: (prepare(raw["image"]), raw["label"]), info.class_names, info.class_counts
    )


def build(settings: Settings, info: ImageInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled classifier; it gives logits `[B, K]`."""
    model = settings.model(
        input_shape=info.input_shape,
        num_classes=len(info.class_names),
        dropout=settings.regularization.dropout,
    )
    add_l2(model, settings.regularization.l2)
    model.compile(
        optimizer=settings.optimizer(**late),
        loss=settings.loss(label_smoothing=settings.regularization.label_smoothing),
        metrics=["accuracy"],
        jit_compile=late["jit_compile"],
    )
    return model


def predict(
    settings: Settings, info: ImageInfo, model: keras.Model, batches: Any
) -> Iterator[Tree]:
    """Class answers of each batch, see `ops.class_answers`."""
    for x in batches:
        yield class_answers(model.predict_on_batch(x), info.class_names)


def score(settings: Settings, info: ImageInfo, examples: Examples, answers: Tree) -> Scores:
    """Accuracy, loss and the rest over a split, with its per-example table."""
    return classification_scores(
        examples.keys, examples.rows["label"], answers["logits"], info.class_names
    )


def signatures(settings: Settings, info: ImageInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` for arrays of pictures, `serve_bytes` for encoded files."""
    return image_signatures(preprocessing(info), model, info.class_names)


def baseline(
    settings: Settings, splits: Splits, scored: Mapping[str, Examples]
) -> dict[str, Scores]:
    """Scores of the recipe's rival on the examples that the model was scored on."""
    choice, info = settings.baseline, splits.info
    if choice is None:
        return {}
    labels, classes = splits.train.rows["label"], len(info.class_names)
    rival = strategy.most_frequent(labels, classes)
    if choice.type == "linear":
        side = min(BASELINE_SIDE, *info.input_shape[:2])
        most = min(choice.train_examples, BASELINE_VALUES // (side * side * info.input_shape[-1]))
        some = sample(splits.train, most, settings.training.seed)
        pictures = np.concatenate(list(_small(settings, info, some)))
        rival = strategy.linear(pictures, some.rows["label"], "classification", num_classes=classes)
    return {
        name: score(
            settings,
            info,
            examples,
            {
                "logits": np.concatenate(
                    [rival.predict(x) for x in _small(settings, info, examples)]
                )
            },
        )
        for name, examples in scored.items()
    }


def _small(settings: Settings, info: ImageInfo, examples: Examples) -> Iterator[np.ndarray]:
    """Batches of pictures in [0, 1] of at most 32 pixels a side, float32 `[B, H, W, C]`."""
    height, width, _ = info.input_shape
    size = (min(height, BASELINE_SIDE), min(width, BASELINE_SIDE))
    for x, *_ in evaluation_batches(examples, encode(settings, info)):
        yield keras.ops.convert_to_numpy(keras.ops.image.resize(x, size))


def check(settings: Settings, info: ImageInfo) -> Iterable[tuple[str, str]]:
    """What only the data can contradict: names in `class_weight`, and the loss."""
    yield from settings.training.check_classes(info.class_names)
    logits = np.zeros((2, len(info.class_names)), "float32")
    yield from loss_problems(settings.loss, np.zeros(2, "int32"), logits)


def draw(outcome: experiment.Outcome) -> Iterator[tuple[str, Any]]:
    """Curves, and on dev the confusion matrix and the worst mistakes."""
    history, info = outcome.history, outcome.splits.info
    yield "curves", figures.curves(history.epochs, metric="accuracy", best_epoch=history.best_epoch)
    dev = outcome.splits.dev
    if dev is not None:
        table = outcome.scores["dev"].examples
        yield "confusion_matrix", figures.confusion_matrix(table, info.class_names)
        yield "worst_mistakes", figures.worst_mistakes(table, lambda row: dev.read(row)["image"])


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
    figures=draw,
    baseline=baseline,
    check=check,
    shipped=SHIPPED,
)
run = partial(experiment.run, pipeline)
