"""One recipe in; one trained, judged, tracked and servable model out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from dlsuite.experiment import recording, starting
from dlsuite.experiment.concluding import conclude
from dlsuite.experiment.fitting import apply_runtime, checkpoint_folder, fit, resumable, way_on
from dlsuite.experiment.folds import cross_validated, final_recipe
from dlsuite.experiment.learner import prepare
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.results import Plan, Result
from dlsuite.progress import tell, working
from dlsuite.recipe import Document, load
from dlsuite.tracking import Store
from dlsuite.training import Checkpoints


def run(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    resume: str | None = None,
    listeners: Sequence[keras.callbacks.Callback] = (),
) -> Result:
    """Train, score, diagnose, track and export what a recipe describes.

    How far it is hears whoever listens: `with dlsuite.progress.shown(): run(...)`.

    Args:
        pipeline: The application.
        recipe: A file, the name of a recipe that ships, the same as a mapping, or settings.
        overrides: Dotted changes, `{"training.epochs": 3}` or `["training.epochs=3"]`.
        resume: A run to go on with from its last checkpoint: its id, the beginning of it, its
            name, or `latest`.
        listeners: Callbacks that see each epoch's measures.

    Raises:
        RecipeError: The recipe is wrong, by itself or for its data; nothing was trained.
        TrainingDiverged: The loss became NaN or infinite.
    """
    written = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    # Before there is a run of its own, which might be what `latest` or its name then means.
    checked = starting.pinned(pipeline, written, resume)
    final = final_recipe(pipeline, checked)
    in_force = apply_runtime(pipeline, checked)
    store = Store.open()
    if resume is not None:
        resume = resumable(store, store.find(resume), checked).run_id
    tags = {"recipe": checked.name, "recipe_sha256": checked.sha256}
    if resume is None:
        tags |= starting.words(written)
    with store.start(pipeline.name, checked.name, resume=resume, tags=tags) as tracked:
        tell(f"run {tracked.run_id[:8]} {'goes on' if resume else 'begins'}: {checked.name}")
        recording.recipe(tracked, checked, in_force)
        with way_on(tracked):
            validation = cross_validated(pipeline, checked, tracked, store, in_force, listeners)
            anew = resume is None or not Checkpoints(checkpoint_folder(store, tracked)).places()
            with working("reading the data, building the model"):
                learner = prepare(pipeline, final, in_force["jit_compile"], anew=anew)
            if resume is not None and not anew:
                learner = starting.taken_up(learner, store.find(resume))
            recording.data(tracked, checked, learner)
            history = fit(learner, tracked, store, resume is not None, listeners)
            result = conclude(learner, history, tracked, store, checked, validation=validation)
    # A finished run has nothing to resume.
    shutil.rmtree(checkpoint_folder(store, tracked), ignore_errors=True)
    return result


def plan(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
) -> Plan:
    """Check a recipe with its data and build its model; nothing is trained or tracked.

    Raises:
        RecipeError: The recipe is wrong, by itself or for its data.
    """
    written = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    checked = starting.pinned(pipeline, written)
    in_force = apply_runtime(pipeline, checked)
    final = final_recipe(pipeline, checked)
    return Plan(checked, prepare(pipeline, final, in_force["jit_compile"]), in_force)
