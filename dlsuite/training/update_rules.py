"""The course's optimizers as recipes may name them: its equations, walked by Keras' optimizers.

`optimizer: {type: momentum, learning_rate: 0.1, beta: 0.9}` takes the numbers of the course's
equations and gives the Keras optimizer that makes the same steps. Where no number of Keras does,
the docstring says by how much they part. `dlsuite explain optimizer NAME` shows both, step by step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveFloat

from dlsuite.training.settings import Rate

if TYPE_CHECKING:
    import keras

Decay = Annotated[float, Field(ge=0, lt=1)]
Small = Annotated[float, Field(ge=0)]

__all__ = ["adagrad", "adam", "gradient_descent", "momentum", "rmsprop"]


def gradient_descent(learning_rate: Rate = 0.01) -> keras.Optimizer:
    """`w -= α g`: batch, stochastic and mini-batch descent, as `data.batch_size` says.

    Args:
        learning_rate: α, a number or a schedule.
    """
    import keras

    return keras.optimizers.SGD(learning_rate)


def momentum(learning_rate: PositiveFloat = 0.1, beta: Decay = 0.9) -> keras.Optimizer:
    """`v = β v + (1 - β) g`, `w -= α v` (Polyak 1964, in the course's form).

    Keras leaves out the `1 - β`, so it is given the rate `α (1 - β)`.

    Args:
        learning_rate: α. A number: under a schedule the two are other paths, as Keras' velocity
            holds each gradient times the rate of its own step; `SGD` with `momentum` takes one.
        beta: Share of the velocity that is kept.
    """
    import keras

    return keras.optimizers.SGD(learning_rate * (1 - beta), momentum=beta)


def adagrad(learning_rate: Rate = 0.01, epsilon: Small = 1e-7) -> keras.Optimizer:
    """`s += g²`, `w -= α g / sqrt(s + ε)` (Duchi, Hazan and Singer 2011).

    The sum begins at 0; Keras' own default begins at 0.1.

    Args:
        learning_rate: α, a number or a schedule.
        epsilon: Within the root; above 0 where a gradient may be 0 at first.
    """
    import keras

    return keras.optimizers.Adagrad(learning_rate, initial_accumulator_value=0.0, epsilon=epsilon)


def rmsprop(
    learning_rate: Rate = 0.001, beta: Decay = 0.9, epsilon: Small = 1e-7
) -> keras.Optimizer:
    """`s = β s + (1 - β) g²`, `w -= α g / sqrt(s + ε)` (Tieleman and Hinton 2012).

    Args:
        learning_rate: α, a number or a schedule.
        beta: Share of the mean square that is kept; Keras calls it `rho`.
        epsilon: Within the root.
    """
    import keras

    return keras.optimizers.RMSprop(learning_rate, rho=beta, epsilon=epsilon)


def adam(
    learning_rate: Rate = 0.001,
    beta_1: Decay = 0.9,
    beta_2: Decay = 0.999,
    epsilon: Small = 1e-7,
) -> keras.Optimizer:
    """Corrected means of g and g², `w -= α v / (sqrt(s) + ε)` (Kingma and Ba 2014, algorithm 1).

    Keras folds both corrections into the rate (their section 2, end), where ε counts
    `1 / sqrt(1 - β₂ᵗ)` times as much: 32 times at the first step with the defaults. No constant ε
    converts one into the other; the paths meet as ε goes to 0 or t grows.

    Args:
        learning_rate: α, a number or a schedule.
        beta_1: Share of the mean gradient that is kept.
        beta_2: Share of the mean square that is kept.
        epsilon: Added to the root.
    """
    import keras

    return keras.optimizers.Adam(learning_rate, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
