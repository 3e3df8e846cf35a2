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
    wanted = (("dropout", settings.model), ("label_smoothing", settings.loss))
    for name, call in wanted:
        amount = getattr(settings.regularization, name)
        if amount and call is not None and not _takes(call, name):
            yield (
                f"regularization.{name}",
                f"must be 0: {call.type} takes none. Received: {amount}.",
            )


def _takes(call: Call, name: str) -> bool:
    return name in parameters(call.target)
