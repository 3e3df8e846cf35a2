"""One recipe in; one trained, judged, tracked and servable model out."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from dlsuite.experiment import memory, recording, relabel_records, resuming, starting
from dlsuite.experiment.concluding import conclude
from dlsuite.experiment.fitting import (
    apply_runtime,
    checkpoint_folder,
    checkpoints_of,
    fit,
    repeatable,
    way_on,
)
from dlsuite.experiment.folds import cross_validated, final_recipe
from dlsuite.experiment.part import Part
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.preparing import prepare, rehearse
from dlsuite.experiment.rescuing import rescued
from dlsuite.experiment.results import Plan, Result
from dlsuite.experiment.same_data import same_data
from dlsuite.progress import working
from dlsuite.recipe import Document, load
from dlsuite.tracking import Store

# Each training of a process, of a study or a fold, has a model of its own, whose functions are
# traced anew: nothing to warn of.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in record.getMessage())


def run(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    resume: str | None = None,
    allow_change: bool = False,
    force: bool = False,
    listeners: Sequence[keras.callbacks.Callback] = (),
    part: Part | None = None,
) -> Result:
    """Train, score, diagnose, track and export what a recipe describes.

    How far it is hears whoever listens: `with dlsuite.progress.shown(): run(...)`.

    Args:
        pipeline: The application.
        recipe: A file, the name of a recipe that ships, the same as a mapping, or settings.
        overrides: Dotted changes, `{"training.epochs": 3}` or `["training.epochs=3"]`.
        resume: A run to go on with from its last checkpoint: its id, the beginning of it, its
            name, or `latest`. `auto`: the newest unfinished run of this very recipe; where there
            is none, a new run begins.
        allow_change: Whether harmless keys of that run's recipe may have other values now.
        force: Train even what by its estimate does not fit into memory.
        listeners: Callbacks that see each epoch's measures.
        part: Where the run is one of a study's, below another run.

    Raises:
        RecipeError: The recipe is wrong, by itself or for its data; nothing was trained.
        MemoryShort: The training would not fit into memory; nothing was trained, and the run is
            kept as one that failed.
        StoreError: The run to resume cannot go on, or not with this recipe or data.
        TrainingDiverged: The loss became NaN or infinite, or exploded.
    """
    written = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    written, wanted = resuming.wish(pipeline, written, resume, allow_change)
    # What is wrong with it is said before a run is opened.
    tried = final_recipe(pipeline, written)
    relabel_records.require_readable(written)
    in_force = apply_runtime(pipeline, written)
    rehearse(pipeline, tried)
    store = Store.open()
    with resuming.opened(pipeline, store, written, wanted, allow_change, part) as (tracked, way):
        checked, resumed = way.recipe, way.run_id is not None
        final = final_recipe(pipeline, checked)
        recording.recipe(tracked, checked, in_force, way.changed)
        with way_on(tracked), repeatable(checked):
            validation = cross_validated(
                pipeline, checked, tracked, store, in_force, listeners, force
            )
            anew = not (resumed and checkpoints_of(store, tracked).places())
            with working("reading the data, building the model"):
                learner = prepare(pipeline, final, in_force["jit_compile"], anew=anew, force=force)
            if resumed:
                record = store.find(tracked.run_id)
                same_data(record, learner)
                learner = learner if anew else starting.taken_up(learner, record)
            recording.data(tracked, checked, learner)
            if validation is None:  # else it was looked at before the folds, who took as much
                memory.require_room(learner, force)
            with rescued(learner, tracked, store):
                history = fit(learner, tracked, store, checked, resumed, listeners)
            history.messages[:0] = way.notes()
            result = conclude(
                learner,
                history,
                tracked,
                store,
                checked,
                validation=validation,
                model_kept=part is None or part.model_kept,
                tested=part is None or part.tested,
                looked_at=part is None or part.looked_at,
            )
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
    rehearse(pipeline, final)
    learner = prepare(pipeline, final, in_force["jit_compile"], fetch=False)
    return Plan(checked, learner, in_force)
