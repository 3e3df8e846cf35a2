"""Learning-rate schedules with lengths in epochs; the program gives `steps_per_epoch` and `epochs`.

A schedule is a function of the optimizer's own step count, so it begins anew with every stage.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import keras
from keras.optimizers.schedules import LearningRateSchedule
from pydantic import Field, PositiveFloat

from dlsuite.types import Tensor

__all__ = [
    "constant",
    "cosine",
    "exponential",
    "milestones",
    "step",
    "warmup_constant",
    "warmup_cosine",
    "warmup_exponential",
    "warmup_step",
]

Factor = Annotated[float, Field(gt=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0)]


def constant(value: PositiveFloat) -> float:
    """The same rate from the first step to the last; the one schedule that a plateau may reduce."""
    return value


def step(
    initial: PositiveFloat, *, every: PositiveFloat, factor: Factor, steps_per_epoch: int
) -> LearningRateSchedule:
    """A staircase: `initial * factor ** floor(epoch / every)`.

    Args:
        every: Epochs from one drop to the next.
        factor: What each drop multiplies the rate by, in (0, 1).
    """
    return keras.optimizers.schedules.ExponentialDecay(
        initial, _steps(every, steps_per_epoch), factor, staircase=True
    )


def milestones(
    initial: PositiveFloat,
    *,
    at: Annotated[list[PositiveFloat], Field(min_length=1)],
    factor: Factor,
    steps_per_epoch: int,
) -> LearningRateSchedule:
    """Drops by `factor` when the named epochs are over.

    Args:
        at: Epochs after which the rate drops, ascending: `[82, 123]` drops in the 83rd epoch.
        factor: What each drop multiplies the rate by, in (0, 1).

    Raises:
        ValueError: `at` does not ascend.
    """
    if any(later <= earlier for earlier, later in pairwise(at)):
        raise ValueError(f"`at` must ascend, such as [82, 123]. Received: at={at}.")
    # Keras keeps a value up to and including its boundary; the drop is due on the next step.
    boundaries = [_steps(epoch, steps_per_epoch) - 1 for epoch in at]
    rates = [initial * factor**drops for drops in range(len(at) + 1)]
    return keras.optimizers.schedules.PiecewiseConstantDecay(boundaries, rates)


def exponential(
    initial: PositiveFloat, *, factor: Factor, every: PositiveFloat = 1.0, steps_per_epoch: int
) -> LearningRateSchedule:
    """A smooth fall: `initial * factor ** (epoch / every)`, where `epoch` counts parts too.

    Args:
        factor: What is left of the rate after `every` epochs, in (0, 1).
    """
    return keras.optimizers.schedules.ExponentialDecay(
        initial, _steps(every, steps_per_epoch), factor
    )


def cosine(
    initial: PositiveFloat, *, final: NotNegative = 0.0, steps_per_epoch: int, epochs: int
) -> LearningRateSchedule:
    """Half a cosine from `initial` to `final` over the whole run (Loshchilov and Hutter, 2017)."""
    return keras.optimizers.schedules.CosineDecay(
        initial, _steps(epochs, steps_per_epoch), alpha=final / initial
    )


def warmup_constant(
    peak: PositiveFloat, *, warmup_epochs: PositiveFloat = 1.0, steps_per_epoch: int
) -> LearningRateSchedule:
    """A straight climb to `peak` over `warmup_epochs`, then `peak` to the end."""
    return Warmup(peak, _steps(warmup_epochs, steps_per_epoch), peak)


def warmup_step(
    peak: PositiveFloat,
    *,
    every: PositiveFloat,
    factor: Factor,
    warmup_epochs: PositiveFloat = 1.0,
    steps_per_epoch: int,
) -> LearningRateSchedule:
    """A straight climb to `peak`, then the staircase of `step`, counted from the climb's end."""
    after = step(peak, every=every, factor=factor, steps_per_epoch=steps_per_epoch)
    return Warmup(peak, _steps(warmup_epochs, steps_per_epoch), after)


def warmup_exponential(
    peak: PositiveFloat,
    *,
    factor: Factor,
    every: PositiveFloat = 1.0,
    warmup_epochs: PositiveFloat = 1.0,
    steps_per_epoch: int,
) -> LearningRateSchedule:
    """A straight climb to `peak`, then the fall of `exponential`, counted from the climb's end."""
    after = exponential(peak, factor=factor, every=every, steps_per_epoch=steps_per_epoch)
    return Warmup(peak, _steps(warmup_epochs, steps_per_epoch), after)


def warmup_cosine(
    peak: PositiveFloat,
    *,
    warmup_epochs: PositiveFloat = 1.0,
    final: NotNegative = 0.0,
    steps_per_epoch: int,
    epochs: int,
) -> LearningRateSchedule:
    """A straight climb to `peak`, then half a cosine to `final` over what is left of the run.

    A run no longer than its climb never leaves it.
    """
    left = max(epochs - warmup_epochs, 1 / steps_per_epoch)
    after = keras.optimizers.schedules.CosineDecay(
        peak, _steps(left, steps_per_epoch), alpha=final / peak
    )
    return Warmup(peak, _steps(warmup_epochs, steps_per_epoch), after)


@keras.saving.register_keras_serializable("dlsuite")
class Warmup(LearningRateSchedule):
    """A straight climb before another schedule: `peak * (step + 1) / steps`, so no step is wasted.

    Args:
        peak: Rate of the climb's last step.
        steps: Length of the climb.
        after: What follows, a rate or a schedule that counts its steps from the climb's end.
    """

    def __init__(self, peak: float, steps: int, after: float | LearningRateSchedule):
        self.peak = peak
        self.steps = steps
        self.after = after

    def __call__(self, step: Tensor) -> Tensor:
        step = keras.ops.cast(step, "float32")
        climb = self.peak * (step + 1.0) / self.steps
        after = self.after
        if isinstance(after, LearningRateSchedule):
            after = after(keras.ops.maximum(step - self.steps, 0.0))
        return keras.ops.where(step < self.steps, climb, after)

    def get_config(self) -> dict[str, Any]:
        after = keras.saving.serialize_keras_object(self.after)
        return {"peak": self.peak, "steps": self.steps, "after": after}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Warmup:
        after = keras.saving.deserialize_keras_object(config["after"])
        return cls(config["peak"], config["steps"], after)


def _steps(epochs: float, steps_per_epoch: int) -> int:
    return max(1, round(epochs * steps_per_epoch))
