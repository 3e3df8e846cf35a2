"""k-fold cross-validation: a run for each fold below the run that sums them up."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from dlsuite.experiment import fold_records, memory, recording, starting
from dlsuite.experiment.concluding import conclude
from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.fitting import apply_runtime, checkpoint_folder, checkpoints_of, fit
from dlsuite.experiment.overlap import refuse_seen
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.preparing import prepare
from dlsuite.experiment.same_data import SPLITS, same_data
from dlsuite.progress import followed, tell, working
from dlsuite.recipe import Recipe, RecipeError, load
from dlsuite.tracking import RunRecord, Store, TrackedRun


def final_recipe(pipeline: Pipeline, recipe: Recipe) -> Recipe:
    """The recipe of the model that is kept: with folds all examples are its train and dev.

    Raises:
        RecipeError: The recipe divides its data in a way that leaves no folds.
    """
    folds, division = recipe.settings.evaluation.folds, recipe.settings.data.split
    if folds is None:
        return recipe
    if division != "auto" and division.folds is not None:
        message = "is set by evaluation.folds for each of its runs; give one of the two."
        raise RecipeError([recipe.problem("data.split.folds", message)])
    if division != "auto" and division.by == "time":
        message = (
            "cannot be had with data.split.by: time, as models would be trained on what comes "
            f"after. Received: {folds}."
        )
        raise RecipeError([recipe.problem("evaluation.folds", message)])
    return _with(pipeline, recipe, {"folds": folds})


def cross_validated(
    pipeline: Pipeline,
    recipe: Recipe,
    tracked: TrackedRun,
    store: Store,
    in_force: Mapping[str, Any],
    listeners: Sequence[keras.callbacks.Callback],
    force: bool,
) -> CrossValidation | None:
    """Train and score a model for each fold of a recipe, in runs of their own below `tracked`.

    Folds that finished before are read from the store, one that was interrupted goes on from its
    checkpoint. None where the recipe has no `evaluation.folds`.
    """
    count = recipe.settings.evaluation.folds
    if count is None:
        return None
    before, record = _folds(store, tracked), store.find(tracked.run_id)
    with working("reading the data, building the model"):  # what is wrong is said before fold 1
        kept = final_recipe(pipeline, recipe)
        final = prepare(pipeline, kept, in_force["jit_compile"], anew=not before, force=force)
    same_data(record, final)
    if final.splits.report is not None:
        tracked.json(SPLITS, final.splits.report.to_dict())  # what later folds must be made of too
    memory.require_room(final, force)
    refuse_seen(final, recipe, "train")  # all but a dev part of what is held out in turn
    for number in followed(range(1, count + 1), "cross-validation", unit="folds"):
        mine = [each for each in before if each.tags[fold_records.FOLD] == str(number)]
        if not any(each.status == "FINISHED" for each in mine):
            _fold(pipeline, recipe, number, mine, tracked, store, listeners, force)
    done = {
        int(each.tags[fold_records.FOLD]): each
        for each in _folds(store, tracked)
        if each.status == "FINISHED"
    }
    read = (fold_records.read_fold(done[number]) for number in range(1, count + 1))
    validation = CrossValidation(tuple(read))
    class_names = list(final.splits.report.classes.get("train", ()))
    fold_records.keep(tracked, validation, class_names)
    apply_runtime(pipeline, recipe)  # the seeds, so that the folds leave no trace in what follows
    return validation


def _folds(store: Store, parent: TrackedRun) -> list[RunRecord]:
    """Runs of its folds; a run has other parts too, such as evaluations."""
    return [each for each in store.children(parent.run_id) if fold_records.FOLD in each.tags]


def _fold(
    pipeline: Pipeline,
    recipe: Recipe,
    number: int,
    before: Sequence[RunRecord],
    parent: TrackedRun,
    store: Store,
    listeners: Sequence[keras.callbacks.Callback],
    force: bool,
) -> None:
    """One fold as a run: all that an ordinary one has but a model to serve."""
    count = recipe.settings.evaluation.folds
    own: dict[str, Any] = {"evaluation.folds": None, "evaluation.satisfy": {}, "expect": {}}
    fold = _with(pipeline, recipe, {"folds": count, "held_out": number}, own)
    in_force = apply_runtime(pipeline, fold)
    begun = (each for each in before if checkpoints_of(store, each).places())
    resumed = next(begun, None)
    tags = {"recipe": recipe.name, "recipe_sha256": fold.sha256, fold_records.FOLD: number}
    with store.start(
        pipeline.name,
        f"{recipe.name}, fold {number} of {count}",
        resume=None if resumed is None else resumed.run_id,
        parent=parent.run_id,
        tags=tags,
    ) as tracked:
        word = "goes on" if resumed else "begins"
        tell(f"fold {number} of {count} {word}: run {tracked.run_id[:8]}")
        recording.recipe(tracked, fold, in_force)
        anew = resumed is None
        learner = prepare(pipeline, fold, in_force["jit_compile"], anew=anew, force=force)
        if resumed is not None:
            same_data(resumed, learner)
            learner = starting.taken_up(learner, resumed)
        refuse_seen(learner, recipe, "test")
        recording.data(tracked, fold, learner)
        history = fit(learner, tracked, store, fold, resumed is not None, listeners)
        conclude(learner, history, tracked, store, fold, model_kept=False)
    shutil.rmtree(checkpoint_folder(store, tracked), ignore_errors=True)


def _with(
    pipeline: Pipeline, recipe: Recipe, division: Mapping[str, int], own: Mapping[str, Any] = {}
) -> Recipe:
    """The recipe with keys of `data.split` and others of its own."""
    split: dict[str, Any] = {f"data.split.{key}": value for key, value in division.items()}
    if recipe.settings.data.split == "auto":
        split = {"data.split": dict(division)}
    return load(recipe.document, pipeline.settings, {**split, **own})
