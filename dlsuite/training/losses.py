"""Whether a recipe's loss and regularization act on the model they are given with."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from dlsuite.recipe import Call
from dlsuite.training.settings import Problems

FIRST_LINE = 200  # characters of what a loss says against its arguments


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


def loss_problems(loss: Call | None, targets: np.ndarray, outputs: np.ndarray) -> Problems:
    """Tries a loss once on targets `[B]` and outputs `[B, K]` of the shapes that it will see.

    Args:
        loss: As the recipe has it; None is the application's own and is not tried.
        targets: A few targets.
        outputs: A few outputs of the model: logits for classes.
    """
    if loss is None:
        return
    made = loss(label_smoothing=0.0)
    if np.issubdtype(targets.dtype, np.integer):
        config = made.get_config() if hasattr(made, "get_config") else {}
        if config.get("from_logits") is False:
            yield "loss", f"{loss.type} needs `from_logits: true`: models here give logits."
            return
    try:
        value = made(targets, outputs)
    except Exception as error:  # whatever a loss raises is its answer
        said = str(error).strip().partition("\n")[0][:FIRST_LINE]
        yield (
            "loss",
            f"must take targets of shape {list(targets.shape)} with outputs of shape "
            f"{list(outputs.shape)}. Received: {loss.type}, which says: {said}",
        )
        return
    if not np.all(np.isfinite(value)):
        yield "loss", f"must be finite for {targets.dtype} targets. Received: {loss.type}, {value}."


def _takes(call: Call, name: str) -> bool:
    return name in inspect.signature(call.target).parameters
