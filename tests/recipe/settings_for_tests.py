"""Settings like those of an application: real Keras rooms, stand-ins for models and sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from dlsuite.recipe import Block, Call, Room

STAND_INS = f"{__package__}.stand_ins"
Problems = Iterator[tuple[str, str]]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(gt=0, le=1)]

LATE = {"steps_per_epoch": 10, "epochs": 5}
Source = Annotated[Call, Room(f"{STAND_INS}.sources", late={"on_bad_example": "error"})]
Augmentation = Annotated[Call, Room("keras.layers")]
Model = Annotated[
    Call,
    Room(
        f"{STAND_INS}.models",
        late={"input_shape": (28, 28, 1), "num_classes": 10, "dropout": 0.0},
    ),
]
Schedule = Annotated[Call, Room(f"{STAND_INS}.schedules", "keras.optimizers.schedules", late=LATE)]
Rate = PositiveFloat | Schedule
Optimizer = Annotated[Call, Room("keras.optimizers", late=LATE, inner={"learning_rate": Rate})]


def shares_fill_the_whole(split: Split) -> Problems:
    """The shares of a split add up to one."""
    total = split.train + (split.dev or 0) + (split.test or 0)
    if abs(total - 1) > 1e-6:
        yield "train", f"train, dev and test must add up to 1. Received: {total:g}."


class Split(Block):
    """Shares of the examples."""

    train: Share
    dev: Share | None = None
    test: Share | None = None
    by: Literal["example", "group", "time"] = "example"

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (shares_fill_the_whole,)


class Data(Block):
    """Where examples come from."""

    source: Source
    split: Literal["auto"] | Split = "auto"
    batch_size: PositiveInt | Literal["full"] = 64
    augment: tuple[Augmentation, ...] = ()
    cache: Literal["memory", "disk", "none"] = "none"
    image_size: tuple[PositiveInt, PositiveInt] | None = None


class EarlyStopping(Block):
    """Ends a run that no longer gets better."""

    monitor: str | None = None
    patience: PositiveInt = 5
    mode: Literal["auto", "min", "max"] = "auto"


class Stage(Block):
    """A part of training."""

    name: Annotated[str, Field(min_length=1)]
    epochs: PositiveInt
    freeze: tuple[str, ...] = ()


def stages_fill_the_run(training: Training) -> Problems:
    """The epochs of the stages are those of the run."""
    total = sum(stage.epochs for stage in training.stages)
    if training.stages and total != training.epochs:
        yield (
            "epochs",
            f"must be {total}, the sum of the stages' epochs. Received: {training.epochs}.",
        )


class Training(Block):
    """How long and how."""

    epochs: PositiveInt = 30
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    early_stopping: EarlyStopping | None = None
    class_weight: Literal["balanced"] | dict[int, NonNegativeFloat] | None = None
    stages: tuple[Stage, ...] = ()

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (stages_fill_the_run,)


class Regularization(Block):
    """Against learning by heart."""

    l2: NonNegativeFloat = 0.0
    dropout: Fraction = 0.0
    label_smoothing: Fraction = 0.0


class Runtime(Block):
    """The machine."""

    precision: Literal["float32", "mixed_float16"] = "float32"
    memory_growth: bool = True


class Bound(Block):
    """Limits of a figure."""

    at_least: float | None = None
    at_most: float | None = None


def full_batch_has_no_early_stopping(settings: Settings) -> Problems:
    """A check across two top-level keys."""
    if settings.data.batch_size == "full" and settings.training.early_stopping is not None:
        yield (
            "training.early_stopping",
            "must be null where data.batch_size is full. Received: a mapping.",
        )


class Settings(Block):
    """A recipe."""

    pipeline: Literal["image_classification"]
    data: Data
    model: Model
    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    regularization: Regularization = Regularization()
    training: Training = Training()
    runtime: Runtime = Runtime()
    expect: dict[str, Bound] = Field(default_factory=dict)

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (full_batch_has_no_early_stopping,)
