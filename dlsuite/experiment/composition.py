"""One recipe in; one trained, judged, tracked and servable model out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from dlsuite import serving
from dlsuite.experiment import recording
from dlsuite.experiment.judging import Judged, Limit, judge
from dlsuite.experiment.learner import Learner, prepare
from dlsuite.experiment.pipeline import Outcome, Pipeline
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import Document, Recipe, load
from dlsuite.serving import Exported
from dlsuite.strategy import Diagnosis
from dlsuite.tracking import Store, TrackedRun
from dlsuite.training import Checkpoints, FitTask, History, history_so_far, runtime

# Examples replayed through every export: enough to meet each class, a second at most.
REPLAYED = 64


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        run_id: Its id in the store.
        store: Where the store is.
        model: The trained model with its best weights.
        history: What every epoch measured.
        judged: Everything behind `scores`: per-example tables, answers, baseline.
        exported: The proven SavedModel's size and latency, None for what is not served.
        limits: The recipe's `expect` and `evaluation.satisfy`, kept or missed.
        notes: What a person should know of data and training, such as examples left out.
    """

    run_id: str
    store: str
    model: keras.Model
    history: History
    judged: Judged
    exported: Exported | None
    limits: tuple[Limit, ...]
    notes: tuple[str, ...]

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        """`{split: {metric: value}}`, clean: inference mode, whole splits, no augmentation."""
        return {split: scores.values for split, scores in self.judged.scores.items()}

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The verdict, or None where error has no meaning."""
        return self.judged.diagnosis

    def export(self, folder: str | Path) -> Path:
        """Copy the run's SavedModel to the next version of `folder`, proven by replay.

        Returns:
            The version's folder, such as `exports/digits/1`.
        """
        saved = Store.open(self.store).find(self.run_id).saved_model()
        return serving.copy_export(saved, folder).path


@dataclass(frozen=True)
class Plan:
    """What `run` would do: the checked recipe with its data and its built model."""

    recipe: Recipe
    learner: Learner
    in_force: Mapping[str, Any]


def run(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    resume: str | None = None,
    listeners: Sequence[keras.callbacks.Callback] = (),
) -> Result:
    """Train, score, diagnose, track and export what a recipe describes.

    Args:
        pipeline: The application.
        recipe: A file, the name of a recipe that ships, the same as a mapping, or settings.
        overrides: Dotted changes, `{"training.epochs": 3}` or `["training.epochs=3"]`.
        resume: A run to go on with from its last checkpoint: its id, the beginning of it, its
            name, or `latest`.
        listeners: Callbacks that see each epoch's measures, such as a progress bar.

    Raises:
        RecipeError: The recipe is wrong, by itself or for its data; nothing was trained.
        TrainingDiverged: The loss became NaN or infinite.
    """
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    in_force = _apply_runtime(pipeline, checked)
    store = Store.open()
    if resume is not None:
        resume = recording.same_recipe(store.find(resume), checked).run_id
    tags = {"recipe": checked.name, "recipe_sha256": checked.sha256}
    with store.start(pipeline.name, checked.name, resume=resume, tags=tags) as tracked:
        recording.recipe(tracked, checked, in_force)
        learner = prepare(pipeline, checked, in_force["jit_compile"])
        recording.data(tracked, checked, learner)
        history = _train(learner, tracked, store, resume is not None, listeners)
        judged = judge(learner, checked.resolved)
        recording.judged(tracked, judged)
        recording.figures(tracked, pipeline, _outcome(learner, history, judged))
        exported = _keep_model(learner, judged, tracked, checked)
        properties = _properties(learner, exported)
        limits = _limits(learner, judged, properties)
        notes = _notes(learner, history)
        recording.ending(tracked, judged, history, properties, limits, notes)
    # A finished run has nothing to resume.
    shutil.rmtree(_checkpoint_folder(store, tracked), ignore_errors=True)
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
    return runtime.apply(settings.runtime, settings.training.seed, recurrent=pipeline.recurrent)


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


def _checkpoint_folder(store: Store, tracked: TrackedRun) -> Path:
    return store.location.folder / "checkpoints" / tracked.run_id


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


def _keep_model(
    learner: Learner, judged: Judged, tracked: TrackedRun, recipe: Recipe
) -> Exported | None:
    """The weights, and where the application is served its SavedModel, proven and measured."""
    with tracked.file("weights/model.weights.h5") as path:
        learner.model.save_weights(path)
    signatures = learner.pipeline.signatures(learner.settings, learner.splits.info, learner.model)
    if not signatures:
        return None
    split = next(name for name in ("dev", "test", "train") if name in judged.answers)
    examples = judged.examples[split]
    examples = examples.take(range(min(REPLAYED, len(examples))))
    expected = keras.tree.map_structure(lambda leaf: leaf[: len(examples)], judged.answers[split])
    with tempfile.TemporaryDirectory() as scratch:
        exported = serving.export(
            scratch,
            learner.model,
            signatures,
            examples=examples,
            expected=expected,
            manifest={
                "pipeline": learner.pipeline.name,
                "run_id": tracked.run_id,
                "recipe": recipe.name,
                "recipe_sha256": recipe.sha256,
            },
            tolerance=learner.settings.export.tolerance,
        )
        recording.model(tracked, exported.path)
    return exported


def _notes(learner: Learner, history: History) -> tuple[str, ...]:
    report = learner.splits.report
    return (*(report.warnings if report is not None else ()), *history.messages)


def _properties(learner: Learner, exported: Exported | None) -> dict[str, float]:
    """Figures of a run that belong to no split."""
    properties = {"parameters": float(learner.model.count_params())}
    if exported is not None:
        properties |= {
            "size_mb": exported.size_mb,
            "p50_latency_ms": exported.p50_latency_ms,
            "p95_latency_ms": exported.p95_latency_ms,
        }
    return properties


def _limits(learner: Learner, judged: Judged, properties: Mapping[str, float]) -> tuple[Limit, ...]:
    settings = learner.settings
    return (
        *judged.limits("expect", settings.expect, properties),
        *judged.limits("satisfy", settings.evaluation.satisfy, properties),
    )
