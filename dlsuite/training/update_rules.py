"""Optimizers of the course that Keras has under other numbers, as recipes may name them.

`optimizer: {type: momentum, learning_rate: 0.1, beta: 0.9}` takes the numbers of the course's
equations and gives the Keras optimizer that makes the same steps. Descent, RMSprop and Adam
are Keras' `SGD`, `RMSprop` and `Adam` with the same numbers; `dlsuite explain optimizer NAME` shows
each, step by step, and says where Keras parts from the equations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveFloat

from dlsuite.training.settings import Rate

if TYPE_CHECKING:
    import keras

__all__ = ["adagrad_from_zero", "momentum"]


def momentum(
    learning_rate: PositiveFloat = 0.1, beta: Annotated[float, Field(ge=0, lt=1)] = 0.9
) -> keras.Optimizer:
    """`v = β v + (1 - β) g`, `w -= α v` (Polyak 1964, in the course's form).

    Keras leaves out the `1 - β`, so it is given the rate `α (1 - β)`.

    Args:
        learning_rate: α. A number: under a schedule the two are other paths, as Keras' velocity
            holds each gradient times the rate of its own step; `SGD` with `momentum` takes one.
        beta: Share of the velocity that is kept.
    """
    import keras

    return keras.optimizers.SGD(learning_rate * (1 - beta), momentum=beta)


def adagrad_from_zero(
    learning_rate: Rate = 0.01, epsilon: Annotated[float, Field(ge=0)] = 1e-7
) -> keras.Optimizer:
    """`s += g²`, `w -= α g / sqrt(s + ε)` (Duchi, Hazan and Singer 2011).

    The sum begins at 0; Keras' own default begins at 0.1.

    Args:
        learning_rate: α, a number or a schedule.
        epsilon: Within the root; above 0 where a gradient may be 0 at first.
    """
    import keras

    return keras.optimizers.Adagrad(learning_rate, initial_accumulator_value=0.0, epsilon=epsilon)
