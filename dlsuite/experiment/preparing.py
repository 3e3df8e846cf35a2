"""What a checked recipe becomes: its data loaded, its feed and its model made, its names tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import keras

from dlsuite.data import Batches, DataError, Splits, training_batches
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.names import unknown_names
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.starting import start
from dlsuite.recipe import Call, Recipe, RecipeError
from dlsuite.recipe.own import is_signal
from dlsuite.training.capacity import weights_within
from dlsuite.training.variables import undisturbed
from dlsuite.types import Tree


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
    return getattr(error, "key", "") or f"data.source.{error.argument}".rstrip(".")


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


def rehearse(pipeline: Pipeline, recipe: Recipe) -> None:
    """Refuses a model that no data could suit, before data is read and a run is opened.

    Raises:
        RecipeError: It cannot be built.
    """
    try:
        with undisturbed():  # initializers draw, also of weights that are never made
            pipeline.rehearse(recipe.settings)
    except ValueError as error:
        raise _refused(recipe, "model", "cannot be built.", error) from error


def prepare(
    pipeline: Pipeline,
    recipe: Recipe,
    jit_compile: bool | str,
    *,
    anew: bool = True,
    force: bool = False,
    fetch: bool = True,
) -> Learner:
    """Load the data, check the recipe against it, build and compile the model.

    Args:
        pipeline: The application.
        recipe: Checked for all that needs no data.
        jit_compile: What the runtime decided about XLA.
        anew: Whether training begins with the weights that the recipe names, if it names any;
            not where a checkpoint holds what became of them.
        force: Whether to make weights that by their number do not fit into memory.
        fetch: Whether weights to begin with that lie elsewhere are fetched.

    Raises:
        RecipeError: The recipe does not fit its data, or the weights it names not its model.
    """
    settings = recipe.settings
    splits = loaded(pipeline, recipe)
    found = list(pipeline.check(settings, splits.info))
    if found:
        raise RecipeError([recipe.problem(key, message) for key, message in found])
    encode = pipeline.encode(settings, splits.info)
    augment = _augmentation(recipe)
    batches = _stream(settings, splits, encode, augment)
    if augment:
        try:
            batches(0, cache="none")
        except ValueError as error:
            raise _refused(recipe, "data.augment", "does not fit these images.", error) from error
    known = late(settings, len(splits.train), jit_compile)
    try:
        with nullcontext() if force else weights_within():
            model = pipeline.build(settings, splits.info, known)
    except (Exception, SystemExit) as error:
        raise _refused(recipe, "model", "cannot be built for this data.", error) from error
    learner = Learner(
        pipeline,
        settings,
        splits,
        encode,
        batches,
        known["steps_per_epoch"],
        model,
        augment=augment,
        remarks=tuple(pipeline.remarks(settings, splits.info, model, known)),
    )
    _require_names(learner, recipe)
    return start(learner, recipe, fetch=fetch) if anew else learner


def _augmentation(recipe: Recipe) -> tuple[keras.layers.Layer, ...]:
    try:
        return tuple(recipe.settings.data.augmentation())
    except (Exception, SystemExit) as error:
        raise _refused(recipe, "data.augment", "cannot be made.", error) from error


def _stream(
    settings: Any,
    splits: Splits,
    encode: Callable[[Tree], tuple],
    augment: Sequence[keras.layers.Layer],
) -> Callable[..., Batches]:
    """See `Learner.batches`."""

    def batches(
        first_step: int,
        *,
        cache: Any = settings.data.cache,
        augment: Sequence[keras.layers.Layer] = augment,
    ) -> Batches:
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

    return batches


def _require_names(learner: Learner, recipe: Recipe) -> None:
    try:
        unknown = list(unknown_names(learner))
    except (Exception, SystemExit) as error:
        what = "cannot answer the first examples."
        raise _refused(recipe, "model", what, error) from error
    if unknown:
        raise RecipeError([recipe.problem(key, message) for key, message in unknown])


def begun(learner: Learner, recipe: Recipe) -> keras.Model:
    """Another model like the learner's, as it was before its first step; heads are drawn anew."""
    settings, count = learner.settings, len(learner.splits.train)
    with undisturbed():
        model = learner.pipeline.build(settings, learner.splits.info, late(settings, count, False))
        return start(replace(learner, model=model), recipe).model


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
