"""A tracked model on new labelled data: scores beside its own, drift, leakage, all tracked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dlsuite.data import Examples
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.evaluation.comparing_scores import (
    class_changes,
    explained_by_mix,
    headline,
    score_changes,
)
from dlsuite.evaluation.findings import Evaluation
from dlsuite.evaluation.new_source import ALL, NewData, own_data, read_new
from dlsuite.evaluation.reopening import Reopened, reopen
from dlsuite.experiment import reference
from dlsuite.experiment.new_data import picture_keys
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.metrics import Scores
from dlsuite.metrics.by_class import targets_and_answers
from dlsuite.progress import working
from dlsuite.strategy.drift import Drift, Sample, drift
from dlsuite.tracking import RunRecord, Store, StoreError, TrackedRun
from dlsuite.types import Tree

EVALUATES = "evaluates"  # the tag that names the run whose model was scored
FEW = 5  # examples from which a distribution can be spoken of
Held = Mapping[str, np.ndarray]  # by split of the run: which new examples it holds too


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

    Scores are compared with the run's own on test, or else on dev, which are other examples: the
    intervals are those of independent samples. The evaluation is a tracked run of its own, part of
    the model's. The run's data may be gone; what it kept is enough.

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
    record = store.find(run)
    if record.pipeline != pipeline.name:
        raise StoreError(f"{record} is a run of {record.pipeline}. Received: {pipeline.name}.")
    with working(f"building the model of {record.name} ({record.run_id[:8]})"):
        reopened = reopen(pipeline, record)
    with working("reading the data"):
        if data is None:
            new = own_data(reopened, split or _own_scores(record)[0] or ALL)
        else:
            options: dict[str, Any] = {"target": target, "on_bad_example": on_bad_example}
            new = read_new(reopened, str(data), split=split or ALL, **options)
    tags = {EVALUATES: record.run_id, "data": new.name, "split": new.split}
    name = f"{record.name} on {Path(new.name).name if data is not None else 'its own data'}"
    with store.start(pipeline.name, name, parent=record.run_id, tags=tags) as tracked:
        scores, answers = reopened.score(new.examples)
        with working("comparing with the run's own scores and inputs"):
            evaluation = _judged(reopened, new, scores, answers)
        evaluation = replace(evaluation, run_id=tracked.run_id)
        _keep(tracked, evaluation)
    return evaluation


def _judged(reopened: Reopened, new: NewData, scores: Scores, answers: Tree) -> Evaluation:
    record = reopened.record
    old_split, old = _own_scores(record)
    separator = _separator(reopened.info)
    held = _held(record, new)
    pipeline, wanted = reopened.pipeline, reopened.settings.evaluation.optimize
    metric = headline(scores.values, wanted, pipeline.metric)
    table, before = scores.examples, None if old is None else old.examples
    return Evaluation(
        run_id="",
        model=record.run_id,
        model_name=record.name,
        data=new.name,
        split=new.split,
        count=len(new.examples),
        against=old_split,
        against_count=0 if before is None else len(before),
        metric=metric,
        scores=score_changes(scores, old),
        classes=class_changes(table, before, separator),
        drift=_drift(reopened, new.examples, table, before, separator),
        expected=None if before is None else explained_by_mix(table, before),
        warnings=tuple(_leaks(reopened, new.examples, answers, held, metric)),
        notes=(*new.notes, *_same_as(held, old_split, len(new.examples))),
        examples=table,
    )


def _own_scores(record: RunRecord) -> tuple[str | None, Scores | None]:
    """The split that stands for what the model was tested on, with its kept scores and table."""
    kept = set(record.artifacts())
    split = next((s for s in reference.SPLITS if f"examples/{s}.csv" in kept), None)
    if split is None:
        return None, None
    start = f"{split}."
    values = {
        name.removeprefix(start): value
        for name, value in record.metrics.items()
        if name.startswith(start)
    }
    return split, Scores(values, record.table(f"examples/{split}"))


def _separator(info: Any) -> str:
    """What stands between the labels of an example, where there can be several."""
    about = getattr(getattr(info, "target", None), "about", {})
    return about.get("label_separator", "|")


def _held(record: RunRecord, new: NewData) -> Held:
    """Which of the new examples each split of the run holds, booleans `[N]`."""
    known = reference.read_keys(record)
    if not known:
        return {}
    keys = [new.examples.keys]
    if new.of_another_kind and new.examples.decode is not None:
        keys.append(picture_keys(new.examples))
    numbers = [reference.numbers(each) for each in keys]
    return {
        split: np.any([np.isin(each, there) for each in numbers], axis=0)
        for split, there in known.items()
    }


def _leaks(
    reopened: Reopened, examples: Examples, answers: Tree, held: Held, metric: str
) -> list[str]:
    """Sentences about new examples that the model was made with."""
    total, warnings = len(examples), []
    trained = held.get("train", np.zeros(total, bool))
    if trained.any():
        text = f"The model was trained on {_of(trained)}: their scores flatter it."
        rest = np.flatnonzero(~trained)
        if len(rest) >= FEW:
            value = _score_of(reopened, examples, answers, rest).values[metric]
            text += f" Without them {metric} is {value:.4g}."
        warnings.append(text)
    chosen = held.get("dev", np.zeros(total, bool))
    if chosen.any():
        warnings.append(
            f"{_of(chosen).capitalize()} are of the run's dev split, by which its training was "
            "chosen: their scores flatter the model a little."
        )
    return warnings


def _score_of(reopened: Reopened, examples: Examples, answers: Tree, rows: np.ndarray) -> Scores:
    import keras

    chosen = keras.tree.map_structure(lambda leaf: leaf[rows], answers)
    pipeline = reopened.pipeline
    return pipeline.score(reopened.settings, reopened.info, examples.take(rows), chosen)


def _same_as(held: Held, split: str | None, total: int) -> list[str]:
    """A note where the new examples are those compared with."""
    same = held.get(split or "", np.zeros(total, bool))
    if split not in ("test", "train_dev") or not same.any():
        return []
    return [f"{_of(same).capitalize()} are of the run's own {split} split."]


def _of(marks: np.ndarray) -> str:
    count, total = int(marks.sum()), len(marks)
    return f"{'all of the' if count == total else f'{count:,} of'} {total:,} examples"


def _drift(
    reopened: Reopened,
    examples: Examples,
    table: pd.DataFrame,
    before: pd.DataFrame | None,
    separator: str,
) -> Drift:
    """Different examples of both sides compared: one that is repeated says nothing new."""
    first = np.unique(examples.keys, return_index=True)[1]
    if before is None or min(len(first), len(before)) < FEW or len(table) != len(examples):
        return Drift(())
    labels, answers = targets_and_answers(table.iloc[np.sort(first)], separator)
    distinct = before.drop_duplicates("key") if "key" in before else before
    old_labels, old_answers = targets_and_answers(distinct, separator)
    kept = reference.read(reopened.record)
    some = reference.few(examples.take(np.sort(first)), seed=0)
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
