"""What of a run goes into the store, and under which names."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from dlsuite.experiment import information, reference, relabel_records, starting
from dlsuite.experiment.changes import Change, changes
from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.judging import Judged, Limit, Scored, flat
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.outcome import Inspected, Outcome
from dlsuite.experiment.page import description
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.progress import followed
from dlsuite.recipe import Recipe, flatten
from dlsuite.serving.manifest import read_manifest
from dlsuite.serving.verify import read_examples
from dlsuite.tracking import EPOCH, HEADLINE, Dataset, RunRecord, StoreError, TrackedRun
from dlsuite.training import Checkpoints, History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXAMPLE_ROWS = 4  # of a model's input example


def recipe(
    tracked: TrackedRun,
    checked: Recipe,
    in_force: Mapping[str, Any],
    changed: Sequence[Change] = (),
) -> None:
    """The recipe as written and as resolved, its values as parameters, the runtime's decisions.

    What changed since the run began stands below what was written.
    """
    below = [f"# {change.text()}" for change in changed]
    if below:
        below = ["", f"# Changed when the run was resumed, time {tracked.resumed}:", *below, ""]
    tracked.text("recipe.yaml", checked.written + "\n".join(below))
    tracked.json("recipe.resolved.json", checked.resolved)
    tracked.parameters(flatten(checked.resolved))
    tracked.json("runtime.json", in_force)


def same_recipe(record: RunRecord, checked: Recipe, allow_change: bool) -> tuple[Change, ...]:
    """What differs from the recipe that a run was started with: nothing, or what may.

    Args:
        record: The run.
        checked: The recipe to go on with.
        allow_change: Whether harmless keys may differ.

    Raises:
        StoreError: More differs; the message lists the keys and says which are harmless.
    """
    if record.tags.get("recipe_sha256") == checked.sha256:
        return ()
    with record.artifact("recipe.resolved.json").open(encoding="utf-8") as file:
        found = changes(json.load(file), checked)
    harmless = [change for change in found if change.harmless]
    harmful = [change for change in found if change.harm]
    if not harmful and (allow_change or not harmless):
        return tuple(found)
    message = f"{record} can only be resumed with its own recipe. Received: "
    message += f"{'; '.join(change.text() for change in found)}."
    if harmful:
        reasons = (f"{change.key} ({change.harm})" for change in harmful)
        message += f" May not change: {', '.join(reasons)}."
    if harmless:
        message += f" Harmless: {', '.join(change.key for change in harmless)}; --allow-change "
        message += "lets such changes through."
    raise StoreError(message)


def data(tracked: TrackedRun, checked: Recipe, learner: Learner) -> None:
    """What was learned of the data; counts and hashes of every split, what they have in common."""
    splits, report = learner.splits, learner.splits.report
    information.keep(tracked, splits.info)
    reference.keep_keys(tracked, splits.named())
    starting.keep(tracked, learner)
    if report is not None:
        tracked.json("splits.json", report.to_dict())
        tracked.text("splits.txt", report.text() + "\n")
        source = checked.resolved["data"]["source"]
        tracked.datasets(
            [
                Dataset(source["type"], name, report.hashes[name], count, source)
                for name, count in report.counts.items()
            ]
        )
        tracked.tags({"splits_disjoint": report.disjoint})
        if report.relabels is not None:
            relabel_records.keep(tracked, report.relabels)
    tracked.tags({f"became.{r.key}": r.value for r in learner.remarks if r.value is not None})
    tracked.tags({f"examples.{name}": len(part) for name, part in splits.named().items()})


class Epochs(keras.callbacks.Callback):
    """Hands each epoch's measures to the store as `epoch/<name>`, once a checkpoint holds them.

    So a run that is resumed never has to take a metric back, unless its newest checkpoint was
    damaged: then epochs come a second time, with the same values but for the time that they took.
    Without checkpoints measures go at once.

    Args:
        tracked: The run.
        checkpoints: What makes measures durable, if anything does.
        seconds: Times, by epoch, that the store already has: it keeps those.
    """

    def __init__(
        self,
        tracked: TrackedRun,
        checkpoints: Checkpoints | None,
        seconds: Mapping[int, float] = {},
    ) -> None:
        super().__init__()
        self.tracked, self.checkpoints, self.seconds = tracked, checkpoints, seconds
        self.waiting: dict[int, dict[str, float]] = {}
        self.sent: set[int] = set()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.waiting[epoch + 1] = dict(logs or {})
        self._deliver()

    def close(self) -> None:
        """Hand over what has become durable; called however training ends."""
        if self.checkpoints is not None:
            self.checkpoints.wait()
        self._deliver()

    def hand_over(self, history: History) -> None:
        """Send what was not sent from here; the store does not take twice what it holds."""
        for step, measures in enumerate(history.epochs, start=1):
            if step not in self.sent:
                self._send(step, measures)

    def _deliver(self) -> None:
        durable = None if self.checkpoints is None else self.checkpoints.durable_epochs
        for step in sorted(self.waiting):
            if durable is None or step <= durable:
                self._send(step, self.waiting.pop(step))

    def _send(self, step: int, measures: Mapping[str, float]) -> None:
        measures = {f"{EPOCH}{name}": value for name, value in measures.items()}
        if step in self.seconds:
            measures[f"{EPOCH}seconds"] = self.seconds[step]
        self.tracked.metrics(measures, step)
        self.sent.add(step)


def scored(tracked: TrackedRun, result: Scored, learner: Learner) -> None:
    """Clean scores, the table behind each of them, and the info that they were made with."""
    information.keep(tracked, learner.splits.info)
    if learner.headline is not None:
        tracked.tags({HEADLINE: learner.headline})
    tracked.metrics(result.metrics())
    for split, scores in result.scores.items():
        tracked.table(f"examples/{split}", scores.examples)


def baseline(tracked: TrackedRun, result: Judged) -> None:
    """Scores of the rival and the table behind each of them."""
    tracked.metrics({f"baseline.{name}": v for name, v in flat(result.baseline).items()})
    for split, scores in result.baseline.items():
        tracked.table(f"examples/baseline_{split}", scores.examples)


def figures(tracked: TrackedRun, pipeline: Pipeline, outcome: Outcome) -> tuple[str, ...]:
    """Every picture of the application, and in words those that could not be drawn.

    A run is more than its pictures: one that fails is told and no reason to lose the verdict.
    """
    drawn = followed(pipeline.figures(outcome), "drawing", unit="pictures")
    failed: tuple[str, ...] = ()
    while True:
        try:
            name, figure = next(drawn)
        except StopIteration:
            return failed
        except Exception as error:  # of the application's own code; nothing comes after it
            return (*failed, _undrawn("Figures", error))
        failed += _draw(tracked, name, figure)


def inspected(tracked: TrackedRun, seen: Inspected) -> tuple[str, ...]:
    """Pictures and tables of a look into the model, and what could not be drawn."""
    for name, table in seen.tables.items():
        tracked.table(name, table)
    return tuple(
        note for name, figure in seen.figures.items() for note in _draw(tracked, name, figure)
    )


def _draw(tracked: TrackedRun, name: str, figure: Figure) -> tuple[str, ...]:
    try:
        tracked.figure(f"figures/{name}", figure)
    except StoreError:
        raise
    except Exception as error:
        return (_undrawn(f"Figure {name}", error),)
    return ()


def _undrawn(what: str, error: Exception) -> str:
    words = str(error).strip().partition("\n")[0]
    return f"{what} could not be drawn: {type(error).__name__}: {words}"


def model(tracked: TrackedRun, exported: Path) -> None:
    """The proven SavedModel as MLflow's logged model, with signature and input example."""
    facts = read_manifest(exported)["signatures"]["serving_default"]
    cases, _ = read_examples(exported)
    case = next(case for case in cases if case.signature == "serving_default")
    tracked.log_model(
        exported,
        inputs=_fields(facts["inputs"]),
        outputs=_fields(facts["outputs"]),
        example={name: array[:EXAMPLE_ROWS] for name, array in case.inputs.items()},
    )


def ending(
    tracked: TrackedRun,
    result: Judged,
    history: History,
    properties: Mapping[str, float],
    limits: Sequence[Limit],
    notes: Sequence[str],
    metric: str | None,
    validation: CrossValidation | None = None,
) -> None:
    """The verdict and the scores where the UI opens, and whether stated limits were kept."""
    tracked.metrics(properties)
    tracked.tags(
        {f"{limit.source}.{limit.metric}": "kept" if limit.kept else "missed" for limit in limits}
    )
    tracked.json("history.json", history.epochs)
    if result.diagnosis is not None:
        tracked.json("verdict.json", result.diagnosis.to_dict())
        tracked.tags({"verdict": result.diagnosis.said})
    tracked.describe(description(result, limits, notes, validation, metric=metric))


def _fields(forms: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, tuple]]:
    return {name: (form["dtype"], tuple(form["shape"])) for name, form in forms.items()}
