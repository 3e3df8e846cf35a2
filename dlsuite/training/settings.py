"""What a recipe says about training, regularization and the runtime, with their checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from dlsuite.recipe import Block, Call, Room

Problems = Iterator[tuple[str, str]]
PACE = re.compile(r"[1-9]\d* (epochs?|steps?)")
Fraction = Annotated[float, Field(ge=0, lt=1)]

# What the program passes to schedules, with examples for the check of a recipe.
LATE = {"steps_per_epoch": 10, "epochs": 5}
Schedule = Annotated[
    Call, Room("dlsuite.training.schedules", "keras.optimizers.schedules", late=LATE)
]
Rate = PositiveFloat | Schedule
Optimizer = Annotated[
    Call,
    Room(
        "keras.optimizers",
        "dlsuite.training.update_rules",
        late=LATE,
        inner={"learning_rate": Rate},
    ),
]
# What the program passes to losses: what of it the data decides, see `dlsuite.targets`.
LOSS_LATE = {
    "label_smoothing": 0.0,
    "sizes": (2, 2),
    "class_weights": None,
    "positive_weights": None,
}
Loss = Annotated[Call, Room("dlsuite.losses", "keras.losses", late=LOSS_LATE)]


class EarlyStopping(Block):
    """Ends a stage when `monitor` has not improved by more than `min_delta` for `patience` epochs.

    Whether it ends early or not, the best epoch's weights are given back; `patience: null` never
    ends early and only chooses. Without `monitor` the pipeline's own metric on dev decides, `auto`
    takes the direction from the metric's name.

    The one control here that is not orthogonal: it ends the fit to train in order not to overfit
    dev, so that a gap on either is no longer mended by a knob of its own. The others of
    `regularization` and a `patience: null` leave the two apart.
    """

    monitor: str | None = None
    patience: PositiveInt | None = 5
    min_delta: NonNegativeFloat = 0.0
    mode: Literal["auto", "min", "max"] = "auto"


class ReduceOnPlateau(Block):
    """Multiplies the learning rate by `factor` after `patience` epochs without improvement.

    For a rate that is a plain number; a schedule already says what the rate is.
    """

    monitor: str | None = None
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    patience: PositiveInt = 3
    min_delta: NonNegativeFloat = 0.0
    mode: Literal["auto", "min", "max"] = "auto"
    min_learning_rate: NonNegativeFloat = 0.0


def every_is_a_pace(checkpoint: CheckpointSettings) -> Problems:
    """`every` is a number of epochs or of steps."""
    if isinstance(checkpoint.every, str) and not PACE.fullmatch(checkpoint.every):
        yield (
            "every",
            "must be a number of epochs or steps, such as `1 epoch` or `500 steps`. "
            f'Received: "{checkpoint.every}".',
        )


class CheckpointSettings(Block):
    """A checkpoint `every` so many epochs or steps, of which the newest `keep` stay on disk.

    `every` is a number of epochs, or says its unit: `2 epochs`, `500 steps`. The end of training
    is kept in any case, and so is the step at which Ctrl-C or SIGTERM ended it.
    """

    every: PositiveInt | str = 1
    keep: PositiveInt = 2

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (every_is_a_pace,)

    @property
    def pace(self) -> tuple[int, str]:
        """How many, and of what: `epoch` or `step`."""
        if isinstance(self.every, int):
            return self.every, "epoch"
        number, unit = self.every.split()
        return int(number), unit.removesuffix("s")


class Stage(Block):
    """A part of training with its own frozen layers, learning rate and optimizer state.

    `freeze` names layers by shell pattern (`backbone*`, `backbone/conv1`), `freeze_until` one layer
    that is frozen with all before it; all others train as the model was built. A batch
    normalization that is frozen keeps its moving statistics and uses them. Without `learning_rate`
    the recipe's optimizer begins anew as it was.
    """

    name: Annotated[str, Field(min_length=1)]
    epochs: PositiveInt
    freeze: tuple[str, ...] = ()
    freeze_until: str | None = None
    learning_rate: Rate | None = None


def stages_fill_the_run(training: TrainingSettings) -> Problems:
    """The epochs of the stages are those of the run."""
    total = sum(stage.epochs for stage in training.stages)
    if training.stages and total != training.epochs:
        yield (
            "epochs",
            f"must be {total}, the sum of the stages' epochs. Received: {training.epochs}.",
        )


def stage_names_differ(training: TrainingSettings) -> Problems:
    """Every stage has a name of its own."""
    names = [stage.name for stage in training.stages]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"stages.{index}.name", f"must differ from the names before. Received: {name}."


def plateau_comes_before_the_stop(training: TrainingSettings) -> Problems:
    """Early stopping waits longer than the learning rate does, or the rate is never reduced."""
    plateau, stop = training.reduce_on_plateau, training.early_stopping
    if plateau is None or stop is None or stop.patience is None:
        return
    if plateau.patience >= stop.patience and plateau.monitor == stop.monitor:
        yield (
            "reduce_on_plateau.patience",
            f"must be below early_stopping.patience, {stop.patience}, to ever act. "
            f"Received: {plateau.patience}.",
        )


class TrainingSettings(Block):
    """How long and how the model is fitted.

    `epochs` counts all stages; an epoch is one pass over the training part, or `steps_per_epoch`
    steps. Dev is measured after every `measure_every`th epoch and after the last. `seed` decides
    on initial weights, order of examples, augmentation and dropout. No `stages` means one, of all
    layers. `learning_rate_factors` multiplies the rate of layers by shell pattern, each layer by
    one: `{"fire[2-5]*": 0.1}`. `checkpoint: null` keeps nothing on disk, so the run cannot be
    resumed. `resume: auto` goes on with the newest unfinished run of this very recipe, where there
    is one.
    """

    epochs: PositiveInt = 30
    steps_per_epoch: PositiveInt | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    measure_every: PositiveInt = 1
    early_stopping: EarlyStopping | None = None
    reduce_on_plateau: ReduceOnPlateau | None = None
    checkpoint: CheckpointSettings | None = CheckpointSettings()
    resume: Literal["auto"] | None = None
    stages: tuple[Stage, ...] = ()
    learning_rate_factors: dict[str, PositiveFloat] = Field(default={})

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (
        stages_fill_the_run,
        stage_names_differ,
        plateau_comes_before_the_stop,
    )

    @property
    def parts(self) -> tuple[Stage, ...]:
        """The stages, or the one of all layers that none mean."""
        return self.stages or (Stage(name="all", epochs=self.epochs),)


class ThreadPools(Block):
    """Threads inside one operation, and operations at once."""

    intra: PositiveInt
    inter: PositiveInt


class RuntimeSettings(Block):
    """How the machine is used; see `dlsuite doctor` for what each would do on yours.

    `xla: auto` leaves XLA off on a CPU and the choice to Keras on a GPU. `threads: auto` takes
    TensorFlow's pools, but one thread an operation for small recurrent nets; a number sets both
    pools. `memory_growth` takes GPU memory as needed instead of all at once. `deterministic`
    forbids operations whose result depends on timing, at some cost.
    """

    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    xla: Literal["auto"] | bool = "auto"
    device: Literal["auto", "cpu", "gpu"] = "auto"
    memory_growth: bool = True
    threads: Literal["auto"] | PositiveInt | ThreadPools = "auto"
    deterministic: bool = False


def one_learning_rate_control(settings: Any) -> Problems:
    """A plateau reduces a plain learning rate; a schedule leaves it nothing to reduce.

    For settings with `optimizer` and `training`.
    """
    if settings.training.reduce_on_plateau is None:
        return
    rates = {"optimizer.learning_rate": settings.optimizer.arguments.get("learning_rate")}
    for index, stage in enumerate(settings.training.stages):
        rates[f"training.stages.{index}.learning_rate"] = stage.learning_rate
    for key, rate in rates.items():
        if _is_schedule(rate):
            yield (
                key,
                "must be a number or `constant` where training.reduce_on_plateau is set. "
                f"Received: {rate.type}.",
            )


def _is_schedule(rate: Any) -> bool:
    if not isinstance(rate, Call):
        return False
    from dlsuite.training.schedules import constant

    return rate.target is not constant
