"""A checked recipe with its data, its feed and its compiled model: all that training needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from dlsuite.data import Batches, Examples, Splits, evaluation_batches, training_batches
from dlsuite.experiment.names import unknown_names
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import Scores
from dlsuite.recipe import Recipe, RecipeError
from dlsuite.types import Tree

MOST_KEPT = 2**28  # bytes of encoded dev examples


@dataclass(frozen=True)
class Learner:
    """What a recipe becomes before its first step.

    Attributes:
        pipeline: The application.
        settings: Its checked settings.
        splits: The examples by use.
        encode: Raw batch -> `(x, y)`, see `Pipeline.encode`.
        batches: Global step -> the stream of training batches from that step on.
        steps_per_epoch: Batches in an epoch.
        model: Compiled.
    """

    pipeline: Pipeline
    settings: Any
    splits: Splits
    encode: Callable[[Tree], tuple]
    batches: Callable[[int], Batches]
    steps_per_epoch: int
    model: keras.Model

    def score(
        self, examples: Examples, inputs: Iterable[Tree] | None = None
    ) -> tuple[Scores, Tree]:
        """Clean scores of `examples` and the answers that they judge, trees of arrays `[N, ...]`.

        Args:
            examples: What to answer, in their order.
            inputs: Their encoded batches, where somebody kept them.
        """
        info, inputs = self.splits.info, inputs or self._inputs(examples)
        said = self.pipeline.predict(self.settings, info, self.model, inputs)
        answers = keras.tree.map_structure(lambda *leaves: np.concatenate(leaves), *said)
        return self.pipeline.score(self.settings, info, examples, answers), answers

    def measure(self) -> dict[str, float]:
        """Scores of dev as `dev.<metric>`, what early stopping and the rest look at."""
        assert self.splits.dev is not None
        scores, _ = self.score(self.splits.dev, self._dev_inputs)
        return {f"dev.{name}": value for name, value in scores.values.items()}

    @cached_property
    def _dev_inputs(self) -> Iterable[Tree]:
        """Batches of dev, which is answered every epoch: kept in memory where they are small."""
        assert self.splits.dev is not None
        batches = self._inputs(self.splits.dev)
        kept, size = [], 0
        for x in batches:
            kept.append(x)
            size += sum(np.asarray(leaf).nbytes for leaf in keras.tree.flatten(x))
            if size > MOST_KEPT:
                return batches
        return kept

    def _inputs(self, examples: Examples) -> Any:
        size = self.settings.evaluation.batch_size
        batches = evaluation_batches(examples, self.encode, batch_size=size)
        return batches.map(lambda x, *_: x)

    @property
    def train_metrics(self) -> set[str]:
        """Names that an epoch's training measures, as far as they are known before it."""
        compiled = (self.model.get_compile_config() or {}).get("metrics") or ()
        names = {"loss", *(metric.name for metric in self.model.metrics)}
        for metric in compiled:  # a name, or an object as Keras serializes it
            config = metric.get("config") if isinstance(metric, dict) else metric
            names.add(config["name"] if isinstance(config, dict) else str(config))
        return names

    @cached_property
    def monitor(self) -> str | None:
        """The dev metric that chooses the best weights, None where there is no dev."""
        metric = self.settings.evaluation.optimize or self.pipeline.metric
        return f"dev.{metric}" if metric and self.splits.dev is not None else None


def prepare(pipeline: Pipeline, recipe: Recipe, jit_compile: bool | str) -> Learner:
    """Load the data, check the recipe against it, build and compile the model.

    Args:
        pipeline: The application.
        recipe: Checked for all that needs no data.
        jit_compile: What the runtime decided about XLA.

    Raises:
        RecipeError: The recipe does not fit its data.
    """
    settings = recipe.settings
    splits = pipeline.load(settings)
    found = list(pipeline.check(settings, splits.info))
    if found:
        raise RecipeError([recipe.problem(key, message) for key, message in found])
    encode = pipeline.encode(settings, splits.info)
    augment = settings.data.augmentation()

    def batches(first_step: int) -> Batches:
        return training_batches(
            splits.train,
            encode,
            batch_size=settings.data.batch_size,
            seed=settings.training.seed,
            epochs=settings.training.epochs,
            steps_per_epoch=settings.training.steps_per_epoch,
            first_step=first_step,
            augment=augment,
            cache=settings.data.cache,
        )

    size = settings.data.batch_size
    count = len(splits.train)
    per_epoch = settings.training.steps_per_epoch or (
        1 if size == "full" else -(-count // min(size, count))
    )
    late = {
        "steps_per_epoch": per_epoch,
        "epochs": settings.training.epochs,
        "train_count": count,
        "jit_compile": jit_compile,
    }
    try:
        model = pipeline.build(settings, splits.info, late)
    except ValueError as error:
        problem = recipe.problem("model", f"cannot be built for this data. {error}")
        raise RecipeError([problem]) from error
    learner = Learner(pipeline, settings, splits, encode, batches, per_epoch, model)
    unknown = list(unknown_names(learner))
    if unknown:
        raise RecipeError([recipe.problem(key, message) for key, message in unknown])
    return learner
