"""The training of a learner in a tracked run: its runtime, its checkpoints, the way on with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from dlsuite.experiment import recording
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import higher_is_better
from dlsuite.progress import heard
from dlsuite.recipe import Document, Recipe, read
from dlsuite.tracking import EPOCH, RunRecord, Store, StoreError, Terminated, TrackedRun
from dlsuite.training import Checkpoints, FitTask, History, Progress, history_so_far, runtime


def apply_runtime(pipeline: Pipeline, recipe: Recipe) -> dict[str, Any]:
    """Devices, thread pools, precision and seeds of a recipe put in force, see `runtime.apply`."""
    settings = recipe.settings
    return runtime.apply(
        settings.runtime, settings.training.seed, recurrent=pipeline.recurrent(settings)
    )


def fit(
    learner: Learner,
    tracked: TrackedRun,
    store: Store,
    resumed: bool,
    listeners: Sequence[keras.callbacks.Callback],
) -> History:
    """Train, with checkpoints beside the store and every epoch's measures in it.

    Args:
        learner: What to train; its model ends with the best weights.
        tracked: Its run.
        store: Where that is kept.
        resumed: Whether to go on from the last checkpoint.
        listeners: Callbacks that see each epoch's measures.
    """
    training = learner.settings.training
    folder = checkpoint_folder(store, tracked)
    checkpoints = Checkpoints(folder) if training.checkpoint else None
    epochs = recording.Epochs(tracked, checkpoints)
    if resumed:  # what the process before had no time to deliver
        epochs.hand_over(history_so_far(folder))
    task = FitTask(
        model=learner.model,
        training=training,
        batches=learner.batches,
        measure=learner.measure if learner.splits.dev is not None else None,
        monitor=learner.monitor,
        higher_is_better=higher_is_better,
        listeners=(epochs, *([Progress()] if heard() else []), *listeners),
        checkpoints=checkpoints,
        resume=resumed,
    )
    history = learner.pipeline.train(task)
    epochs.hand_over(history)
    return history


def checkpoint_folder(store: Store, run: TrackedRun | RunRecord) -> Path:
    """Where the checkpoints of a run lie on this machine."""
    return store.location.folder / "checkpoints" / run.run_id


def resumable(store: Store, record: RunRecord, checked: Recipe) -> RunRecord:
    """The run itself, where it can go on with this recipe.

    Raises:
        StoreError: It was started with another recipe, or its checkpoints are gone.
    """
    if record.status == "FINISHED":
        return record  # the store says that nothing is left to do
    recording.same_recipe(record, checked)
    folder = checkpoint_folder(store, record)
    trained = any(name.startswith(EPOCH) for name in record.metrics)
    if trained and not Checkpoints(folder).places():
        raise StoreError(
            f"{record} can only be resumed from its checkpoints, which are gone from {folder}. "
            "Start a new run."
        )
    return record


def recipe_of(record: RunRecord) -> Document:
    """The recipe that a run was started with, overrides and defaults in it, to go on with.

    Raises:
        StoreError: The run ended before it kept one.
    """
    with record.artifact("recipe.resolved.json").open(encoding="utf-8") as file:
        document = read(json.load(file))
    written = record.artifact("recipe.yaml").read_text(encoding="utf-8")
    return replace(document, file=f"recipe of {record}", name=record.name, written=written)


@contextmanager
def way_on(tracked: TrackedRun) -> Iterator[None]:
    """A training that is stopped says how to go on with it."""
    try:
        yield
    except (KeyboardInterrupt, Terminated) as stop:
        stop.add_note(f"Go on with it: dlsuite train --resume {tracked.run_id[:8]}")
        raise
