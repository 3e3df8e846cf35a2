"""A tracked run's model, ready to be scored again exactly as its training scored it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from dlsuite.data import Examples
from dlsuite.experiment import information
from dlsuite.experiment.fitting import apply_runtime
from dlsuite.experiment.folds import final_recipe
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.preparing import late
from dlsuite.experiment.resuming import recipe_of
from dlsuite.experiment.scoring import clean_scores, inputs_of, question_of
from dlsuite.metrics import Scores
from dlsuite.recipe import Recipe, load
from dlsuite.tracking import WEIGHTS, RunRecord, StoreError
from dlsuite.training.weights_file import WeightsError, load_weights
from dlsuite.types import Tree


@dataclass(frozen=True)
class Reopened:
    """A run that can answer again.

    Attributes:
        pipeline: Its application.
        record: The run itself.
        recipe: That its model was trained with: with folds, the one of the model that is kept.
        info: What its model learned about its data.
        question: Raw batch -> what the model is asked.
        model: With the weights that the run kept.
    """

    pipeline: Pipeline
    record: RunRecord
    recipe: Recipe
    info: Any
    question: Callable[[Tree], Tree]
    model: keras.Model

    @property
    def settings(self) -> Any:
        """Checked settings of the run's recipe."""
        return self.recipe.settings

    def score(self, examples: Examples) -> tuple[Scores, Tree]:
        """Clean scores and answers, as in training; see `Learner.score`."""
        inputs = inputs_of(self.settings, self.question, examples)
        return clean_scores(self.pipeline, self.settings, self.info, self.model, examples, inputs)


def reopen(pipeline: Pipeline, record: RunRecord) -> Reopened:
    """Builds the model of a run from its recipe and what it learned of its data, and loads it.

    The run's own precision and devices are put in force. Code of the user's own that the recipe
    names is imported again.

    Raises:
        StoreError: The run keeps no weights, or not what its data was like.
        RecipeError: Its recipe names what is not there any more.
    """
    if WEIGHTS not in record.artifacts():
        raise StoreError(f"{record} keeps no model: it did not end its training.")
    info = information.read(pipeline, record)
    checked = load(recipe_of(record), pipeline.settings, shipped=pipeline.shipped)
    recipe = final_recipe(pipeline, checked)
    in_force = apply_runtime(pipeline, recipe)
    count = int(record.tags["examples.train"])
    model = pipeline.build(
        recipe.settings, info, late(recipe.settings, count, in_force["jit_compile"])
    )
    try:
        load_weights(model, record.artifact(WEIGHTS))
    except WeightsError as error:
        raise StoreError(f"The model of {record} cannot be built again: {error}.") from error
    question = question_of(pipeline, recipe.settings, info, pipeline.encode(recipe.settings, info))
    return Reopened(pipeline, record, recipe, info, question, model)
