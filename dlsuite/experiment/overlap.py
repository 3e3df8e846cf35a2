"""Examples that a model is scored on and that the model it started from was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlsuite.experiment import reference
from dlsuite.recipe import Recipe, RecipeError
from dlsuite.tracking import RunRecord

if TYPE_CHECKING:
    from dlsuite.experiment.learner import Learner


def seen_before(
    learner: Learner, record: RunRecord | None
) -> tuple[dict[str, int], tuple[str, ...]]:
    """How many different examples of each split the other model was trained on; what to warn of."""
    trained = None if record is None else reference.read_keys(record).get("train")
    if trained is None:
        return {}, (
            "Which examples the weights it started from were trained on is not known: where they "
            "are of dev or test, their scores flatter the model.",
        )
    seen, warnings = {}, []
    for split, part in learner.splits.named().items():
        held = np.isin(reference.numbers(part.keys), trained)
        if held.any():
            seen[split] = len(np.unique(part.keys[held]))
            if split != "train":
                warnings.append(
                    f"The model it started from was trained on {held.sum():,} of the "
                    f"{len(held):,} {split} examples: their scores flatter it."
                )
    return seen, tuple(warnings)


def refuse_seen(learner: Learner, recipe: Recipe, split: str) -> None:
    """Folds are no estimate where the model they start from knows what they hold out.

    Raises:
        RecipeError: It was trained on examples of that split.
    """
    started = learner.started
    if started is None or not (count := started.seen.get(split, 0)):
        return
    message = (
        "must be of a run that was not trained on what evaluation.folds holds out. Received: run "
        f"{started.source[:8]}, trained on {count:,} examples that are held out in turn. Begin "
        "without weights, or with those of other data."
    )
    raise RecipeError([recipe.problem("model.weights", message)])
