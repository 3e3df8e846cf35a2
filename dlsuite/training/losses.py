"""Whether a recipe's regularization acts on the model and the loss it is given with."""

from __future__ import annotations

from typing import Any

from dlsuite.recipe import Call
from dlsuite.recipe.signature import parameters
from dlsuite.training.settings import Problems


def regularization_reaches_the_model(settings: Any) -> Problems:
    """Dropout and label smoothing are taken by the model and the loss, or are 0.

    For settings with `model`, `loss` and `regularization`.
    """
    regularization = settings.regularization
    kept = regularization.keep_prob is not None
    wanted = (
        ("dropout", "keep_prob" if kept else "dropout", settings.model, regularization.drop_rate),
        ("label_smoothing", "label_smoothing", settings.loss, regularization.label_smoothing),
    )
    for argument, key, call, amount in wanted:
        if amount and call is not None and not _takes(call, argument):
            value = getattr(regularization, key)
            yield (
                f"regularization.{key}",
                f"must be {1 if key == 'keep_prob' else 0}: {call.type} takes none. "
                f"Received: {value}.",
            )


def _takes(call: Call, name: str) -> bool:
    return name in parameters(call.target)
