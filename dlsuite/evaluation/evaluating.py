"""A tracked model on new labelled data: scores beside its own, drift, leakage, all tracked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from dlsuite.data import Examples
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.data.strata import stratum_counts, stratum_names
from dlsuite.evaluation.comparing_scores import (
    ClassChange,
    ScoreChange,
    class_changes,
    explained_by_mix,
    headline,
    same_answers,
    score_changes,
)
from dlsuite.evaluation.dry_run import Foreseen
from dlsuite.evaluation.findings import Evaluation
from dlsuite.evaluation.leakage import held_by, leaks, same_as, untold
from dlsuite.evaluation.new_source import ALL, NewData, own_data, read_new
from dlsuite.evaluation.own_scores import own_scores
from dlsuite.evaluation.reopening import Reopened, reopen
from dlsuite.experiment import reference
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import Scores
from dlsuite.metrics.by_class import targets_and_answers
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.progress import working
from dlsuite.strategy.drift import Drift, Sample, drift
from dlsuite.tracking import WEIGHTS, RunRecord, Store, StoreError, TrackedRun
from dlsuite.types import Tree

EVALUATES = "evaluates"  # the tag that names the run whose model was scored
OF_FOLDS = (
    "Scores are compared with cv, all held-out answers of the run's cross-validation together; "
    "inputs with those of the kept model's dev."
)
FEW = 5  # examples from which a distribution can be spoken of
Row = TypeVar("Row", ScoreChange, ClassChange)


def evaluate(
    pipeline: Pipeline,
    run: str,
    data: str | Path | None = None,
    *,
    split: str | None = None,
    target: str | Sequence[str] | None = None,
    on_bad_example: OnBadExample | None = None,
) -> Evaluation:
    """Score a run's model on labelled data, exactly as training scored it.

    Scores are compared with the run's own on test, or else with the held-out answers of its
    cross-validation, or else on dev, which are other examples: the intervals are those of
    independent samples. The evaluation is a tracked run of its own, part of the model's. The run's
    data may be gone; what it kept is enough.

    Args:
        pipeline: The application.
        run: A run's id, the beginning of it, its name, or `latest`.
        data: Where the data lies, in any form that a source reads; None for the run's own.
        split: `all`, or a part: given with the data, or carved as the run's recipe divides. None:
            all of new data, of the run's own the split that its scores are compared with.
        target: Column or columns to be told, where they have other names than in training.
        on_bad_example: `error` or `skip`; None as the run's recipe says.

    Raises:
        StoreError: There is no such run, or it keeps no model.
        DataError: The data is not there or does not fit the model; the message says how.
    """
    store = Store.open()
    record = store.find(run, keeps=WEIGHTS)
    reopened, new = _opened(pipeline, record, data, split, target, on_bad_example)
    tags = {EVALUATES: record.run_id, "data": new.name, "split": new.split}
    name = f"{record.name} on {Path(new.name).name if data is not None else 'its own data'}"
    with store.start(pipeline.name, name, parent=record.run_id, tags=tags) as tracked:
        scores, answers = reopened.score(new.examples)
        with working("comparing with the run's own scores and inputs"):
            evaluation = _judged(reopened, new, scores, answers)
        evaluation = replace(evaluation, run_id=tracked.run_id)
        _keep(tracked, evaluation)
    return evaluation


def foreseen(
    pipeline: Pipeline,
    run: str,
    data: str | Path | None = None,
    *,
    split: str | None = None,
    target: str | Sequence[str] | None = None,
    on_bad_example: OnBadExample | None = None,
) -> Foreseen:
    """What `evaluate` would score: the data is read and the model built; nothing is tracked.

    Arguments and errors are those of `evaluate`.
    """
    record = Store.open().find(run)
    reopened, new = _opened(pipeline, record, data, split, target, on_bad_example)
    against, old = own_scores(record, own=new.own)
    strata = new.examples.strata
    names = stratum_names(_about(reopened.info))
    return Foreseen(
        model=record.run_id,
        model_name=record.name,
        data=new.name,
        split=new.split,
        count=len(new.examples),
        classes={} if strata is None or names is None else stratum_counts(strata, names),
        against=against,
        against_count=0 if old is None else len(old.examples),
        notes=new.notes,
    )


def _opened(
    pipeline: Pipeline,
    record: RunRecord,
    data: str | Path | None,
    split: str | None,
    target: str | Sequence[str] | None,
    on_bad_example: OnBadExample | None,
) -> tuple[Reopened, NewData]:
    if record.pipeline != pipeline.name:
        raise StoreError(f"{record} is a run of {record.pipeline}. Received: {pipeline.name}.")
    with working(f"building the model of {record.name} ({record.run_id[:8]})"):
        reopened = reopen(pipeline, record)
    with working("reading the data"):
        if data is None:
            return reopened, own_data(reopened, split or own_scores(record, own=True)[0] or ALL)
        options: dict[str, Any] = {"target": target, "on_bad_example": on_bad_example}
        return reopened, read_new(reopened, str(data), split=split or ALL, **options)


def _judged(reopened: Reopened, new: NewData, scores: Scores, answers: Tree) -> Evaluation:
    record = reopened.record
    old_split, old = own_scores(record, own=new.own)
    separator = _separator(reopened.info)
    held = held_by(record, new)
    pipeline, wanted = reopened.pipeline, reopened.settings.evaluation.optimize
    metric = headline(scores.values, wanted, pipeline.metric)
    table, before = scores.examples, None if old is None else old.examples
    again = old_split != HELD_OUT and same_answers(scores, old)
    changes = score_changes(scores, old)
    classes = class_changes(table, before, separator)
    return Evaluation(
        run_id="",
        model=record.run_id,
        model_name=record.name,
        data=new.name,
        split=new.split,
        count=len(new.examples),
        against=old_split,
        against_count=0 if before is None else len(before),
        again=again,
        metric=metric,
        scores=tuple(map(_compared, changes)) if again else changes,
        classes=tuple(map(_compared, classes)) if again else classes,
        drift=Drift(()) if again else _drift(reopened, new.examples, table, before, separator),
        expected=None if before is None else explained_by_mix(table, before),
        warnings=tuple(leaks(reopened, new.examples, answers, held, metric)),
        notes=(
            *new.notes,
            *same_as(held, old_split, len(new.examples)),
            *untold(reopened, new),
            *([OF_FOLDS] if old_split == HELD_OUT else []),
        ),
        examples=table,
    )


def _compared(row: Row) -> Row:
    """Without a difference, which would be one between an answer and itself."""
    return replace(row, difference=None, change="")


def _about(info: Any) -> Mapping[str, Any]:
    return getattr(getattr(info, "target", None), "about", {})


def _separator(info: Any) -> str:
    """What stands between the labels of an example, where there can be several."""
    return _about(info).get("label_separator", "|")


def _drift(
    reopened: Reopened,
    examples: Examples,
    table: pd.DataFrame,
    before: pd.DataFrame | None,
    separator: str,
) -> Drift:
    """Both sides compared, repetitions counted alike on both."""
    chosen = reference.counted(examples)
    if before is None or min(len(chosen), len(before)) < FEW or len(table) != len(examples):
        return Drift(())
    labels, answers = targets_and_answers(table.iloc[chosen], separator)
    if "columns" not in examples.rows and "key" in before:
        before = before.drop_duplicates("key")
    old_labels, old_answers = targets_and_answers(before, separator)
    kept = reference.read(reopened.record)
    some = reference.few(examples.take(chosen), seed=0)
    pipeline = reopened.pipeline
    inputs = pipeline.describe(reopened.settings, reopened.info, some) if kept else Sample()
    old_inputs = kept.inputs if kept else Sample()
    return drift(
        replace(old_inputs, labels=old_labels, answers=old_answers),
        replace(inputs, labels=labels, answers=answers),
    )


def _keep(tracked: TrackedRun, evaluation: Evaluation) -> None:
    """Metrics, the per-example table, the whole as JSON and in words where the run's page opens."""
    metrics: dict[str, float] = {}
    for row in evaluation.scores:
        metrics[f"new.{row.metric}"] = row.new
        if row.old is not None:
            metrics[f"difference.{row.metric}"] = row.new - row.old
    for shift in evaluation.drift.of("inputs as a whole"):
        metrics["drift.told_apart"] = shift.effect
    metrics["drift.found"] = float(len(evaluation.drift.found))
    tracked.metrics(metrics)
    tracked.table("examples/new", evaluation.examples)
    tracked.json("evaluation.json", evaluation.to_dict())
    tracked.tags({"verdict": evaluation.verdict, "examples.new": evaluation.count})
    tracked.describe(evaluation.markdown())
