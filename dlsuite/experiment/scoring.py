"""Clean scores: answers in inference mode to whole splits, in order, without augmentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import keras
import numpy as np

from dlsuite.data import Examples, evaluation_batches
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import Scores
from dlsuite.progress import followed
from dlsuite.types import Tree


def question_of(
    pipeline: Pipeline, settings: Any, info: Any, encode: Callable[[Tree], tuple]
) -> Callable[[Tree], Tree]:
    """Raw batch -> what `predict` is asked: the x of `encode`, or the application's own."""
    if pipeline.question is not None:
        return pipeline.question(settings, info)
    return lambda raw: encode(raw)[0]


def inputs_of(settings: Any, question: Callable[[Tree], Tree], examples: Examples) -> Any:
    """Encoded batches of what the model is asked, every example once, as a `tf.data.Dataset`."""
    return evaluation_batches(examples, question, batch_size=settings.evaluation.batch_size)


def clean_scores(
    pipeline: Pipeline,
    settings: Any,
    info: Any,
    model: keras.Model,
    examples: Examples,
    inputs: Iterable[Tree],
) -> tuple[Scores, Tree]:
    """Scores of `examples` and the answers that they judge, trees of arrays `[N, ...]`.

    Args:
        pipeline: The application.
        settings: Of the recipe.
        info: What the model learned about its data.
        model: What answers.
        examples: What to answer, in their order.
        inputs: Their encoded batches.
    """
    answers = answers_to(pipeline, settings, info, model, len(examples), inputs, "scoring")
    return pipeline.score(settings, info, examples, answers), answers


def answers_to(
    pipeline: Pipeline,
    settings: Any,
    info: Any,
    model: keras.Model,
    count: int,
    inputs: Iterable[Tree],
    what: str,
) -> Tree:
    """Answers to the encoded batches of `count` examples, trees of arrays `[count, ...]`."""
    said = pipeline.predict(settings, info, model, inputs)
    batches = -(-count // settings.evaluation.batch_size)
    said = followed(said, what, total=batches, unit="batches")
    return keras.tree.map_structure(lambda *leaves: np.concatenate(leaves), *said)
