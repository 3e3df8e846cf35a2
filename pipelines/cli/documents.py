"""What a script reads after a command: its result as plain values, for `output.emit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.experiment import Plan, Result
    from dlsuite.experiment.memory import Need
    from dlsuite.experiment.timing import Cost
    from dlsuite.serving import Exported
    from dlsuite.tracking import RunRecord


def result_document(result: Result) -> dict[str, Any]:
    """A finished run: scores by split beside the baseline's, the verdict, limits, the model."""
    diagnosis = result.diagnosis
    return {
        "run_id": result.run_id,
        "store": result.store,
        "scores": result.scores,
        "baseline": {split: scores.values for split, scores in result.judged.baseline.items()},
        "cross_validation": None if result.validation is None else result.validation.to_dict(),
        "verdict": None if diagnosis is None else diagnosis.verdict,
        "diagnosis": diagnosis,
        "limits": [
            {
                "metric": limit.metric,
                "value": limit.value,
                "at_least": limit.bound.at_least,
                "at_most": limit.bound.at_most,
                "source": limit.source,
                "kept": limit.kept,
            }
            for limit in result.limits
        ],
        "notes": result.notes,
        "exported": None if result.exported is None else _measures(result.exported),
    }


def plan_document(planned: Plan, need: Need, cost: Cost | None) -> dict[str, Any]:
    """What a training would be: the recipe in full, the splits, the model's size, its memory."""
    learner = planned.learner
    return {
        "recipe": planned.recipe.resolved,
        "decided": planned.decided(),
        "splits": learner.splits.report,
        "examples": {name: len(part) for name, part in learner.splits.named().items()},
        "parameters": learner.model.count_params(),
        "steps_per_epoch": learner.steps_per_epoch,
        "epochs": learner.settings.training.epochs,
        "runtime": planned.in_force,
        "started": learner.started,
        "memory": need,
        "time": cost,
    }


def run_document(record: RunRecord) -> dict[str, Any]:
    """One tracked run."""
    from dlsuite.tracking import EPOCH

    return {
        **_head(record),
        "scores": {k: v for k, v in record.metrics.items() if not k.startswith(EPOCH)},
        "last_epoch": {
            k.removeprefix(EPOCH): v for k, v in record.metrics.items() if k.startswith(EPOCH)
        },
        "params": record.params,
        "tags": record.tags,
        "artifacts": [] if record.files_gone else record.artifacts(),
        "files_gone": record.files_gone,
    }


def _head(record: RunRecord) -> dict[str, Any]:
    names = ("run_id", "name", "pipeline", "status", "started", "duration")
    return {name: getattr(record, name) for name in names}


def runs_document(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Tracked runs, each with the metrics and parameters that it has."""
    return [_row(row) for row in rows.to_dict("records")]


def _row(row: dict[Any, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"metrics": {}, "params": {}}
    head = {key: value for key, value in row.items() if key.partition(".")[0] not in document}
    for key, value in row.items():
        group, _, name = key.partition(".")
        if group in document and value == value:  # a run has not what another has
            document[group][name] = value
    return {**head, **document}


def export_document(exported: Exported) -> dict[str, Any]:
    """A version of an export and its proof."""
    return {"path": exported.path, "version": exported.version, **_measures(exported)}


def _measures(exported: Exported) -> dict[str, Any]:
    return {
        "size_mb": exported.size_mb,
        "p50_latency_ms": exported.p50_latency_ms,
        "p95_latency_ms": exported.p95_latency_ms,
        "max_difference": exported.max_difference,
        "examples": exported.examples,
    }
