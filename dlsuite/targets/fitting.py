"""What of a recipe does not fit a target: its loss, and names of classes or labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlsuite.recipe import Call
from dlsuite.recipe.signature import parameters
from dlsuite.targets.target import ClassWeight, Problems

FIRST_LINE = 200  # characters of what a loss says against its arguments


def loss_problems(
    loss: Call | None, targets: np.ndarray, outputs: np.ndarray, **late: Any
) -> Problems:
    """Tries a loss once on targets `[B, ...]` and outputs `[B, K]` of the forms that it will see.

    Args:
        loss: As the recipe has it; None is the target's own and is not tried.
        targets: A few targets, integers or of the outputs' shape where outputs are logits.
        outputs: A few outputs of the model.
        late: What the program passes to a loss that takes it.
    """
    if loss is None:
        return
    try:
        made = loss(label_smoothing=0.0, **late)
        config = made.get_config() if hasattr(made, "get_config") else {}
        classes = np.issubdtype(targets.dtype, np.integer) or targets.shape == outputs.shape
        if classes and config.get("from_logits") is False:
            yield "loss", f"{loss.type} needs `from_logits: true`: models here give logits."
            return
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


def joint_loss(loss: Call | None, present: np.ndarray) -> Problems:
    """A loss of labels judges each by itself; a softmax, by which all share one probability, not.

    Args:
        loss: As the recipe has it, tried before; None is the target's own.
        present: Targets `[B, L]` by which every label is present.
    """
    if loss is None:
        return
    made = loss(label_smoothing=0.0)
    unsure, right = (float(np.mean(made(present, each * present))) for each in (0.0, 9.0))
    if not right < unsure:
        yield (
            "loss",
            "must judge each label by itself: smaller where all are present and told so than where "
            f"nothing is known. Received: {loss.type}, {right:.3g} and {unsure:.3g}.",
        )


def require_weights(
    loss: Call | None, argument: str, class_weight: ClassWeight, what: str
) -> Problems:
    """A loss of the recipe's own takes the weights that `class_weight` makes for `what`."""
    if class_weight is not None and loss is not None and argument not in parameters(loss.target):
        yield (
            "training.class_weight",
            f"needs a loss that takes `{argument}` where there are {what}. Received: {loss.type}.",
        )


def unknown_classes(class_weight: ClassWeight, names: Sequence[str], what: str) -> Problems:
    """Names in `class_weight` that are none of the data's `names`; `what` is their plural."""
    if class_weight is None or class_weight == "balanced":
        return
    assert not isinstance(class_weight, str)
    for name in sorted(set(class_weight) - set(names)):
        yield (
            f"training.class_weight.{name}",
            f"must be one of the data's {what}, {', '.join(names)}. Received: {name}.",
        )
