"""Names in a recipe that only a scored model can prove: metrics, splits, monitors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import keras

from dlsuite.experiment import human_labels
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.recipe.spelling import nearest, one_of
from dlsuite.training import monitor_problems

if TYPE_CHECKING:
    from dlsuite.experiment.learner import Learner

# Figures of a run that belong to no split.
PROPERTIES = (
    "parameters",
    "size_mb",
    "p50_latency_ms",
    "p95_latency_ms",
    "p50_batch_latency_ms",
    "p95_batch_latency_ms",
    "training_seconds",
    "peak_memory_mb",
)
LOOKED_AT = 32  # examples that are enough to learn the names of the scores
MOST_VALUES = 2**24  # numbers in the inputs of those examples together

Problems = Iterator[tuple[str, str]]


def unknown_names(learner: Learner) -> Problems:
    """`(key, message)` of each metric, split, monitor or labelled example the run will not have.

    A few examples are scored with the untrained model to learn what scoring gives.
    """
    yield from human_labels.problems(learner)
    settings, splits = learner.settings, learner.splits.named()
    evaluation = settings.evaluation
    few = splits["train"].take(range(min(_few(learner), len(splits["train"]))))
    metrics = sorted(learner.score(few)[0].values)
    if evaluation.optimize is not None:
        yield from _one_of("evaluation.optimize", evaluation.optimize, metrics)
    scored = list(splits)
    if evaluation.folds is not None:
        if learner.splits.report is None:
            message = f"needs data that is divided by data.split; {learner.pipeline.name} does not."
            yield "evaluation.folds", message
        # Without a test part of its own, what a recipe says of test is held against the folds.
        scored += [name for name in (HELD_OUT, "test") if name not in splits]
    scores = [f"{split}.{metric}" for split in scored for metric in metrics]
    for key, bounds in (("expect", settings.expect), ("evaluation.satisfy", evaluation.satisfy)):
        for name in bounds:
            yield from _one_of(f"{key}.{name}", name, [*scores, *PROPERTIES])
    dev = metrics if "dev" in splits else None
    yield from monitor_problems(settings.training, dev, learner.train_metrics)


def _few(learner: Learner) -> int:
    """`LOOKED_AT`, or fewer where examples are so large that a model's maps of them would be."""
    # A model that is a class of its own need not know its inputs.
    shapes = keras.tree.flatten(getattr(learner.model, "inputs", None) or [])
    values = sum(math.prod(side or 1 for side in each.shape[1:]) for each in shapes)
    return min(LOOKED_AT, max(MOST_VALUES // max(values, 1), 1))


def _one_of(key: str, name: str, allowed: Iterable[str]) -> Problems:
    known = list(allowed)
    if name not in known:
        near = nearest(name, known)
        hint = f" Did you mean {near}?" if near else ""
        yield key, f"must be {one_of(known)}. Received: {name}.{hint}"
