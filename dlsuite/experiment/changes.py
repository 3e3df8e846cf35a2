"""Which keys of a recipe may change while a run of it goes on, and why."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from dlsuite.recipe import Block, Call, Recipe, flatten

Flat = Mapping[str, Any]


class Change(NamedTuple):
    """A key that has another value than before.

    Attributes:
        key: Dotted.
        before: None where it was not there.
        now: None where it is not there.
        harmless: Why it may change, or None.
        harm: Why it may not, or None.
    """

    key: str
    before: Any
    now: Any
    harmless: str | None
    harm: str | None

    def text(self) -> str:
        """`training.epochs was 4, is 5`."""
        return f"{self.key} was {self.before}, is {self.now}"


class Rule(NamedTuple):
    """Keys that may change, by shell pattern.

    Attributes:
        keys: The pattern.
        why: What the keys decide, which is nothing of what was learned or saved so far.
        unless: `(before, now, settings) -> objection` in a case where they may not, or None.
    """

    keys: str
    why: str
    unless: Callable[[Flat, Flat, Any], str | None] = lambda before, now, settings: None


def _epochs(before: Flat, now: Flat, settings: Any) -> str | None:
    if now["training.epochs"] < before["training.epochs"]:
        return "it may only be raised"
    schedules = sorted({call.type for call in _calls(settings) if _takes_epochs(call)})
    if schedules:
        return f"{schedules[0]} computes every rate of the run from it"
    if settings.training.stages:
        return "the stages divide it"
    return _finished_folds(before, now, settings)


def _finished_folds(before: Flat, now: Flat, settings: Any) -> str | None:
    if settings.evaluation.folds is not None:
        return "folds that have finished were trained otherwise"
    return None


def _measuring(before: Flat, now: Flat, settings: Any) -> str | None:
    for name in ("early_stopping", "reduce_on_plateau"):
        if getattr(settings.training, name) is not None:
            return f"training.{name} has decided by what was measured"
    return None


def _monitored(before: Flat, now: Flat, settings: Any) -> str | None:
    for name in ("early_stopping", "reduce_on_plateau"):
        watching = getattr(settings.training, name)
        if watching is not None and watching.monitor is None:
            return f"training.{name} has decided by it"
    return None


LAST_BITS = "the same computation by other means: only the last bits may differ from now on"
JUDGED = "it judges the finished model"
# All others decide on data, model, loss, optimizer or regularization, on the order of examples, or
# on random numbers: what was learned so far would not be the beginning of what the recipe says.
HARMLESS = (
    Rule("training.epochs", "more epochs follow those done", _epochs),
    Rule(
        "training.early_stopping.patience",
        "it decides when to end; the best epoch so far stays",
        _finished_folds,
    ),
    Rule("training.checkpoint", "it decides when checkpoints are written"),
    Rule("training.checkpoint.*", "it decides when checkpoints are written"),
    Rule("training.measure_every", "dev is only looked at", _measuring),
    Rule("evaluation.optimize", JUDGED, _monitored),
    Rule("evaluation.satisfy*", JUDGED),
    Rule("evaluation.reference_error*", JUDGED),
    Rule("evaluation.human_error*", JUDGED),
    Rule("evaluation.gap_threshold", JUDGED),
    Rule("evaluation.train_sample", JUDGED),
    Rule("expect*", JUDGED),
    Rule("baseline*", "it is the rival of the finished model"),
    Rule("export.*", "it concerns the finished model"),
    Rule("data.cache", "it decides where encoded examples are kept, not which they are"),
    Rule("evaluation.batch_size", LAST_BITS),
    Rule("runtime.threads*", LAST_BITS),
    Rule("runtime.device", LAST_BITS),
    Rule("runtime.memory_growth", LAST_BITS),
    Rule("runtime.xla", LAST_BITS),
    Rule("runtime.deterministic", LAST_BITS),
)


def changes(before: Mapping[str, Any], recipe: Recipe) -> list[Change]:
    """Every key of a recipe that differs from what a run was started with.

    Args:
        before: The resolved recipe of the run.
        recipe: The one to go on with.
    """
    old, new = flatten(before), flatten(recipe.resolved)
    keys = (key for key in sorted({*old, *new}) if old.get(key) != new.get(key))
    return [_change(key, old, new, recipe.settings) for key in keys]


def _change(key: str, old: Flat, new: Flat, settings: Any) -> Change:
    values = (old.get(key, "not set"), new.get(key, "not set"))
    rule = next((rule for rule in HARMLESS if fnmatchcase(key, rule.keys)), None)
    if rule is None:
        return Change(key, *values, None, "it decides on what is learned")
    objection = rule.unless(old, new, settings)
    return Change(key, *values, None if objection else rule.why, objection)


def _calls(value: Any) -> Iterator[Call]:
    if isinstance(value, Call):
        yield value
        yield from value.inner()
    elif isinstance(value, Block):
        for name in type(value).model_fields:
            yield from _calls(getattr(value, name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _calls(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _calls(inner)


def _takes_epochs(call: Call) -> bool:
    """Whether the program passes it the length of the run."""
    try:
        known = inspect.signature(call.target).parameters
    except (TypeError, ValueError):
        return False
    return "epochs" in known and "epochs" not in call.arguments
