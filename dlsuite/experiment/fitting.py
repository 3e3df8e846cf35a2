"""The training of a learner in a tracked run: its runtime, its checkpoints, the way on with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import keras

from dlsuite.disk import is_full, room
from dlsuite.experiment import recording
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import higher_is_better
from dlsuite.progress import heard
from dlsuite.recipe import Recipe, RecipeError
from dlsuite.tracking import EPOCH, RunRecord, Store, StoreError, Terminated, TrackedRun
from dlsuite.training import (
    Checkpoints,
    FitTask,
    History,
    Origin,
    Progress,
    history_so_far,
    runtime,
)


def apply_runtime(pipeline: Pipeline, recipe: Recipe) -> dict[str, Any]:
    """Devices, thread pools, precision and seeds of a recipe put in force, see `runtime.apply`.

    Raises:
        RecipeError: It asks for a device that is not there.
    """
    settings = recipe.settings
    try:
        return runtime.apply(
            settings.runtime, settings.training.seed, recurrent=pipeline.recurrent(settings)
        )
    except ValueError as error:
        raise RecipeError([recipe.problem("runtime.device", str(error))]) from error


@contextmanager
def repeatable(recipe: Recipe) -> Iterator[None]:
    """An operation that cannot be made deterministic is named where the recipe asks for it to be.

    Raises:
        RecipeError: TensorFlow refused one.
    """
    try:
        yield
    except Exception as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        refused = runtime.refusal(cause) if recipe.settings.runtime.deterministic else None
        if refused is None:
            raise
        raise RecipeError([recipe.problem("runtime.deterministic", refused)]) from error


def fit(
    learner: Learner,
    tracked: TrackedRun,
    store: Store,
    recipe: Recipe,
    resumed: bool,
    listeners: Sequence[keras.callbacks.Callback],
) -> History:
    """Train, with checkpoints beside the store and every epoch's measures in it.

    Args:
        learner: What to train; its model ends with the best weights.
        tracked: Its run.
        store: Where that is kept.
        recipe: That of the run.
        resumed: Whether to go on from the last checkpoint.
        listeners: Callbacks that see each epoch's measures.
    """
    training = learner.settings.training
    checkpoints = checkpoints_of(store, tracked) if training.checkpoint else None
    before = store.find(tracked.run_id).history(f"{EPOCH}seconds") if resumed else []
    epochs = recording.Epochs(tracked, checkpoints, dict(before))
    if resumed:  # what the process before had no time to deliver
        epochs.hand_over(history_so_far(checkpoint_folder(store, tracked)))
    task = FitTask(
        model=learner.model,
        training=training,
        batches=learner.batches,
        measure=learner.measure if learner.splits.dev is not None else None,
        monitor=learner.monitor,
        higher_is_better=higher_is_better,
        listeners=(epochs, *([Progress(learner.monitor)] if heard() else []), *listeners),
        checkpoints=checkpoints,
        origin=Origin(tracked.run_id, recipe.sha256),
        resume=resumed,
        clean=learner.clean_batches,
    )
    history = learner.pipeline.train(task)
    epochs.hand_over(history)
    return history


def checkpoint_folder(store: Store, run: TrackedRun | RunRecord) -> Path:
    """Where the checkpoints of a run lie on this machine."""
    return store.location.folder / "checkpoints" / run.run_id


def checkpoints_of(store: Store, run: TrackedRun | RunRecord) -> Checkpoints:
    """Those of a run on this machine."""
    return Checkpoints(checkpoint_folder(store, run))


@contextmanager
def way_on(tracked: TrackedRun) -> Iterator[None]:
    """A training that is stopped, or that a full disk ends, says how to go on with it."""
    further = f"dlsuite train --resume {tracked.run_id[:8]}"
    try:
        yield
    except (KeyboardInterrupt, Terminated) as stop:
        stop.add_note(f"Go on with it: {further}")
        raise
    except Exception as problem:
        if isinstance(problem, StoreError) or not is_full(problem):
            raise
        line, scratch = str(problem).strip().partition("\n")[0], Path(gettempdir())
        raise StoreError(
            f"There is no space left: {line} ({room(Path.cwd())} here, {room(scratch)} in "
            f"{scratch}, the folder for passing files). Make some, then go on from the last "
            f"checkpoint: {further}"
        ) from problem
