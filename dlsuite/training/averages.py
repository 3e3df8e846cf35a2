"""Averages that move with training, and whether a run is long enough for them to settle.

An average `a = m a + (1 - m) x` has `m ** n` of what it began with after n steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dlsuite.training.variables import acting

if TYPE_CHECKING:
    import keras

LEFT = 0.05  # of its beginning, which an average may have and still be called settled
NEVER: Mapping[int, int] = {}


def set_batch_norm_momentum(model: keras.Model, momentum: float) -> None:
    """Gives every batch normalization of a model, nested ones too, its momentum.

    Raises:
        ValueError: There is none.
    """
    layers = list(_normalizations(model))
    if not layers:
        raise ValueError(
            "`regularization.batch_norm_momentum` needs a model with batch normalization. "
            f"Received: {momentum} for {model.name}, which has none."
        )
    for layer in layers:
        layer.momentum = momentum


def unsettled_statistics(
    model: keras.Model, steps: int, resting: Mapping[int, int] = NEVER
) -> str | None:
    """What to say of moving statistics that a training of so many steps leaves half made.

    Args:
        model: Built.
        steps: Of the training.
        resting: Id of a layer -> the steps for which it is frozen; one that always is counts not.
    """
    moving = [
        (layer.momentum, steps - resting.get(id(layer), 0))
        for layer in _normalizations(model)
        if layer.trainable and resting.get(id(layer), 0) < steps
    ]
    momentum, moved = max(moving, key=lambda it: it[0] ** it[1], default=(0.0, 1))
    left = momentum**moved
    if left <= LEFT:
        return None
    return (
        f"The moving statistics of batch normalization will still be {left:.0%} what they began "
        f"with after {_counted(moved)} at momentum {momentum:g}, so that scores lag behind "
        f"training; {_settling(moved)} or less suits so short a run "
        "(regularization.batch_norm_momentum)."
    )


def unsettled_weights(optimizer: keras.Optimizer, steps: int) -> str | None:
    """The same of averages of the weights, where an optimizer keeps them."""
    keeper = acting(optimizer)
    if not getattr(keeper, "use_ema", False) or keeper.ema_momentum**steps <= LEFT:
        return None
    return (
        f"The averages of the weights will still be {keeper.ema_momentum**steps:.0%} the weights "
        f"of the first step after {_counted(steps)} at momentum {keeper.ema_momentum:g}; "
        f"{_settling(steps)} or less suits so short a run (optimizer.ema_momentum)."
    )


def _counted(steps: int) -> str:
    return f"{steps:,} step{'s' if steps > 1 else ''}"


def _settling(steps: int) -> str:
    """The largest momentum that leaves no more than `LEFT`, rounded down to two digits."""
    largest = LEFT ** (1 / steps)
    return f"{int(largest * 100) / 100:g}"


def _normalizations(model: keras.Model) -> Iterator[keras.layers.BatchNormalization]:
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            yield layer
