"""Gradient accumulation: steps that share one change of the weights."""

from __future__ import annotations

from typing import Any

from dlsuite.training.settings import Problems
from dlsuite.training.variables import acting


def accumulated(optimizer: Any) -> int:
    """Steps whose mean gradient makes one change of the weights: 1 where none are accumulated.

    Args:
        optimizer: Of Keras, or a recipe's call of one.
    """
    arguments = getattr(optimizer, "arguments", None)
    if arguments is not None:
        return arguments.get("gradient_accumulation_steps") or 1
    # A model of several optimizers may have none of Keras' here.
    return getattr(acting(optimizer), "gradient_accumulation_steps", None) or 1


def averages_overwrite_whole_steps(settings: Any) -> Problems:
    """Weights are not overwritten by their averages between gradients that are accumulated.

    Keras counts changes for it and looks at each step, so it would do so at each of them. For
    settings with `optimizer`.
    """
    arguments = settings.optimizer.arguments
    if arguments.get("ema_overwrite_frequency") and accumulated(settings.optimizer) > 1:
        yield (
            "optimizer.ema_overwrite_frequency",
            "must be left out where gradients are accumulated; the averages are taken at the end "
            f"in any case. Received: {arguments['ema_overwrite_frequency']}.",
        )
