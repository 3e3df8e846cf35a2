"""Labels of a reopened run that are suspected to be wrong, by confident learning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dlsuite.evaluation.boxed_mistakes import is_boxed
from dlsuite.evaluation.found_again import FoundAgain
from dlsuite.progress import working
from dlsuite.strategy.suspects import suspected_labels
from dlsuite.types import Tree

# Of the labels of ten public sets 3.3 % are wrong, of the worst 10 % (Northcutt et al., 2021).
MOST_SUSPECTED = 0.2
TOO_MANY = (
    "Which labels are wrong cannot be told: {} of them look so, more than a fifth, which speaks of "
    "a net that is often wrong itself."
)
NO_CLASSES = (
    "Wrong boxes are not looked for: confident learning (cleanlab) is for examples of one class or "
    "of labels. Look at false alarms and missed objects, and mend the annotations themselves."
)


def suspects(info: Any, found: FoundAgain) -> tuple[np.ndarray | None, list[str]]:
    """Whether the label of each example found is suspected, `[F]`, or why none can be.

    Args:
        info: What the model learned about its data.
        found: The examples with their answers.
    """
    if is_boxed(found.examples):
        return None, [NO_CLASSES]
    suspected = _suspected(info.target, found)
    if suspected.mean() > MOST_SUSPECTED:
        return None, [TOO_MANY.format(f"{suspected.mean():.0%}")]
    return suspected, []


def _suspected(target: Any, found: FoundAgain) -> np.ndarray:
    """Whether the label of each example found is suspected, one of its labels where it has many."""
    column = "label" if "label" in found.examples.rows else "target"
    with working("looking for wrong labels"):
        each = [
            suspected_labels(labels, probabilities)
            for labels, probabilities in _questions(
                target, found.examples.rows[column], found.answers
            )
        ]
    return np.any(each, axis=0) if each else np.zeros(len(found.rows), bool)


def _questions(
    target: Any, labels: np.ndarray, answers: Tree
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each thing that was asked of the examples: class numbers `[N]`, probabilities `[N, K]`."""
    if "output_classes" in target.about:
        for place, output in enumerate(target.about["output_classes"]):
            yield labels[:, place], answers[f"{output}_probabilities"]
    elif labels.ndim == 2:
        for place in range(labels.shape[1]):
            present = answers["probabilities"][:, place]
            yield labels[:, place].astype(np.int64), np.stack([1 - present, present], axis=1)
    else:
        yield labels, answers["probabilities"]
