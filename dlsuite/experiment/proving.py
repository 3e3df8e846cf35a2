"""The trained model made safe: its weights, and a SavedModel proven to answer as training does."""

from __future__ import annotations

import tempfile

import keras

from dlsuite import serving
from dlsuite.experiment import recording
from dlsuite.experiment.judging import Scored
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.scoring import inputs_of
from dlsuite.experiment.starting import INPUTS, OUTPUTS, input_names, output_names
from dlsuite.host_memory import peak_memory
from dlsuite.recipe import Recipe
from dlsuite.serving import Exported
from dlsuite.tracking import WEIGHTS, TrackedRun
from dlsuite.training import History
from dlsuite.training.weights_file import save_weights

# Answers replayed through every export: enough to meet each class, a second at most.
REPLAYED = 64


def keep_model(
    learner: Learner, scored: Scored, tracked: TrackedRun, recipe: Recipe
) -> Exported | None:
    """The weights, and where the application is served its SavedModel, proven and measured."""
    with tracked.file(WEIGHTS) as path:
        save_weights(learner.model, path)
    tracked.json(OUTPUTS, output_names(learner))
    tracked.json(INPUTS, input_names(learner))
    signatures = learner.pipeline.signatures(learner.settings, learner.splits.info, learner.model)
    if not signatures:
        return None
    split = next(name for name in ("dev", "test", "train") if name in scored.answers)
    examples = scored.examples[split]
    examples = examples.take(range(min(REPLAYED, len(examples))))
    expected = keras.tree.map_structure(lambda leaf: leaf[: len(examples)], scored.answers[split])
    if learner.pipeline.candidates is not None:
        batches = inputs_of(learner.settings, learner.question, examples)
        about = (learner.settings, learner.splits.info, learner.model)
        expected = {**expected, **learner.pipeline.candidates(*about, batches, expected)}
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
            latency_batch=learner.settings.export.latency_batch,
        )
        recording.model(tracked, exported.path)
    return exported


def properties(learner: Learner, exported: Exported | None, history: History) -> dict[str, float]:
    """Figures of a run that belong to no split: what its model is, and what it cost.

    `training_seconds` are those of all steps, `peak_memory_mb` the most that this process held.
    """
    properties = {
        "parameters": float(learner.model.count_params()),
        "training_seconds": sum(epoch.get("seconds", 0.0) for epoch in history.epochs),
        "peak_memory_mb": peak_memory() / 1e6,
    }
    if exported is not None:
        properties |= {
            "size_mb": exported.size_mb,
            "p50_latency_ms": exported.p50_latency_ms,
            "p95_latency_ms": exported.p95_latency_ms,
            "p50_batch_latency_ms": exported.p50_batch_latency_ms,
            "p95_batch_latency_ms": exported.p95_batch_latency_ms,
        }
    return properties
