"""Whether a trained model rests when it is asked: nothing drawn, nothing updated."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np

from dlsuite.experiment.judging import Scored
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.scoring import inputs_of

# Answers to the same inputs may differ by the rounding of sums in another order.
RELATIVE, ABSOLUTE = 1e-3, 1e-5


def unsteady(learner: Learner, scored: Scored) -> Iterator[str]:
    """What is wrong with a model that answers the first batch of a split otherwise than before.

    Dropout that goes on, noise, or statistics of the batch that are taken or updated in inference.

    Args:
        learner: Trained.
        scored: Its answers so far.
    """
    split = next((name for name in ("dev", "test", "train") if name in scored.answers), None)
    if split is None:
        return
    model, settings = learner.model, learner.settings
    batch = next(iter(inputs_of(settings, learner.question, scored.examples[split]).take(1)))
    state = [variable.numpy() for variable in model.non_trainable_variables]
    again = next(iter(learner.pipeline.predict(settings, learner.splits.info, model, [batch])))
    before, after = map(keras.tree.flatten, (scored.answers[split], again))
    if not all(_alike(one, other) for one, other in zip(before, after, strict=False)):
        yield (
            f"The model answers the first examples of {split} otherwise each time it is asked: "
            "something in it is drawn, or taken from the batch, in inference too."
        )
    moved = [
        variable.path
        for variable, value in zip(model.non_trainable_variables, state, strict=True)
        if not np.array_equal(variable.numpy(), value, equal_nan=True)
    ]
    if moved:
        yield (
            f"Answering changes the model: {', '.join(moved[:3])}{', …' if len(moved) > 3 else ''}."
        )


def _alike(before: np.ndarray, after: np.ndarray) -> bool:
    before, after = np.asarray(before)[: len(after)], np.asarray(after)
    if not np.issubdtype(after.dtype, np.floating):
        return True  # a class that two probabilities tie for is settled by rounding
    if before.shape != after.shape:
        return True  # answers of a length of their own are padded to their batch's longest
    return np.allclose(before, after, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
