"""Image classification: pictures with a class, with labels or with several classes each.

dlsuite train digits_lenet5
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import keras
import numpy as np
from pydantic import Field

from dlsuite import evaluation, experiment, figures
from dlsuite.data import (
    Collection,
    DataError,
    DataSettings,
    Examples,
    Splits,
    evaluation_batches,
    sample,
)
from dlsuite.drafting.draft import Draft
from dlsuite.drafting.picture_draft import picture_draft
from dlsuite.experiment.new_data import admitted_pictures, described_pictures
from dlsuite.experiment.supervised import SupervisedSettings, check, compiled, predict
from dlsuite.metrics import Scores
from dlsuite.recipe import Block, Call, Room
from dlsuite.serving import Signature, image_signatures
from dlsuite.strategy.drift import Sample
from dlsuite.survey.look import Look
from dlsuite.targets import AnyTarget, read_target
from dlsuite.targets.units import unit_names
from dlsuite.types import Tree
from pipelines import SHIPPED

BASELINE_SIDE = 32  # pixels: a linear model learns little more from larger pictures
SHOWN = 16  # examples of the first batch
BASELINE_VALUES = 50_000_000  # of all pictures it is fitted on: 200 MB

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
    """Where pictures come from; `image_size` is (height, width) that the model sees, in pixels."""

    image_size: tuple[Side, Side] | None = None


class Baseline(Block):
    """The rival: a linear model on pixels, or always the most frequent class.

    Pictures above 32 pixels a side are scaled down for it; `train_examples` caps what it is
    fitted on.
    """

    type: Literal["linear", "most_frequent"] = "linear"
    train_examples: Annotated[int, Field(ge=1)] = 60_000


class Settings(SupervisedSettings):
    """A recipe of image classification; the source says what is to be told of a picture."""

    pipeline: Literal["image_classification"] = "image_classification"
    data: ImageData
    model: Model
    baseline: Baseline | None = Baseline()


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
    return info.target.weighted(
        lambda raw: (prepare(raw["image"]), raw["label"]), settings.training.class_weight
    )


def build(settings: Settings, info: ImageInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled classifier; it gives logits `[B, K]`."""
    return compiled(settings, info, late, info.input_shape)


def score(settings: Settings, info: ImageInfo, examples: Examples, answers: Tree) -> Scores:
    """Accuracy, loss and the rest over a split, with its per-example table."""
    return info.target.score(examples.keys, examples.rows["label"], answers)


def signatures(settings: Settings, info: ImageInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` for arrays of pictures, `serve_bytes` for encoded files."""
    return image_signatures(preprocessing(info), model, info.target)


def baseline(
    settings: Settings, splits: Splits, scored: Mapping[str, Examples]
) -> dict[str, Scores]:
    """Scores of the recipe's rival on the examples that the model was scored on."""
    choice, info = settings.baseline, splits.info
    if choice is None:
        return {}
    rival = info.target.constant_rival(splits.train.rows["label"])
    if choice.type == "linear":
        side = min(BASELINE_SIDE, *info.input_shape[:2])
        most = min(choice.train_examples, BASELINE_VALUES // (side * side * info.input_shape[-1]))
        some = sample(splits.train, most, settings.training.seed)
        pictures = np.concatenate(list(_small(settings, info, some)))
        rival = info.target.linear_rival(pictures, some.rows["label"], most_examples=most)
    scores = {}
    for name, examples in scored.items():
        outputs = np.concatenate([rival.predict(x) for x in _small(settings, info, examples)])
        scores[name] = score(settings, info, examples, info.target.decoded(outputs))
    return scores


def baseline_values(settings: Settings, splits: Splits) -> int:
    """Pixels of all pictures that a linear rival is fitted on."""
    choice, (height, width, channels) = settings.baseline, splits.info.input_shape
    if choice is None or choice.type != "linear":
        return 0
    one = min(BASELINE_SIDE, height, width) ** 2 * channels
    return one * min(choice.train_examples, BASELINE_VALUES // one, len(splits.train))


def _small(settings: Settings, info: ImageInfo, examples: Examples) -> Iterator[np.ndarray]:
    """Batches of pictures in [0, 1] of at most 32 pixels a side, float32 `[B, H, W, C]`."""
    height, width, _ = info.input_shape
    size = (min(height, BASELINE_SIDE), min(width, BASELINE_SIDE))
    for x, *_ in evaluation_batches(examples, encode(settings, info)):
        yield keras.ops.convert_to_numpy(keras.ops.image.resize(x, size))


def draw(outcome: experiment.Outcome) -> Iterator[tuple[str, Any]]:
    """What was trained on, curves and scores; on dev what the target shows, the worst mistakes."""
    history, target = outcome.history, outcome.splits.info.target
    yield "training_examples", _first_examples(outcome)
    yield (
        "curves",
        figures.curves(history.epochs, metric=target.metric, best_epoch=history.best_epoch),
    )
    yield "scores", figures.score_intervals(outcome.scores, outcome.baseline)
    dev = outcome.splits.dev
    if dev is not None:
        table = outcome.scores["dev"].examples
        yield from target.figures(table, dev.rows["label"], outcome.answers["dev"], "dev")
        yield (
            "worst_mistakes",
            figures.worst_mistakes(table, lambda row: dev.read(row)["image"], split="dev"),
        )


def _first_examples(outcome: experiment.Outcome) -> Any:
    (seen, *_), raw = outcome.first_batch()
    count = min(SHOWN, len(raw))
    return figures.training_examples(
        [raw.read(row)["image"] for row in range(count)],
        seen[:count],
        outcome.splits.info.target.named(raw.rows["label"][:count]),
        batch_size=len(raw),
    )


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
    figures=draw,
    baseline=baseline,
    baseline_values=baseline_values,
    check=check,
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
