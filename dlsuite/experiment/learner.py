"""A checked recipe with its data, its feed and its compiled model: all that training needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from dlsuite.data import (
    Batches,
    DataError,
    Examples,
    Splits,
    training_batches,
)
from dlsuite.experiment.names import unknown_names
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.scoring import clean_scores, inputs_of
from dlsuite.experiment.starting import Started, start
from dlsuite.metrics import Scores
from dlsuite.recipe import Call, Recipe, RecipeError
from dlsuite.recipe.own import is_signal
from dlsuite.training.capacity import weights_within
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
        batches: Global step -> the stream of training batches from that step on; with `cache`
            another cache than the recipe's.
        steps_per_epoch: Batches in an epoch.
        model: Compiled.
        started: Where its first weights came from, if the recipe names others.
    """

    pipeline: Pipeline
    settings: Any
    splits: Splits
    encode: Callable[[Tree], tuple]
    batches: Callable[..., Batches]
    steps_per_epoch: int
    model: keras.Model
    started: Started | None = None

    def score(
        self, examples: Examples, inputs: Iterable[Tree] | None = None, what: str = "scoring"
    ) -> tuple[Scores, Tree]:
        """Clean scores of `examples` and the answers that they judge, trees of arrays `[N, ...]`.

        Args:
            examples: What to answer, in their order.
            inputs: Their encoded batches, where somebody kept them.
            what: What those who wait are told it is.
        """
        inputs = inputs or inputs_of(self.settings, self.encode, examples)
        return clean_scores(
            self.pipeline, self.settings, self.splits.info, self.model, examples, inputs, what
        )

    def measure(self) -> dict[str, float]:
        """Scores of dev as `dev.<metric>`, what early stopping and the rest look at."""
        assert self.splits.dev is not None
        scores, _ = self.score(self.splits.dev, self._dev_inputs, "measuring dev")
        return {f"dev.{name}": value for name, value in scores.values.items()}

    def first_batch(self) -> tuple[Tree, Examples]:
        """The first batch of the training as the model gets it, and the raw examples in it."""
        stream = self.batches(0, cache="none")  # A cache would read all examples for these few.
        batch = next(iter(stream.dataset.take(1)))
        assert stream.order is not None
        rows = np.asarray(stream.order.batch(np.int64(0)))
        return keras.tree.map_structure(np.asarray, batch), self.splits.train.take(rows)

    @cached_property
    def _dev_inputs(self) -> Iterable[Tree]:
        """Batches of dev, which is answered every epoch: kept in memory where they are small."""
        assert self.splits.dev is not None
        batches = inputs_of(self.settings, self.encode, self.splits.dev)
        kept, size = [], 0
        for x in batches:
            kept.append(x)
            size += sum(np.asarray(leaf).nbytes for leaf in keras.tree.flatten(x))
            if size > MOST_KEPT:
                return batches
        return kept

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


def loaded(pipeline: Pipeline, recipe: Recipe) -> Splits:
    """The examples by use that a recipe describes.

    Raises:
        RecipeError: The data is missing, damaged, or not for this application.
    """
    try:
        return pipeline.load(recipe.settings)
    except DataError as error:
        raise RecipeError([recipe.problem(_source_key(error), str(error))]) from error
    except (Exception, SystemExit) as error:
        source = getattr(getattr(recipe.settings, "data", None), "source", None)
        if not isinstance(source, Call) or ":" not in source.type:
            raise
        raise _refused(recipe, "data.source", f"{source.type} fails.", error) from error


def _source_key(error: DataError) -> str:
    return f"data.source.{error.argument}".rstrip(".")


def _refused(recipe: Recipe, key: str, what: str, error: BaseException) -> RecipeError:
    """What code that the recipe names, the user's own too, says against it."""
    if is_signal(error):
        raise error
    if isinstance(error, DataError):
        return RecipeError([recipe.problem(_source_key(error), str(error))])
    if isinstance(error, ValueError):
        return RecipeError([recipe.problem(key, f"{what} {error}")])
    words = (str(error).splitlines() or ["no words"])[0]
    return RecipeError([recipe.problem(key, f"{what} {type(error).__name__}: {words}")])


def prepare(
    pipeline: Pipeline,
    recipe: Recipe,
    jit_compile: bool | str,
    *,
    anew: bool = True,
    force: bool = False,
) -> Learner:
    """Load the data, check the recipe against it, build and compile the model.

    Args:
        pipeline: The application.
        recipe: Checked for all that needs no data.
        jit_compile: What the runtime decided about XLA.
        anew: Whether training begins with the weights that the recipe names, if it names any;
            not where a checkpoint holds what became of them.
        force: Whether to make weights that by their number do not fit into memory.

    Raises:
        RecipeError: The recipe does not fit its data, or the weights it names not its model.
    """
    settings = recipe.settings
    splits = loaded(pipeline, recipe)
    found = list(pipeline.check(settings, splits.info))
    if found:
        raise RecipeError([recipe.problem(key, message) for key, message in found])
    encode = pipeline.encode(settings, splits.info)
    try:
        augment = settings.data.augmentation()
    except (Exception, SystemExit) as error:
        raise _refused(recipe, "data.augment", "cannot be made.", error) from error

    def batches(first_step: int, *, cache: Any = settings.data.cache) -> Batches:
        return training_batches(
            splits.train,
            encode,
            batch_size=settings.data.batch_size,
            seed=settings.training.seed,
            epochs=settings.training.epochs,
            steps_per_epoch=settings.training.steps_per_epoch,
            first_step=first_step,
            augment=augment,
            cache=cache,
        )

    count = len(splits.train)
    try:
        with nullcontext() if force else weights_within():
            model = pipeline.build(settings, splits.info, late(settings, count, jit_compile))
    except (Exception, SystemExit) as error:
        raise _refused(recipe, "model", "cannot be built for this data.", error) from error
    per_epoch = steps_per_epoch(settings, count)
    learner = Learner(pipeline, settings, splits, encode, batches, per_epoch, model)
    try:
        unknown = list(unknown_names(learner))
    except (Exception, SystemExit) as error:
        what = "cannot answer the first examples."
        raise _refused(recipe, "model", what, error) from error
    if unknown:
        raise RecipeError([recipe.problem(key, message) for key, message in unknown])
    return start(learner, recipe) if anew else learner


def late(settings: Any, train_count: int, jit_compile: bool | str) -> dict[str, Any]:
    """What only the program knows when a model is built, see `Pipeline.build`."""
    return {
        "steps_per_epoch": steps_per_epoch(settings, train_count),
        "epochs": settings.training.epochs,
        "train_count": train_count,
        "jit_compile": jit_compile,
    }


def steps_per_epoch(settings: Any, train_count: int) -> int:
    """Batches in an epoch, as the recipe says or one pass over the training part."""
    size = settings.data.batch_size
    whole = 1 if size == "full" else -(-train_count // min(size, train_count))
    return settings.training.steps_per_epoch or whole
