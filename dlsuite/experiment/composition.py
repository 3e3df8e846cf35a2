"""One recipe in; one trained, judged, tracked and servable model out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from dlsuite.experiment import recording
from dlsuite.experiment.judging import Judged, Limit, judge, score_splits
from dlsuite.experiment.learner import Learner, prepare
from dlsuite.experiment.pipeline import Outcome, Pipeline
from dlsuite.experiment.proving import keep_model, properties
from dlsuite.experiment.results import Plan, Result
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import Document, Recipe, load
from dlsuite.tracking import RunRecord, Store, StoreError, Terminated, TrackedRun
from dlsuite.training import Checkpoints, FitTask, History, history_so_far, runtime

# Examples replayed through every export: enough to meet each class, a second at most.
REPLAYED = 64


def silent(words: str) -> None:
    """For those who do not wait."""


def run(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    resume: str | None = None,
    listeners: Sequence[keras.callbacks.Callback] = (),
    tell: Callable[[str], None] = silent,
) -> Result:
    """Train, score, diagnose, track and export what a recipe describes.

    Args:
        pipeline: The application.
        recipe: A file, the name of a recipe that ships, the same as a mapping, or settings.
        overrides: Dotted changes, `{"training.epochs": 3}` or `["training.epochs=3"]`.
        resume: A run to go on with from its last checkpoint: its id, the beginning of it, its
            name, or `latest`.
        listeners: Callbacks that see each epoch's measures, such as a progress bar.
        tell: Hears what is being done, a few words at a time, for those who wait.

    Raises:
        RecipeError: The recipe is wrong, by itself or for its data; nothing was trained.
        TrainingDiverged: The loss became NaN or infinite.
    """
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    in_force = _apply_runtime(pipeline, checked)
    store = Store.open()
    if resume is not None:
        resume = _resumable(store, store.find(resume), checked).run_id
    tags = {"recipe": checked.name, "recipe_sha256": checked.sha256}
    with store.start(pipeline.name, checked.name, resume=resume, tags=tags) as tracked:
        tell(f"run {tracked.run_id[:8]}: reading the data, building the model")
        recording.recipe(tracked, checked, in_force)
        learner = prepare(pipeline, checked, in_force["jit_compile"])
        recording.data(tracked, checked, learner)
        tell("training: measuring dev, tracing the first step")
        with _way_on(tracked):
            history = _train(learner, tracked, store, resume is not None, listeners)
        result = _conclude(learner, history, tracked, store, checked, tell)
    # A finished run has nothing to resume.
    shutil.rmtree(_checkpoint_folder(store, tracked), ignore_errors=True)
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
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    in_force = _apply_runtime(pipeline, checked)
    return Plan(checked, prepare(pipeline, checked, in_force["jit_compile"]), in_force)


def _apply_runtime(pipeline: Pipeline, recipe: Recipe) -> dict[str, Any]:
    settings = recipe.settings
    return runtime.apply(
        settings.runtime, settings.training.seed, recurrent=pipeline.recurrent(settings)
    )


def _train(
    learner: Learner,
    tracked: TrackedRun,
    store: Store,
    resumed: bool,
    listeners: Sequence[keras.callbacks.Callback],
) -> History:
    training = learner.settings.training
    folder = _checkpoint_folder(store, tracked)
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
        listeners=(epochs, *listeners),
        checkpoints=checkpoints,
        resume=resumed,
    )
    history = learner.pipeline.train(task)
    epochs.hand_over(history)
    return history


def _checkpoint_folder(store: Store, run: TrackedRun | RunRecord) -> Path:
    return store.location.folder / "checkpoints" / run.run_id


def _resumable(store: Store, record: RunRecord, checked: Recipe) -> RunRecord:
    if record.status == "FINISHED":
        return record  # the store says that nothing is left to do
    recording.same_recipe(record, checked)
    folder = _checkpoint_folder(store, record)
    trained = any(name.startswith("epoch.") for name in record.metrics)
    if trained and not Checkpoints(folder).places():
        raise StoreError(
            f"{record} can only be resumed from its checkpoints, which are gone from {folder}. "
            "Start a new run."
        )
    return record


@contextmanager
def _way_on(tracked: TrackedRun) -> Iterator[None]:
    """A training that is stopped says how to go on with it."""
    try:
        yield
    except (KeyboardInterrupt, Terminated) as stop:
        stop.add_note(f"Go on with it: the same command and --resume {tracked.run_id[:8]}")
        raise


def _conclude(
    learner: Learner,
    history: History,
    tracked: TrackedRun,
    store: Store,
    recipe: Recipe,
    tell: Callable[[str], None],
) -> Result:
    """Scores, the proven model, the judgement: the model is safe before it is thought about."""
    tell("scoring every split")
    scored = score_splits(learner)
    recording.scored(tracked, scored)
    tell("exporting the model and replaying examples through it")
    exported = keep_model(learner, scored, tracked, recipe)
    tell("scoring the baseline, diagnosing, drawing")
    judged = judge(learner, scored, recipe.resolved, history)
    recording.baseline(tracked, judged)
    recording.figures(tracked, learner.pipeline, _outcome(learner, history, judged))
    known = properties(learner, exported)
    limits, notes = _limits(learner, judged, known), _notes(learner, history)
    recording.ending(tracked, judged, history, known, limits, notes)
    return Result(
        run_id=tracked.run_id,
        store=store.location.uri,
        model=learner.model,
        history=history,
        judged=judged,
        exported=exported,
        limits=limits,
        notes=notes,
    )


def _outcome(learner: Learner, history: History, judged: Judged) -> Outcome:
    return Outcome(
        settings=learner.settings,
        splits=learner.splits,
        model=learner.model,
        history=history,
        scores=judged.scores,
        answers=judged.answers,
        baseline=judged.baseline,
        diagnosis=judged.diagnosis,
    )


def _notes(learner: Learner, history: History) -> tuple[str, ...]:
    report = learner.splits.report
    notes = [*(report.warnings if report is not None else ()), *history.messages]
    if history.stopped_early:
        notes.append(
            f"Stopped after epoch {len(history.epochs)}, as {history.monitor} had not improved."
        )
    if history.best_epoch is not None:
        notes.append(
            f"The weights are those of epoch {history.best_epoch}, best by {history.monitor}."
        )
    return tuple(notes)


def _limits(learner: Learner, judged: Judged, properties: Mapping[str, float]) -> tuple[Limit, ...]:
    settings = learner.settings
    return (
        *judged.limits("expect", settings.expect, properties),
        *judged.limits("satisfy", settings.evaluation.satisfy, properties),
    )
