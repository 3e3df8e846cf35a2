"""Scores on new examples beside those of the run, and which differences chance does not explain."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from dlsuite.evaluation.boxed_mistakes import is_of_boxes
from dlsuite.metrics import Interval, Scores, difference_interval, higher_is_better
from dlsuite.metrics.by_class import recalled
from dlsuite.metrics.measures import measure_of

LEVEL = 0.95
TRUTH = ("key", "label", "target", "objects")  # columns of what is true of an example
ALIKE = 1e-3  # by which scores of the same answers differ between machines at most
Change = Literal["better", "worse", "other", ""]


@dataclass(frozen=True)
class ScoreChange:
    """A metric on new examples, on those of the run, and between them; intervals are of 95 %.

    Attributes:
        metric: Its name.
        new: On the new examples.
        new_interval: None where the per-example table does not tell.
        old: On the run's examples, None where it has none.
        old_interval: Likewise.
        difference: New less old, with its interval.
        change: `better` or `worse` where chance does not explain the difference, `other` where the
            metric does not say which way is better; else empty.
    """

    metric: str
    new: float
    new_interval: Interval | None = None
    old: float | None = None
    old_interval: Interval | None = None
    difference: Interval | None = None
    change: Change = ""


@dataclass(frozen=True)
class ClassChange:
    """How many examples of a class were told so, before and now.

    `difference` is of shares, new less old, with an interval of 95 % for all classes together.
    """

    name: str
    new: float | None
    new_count: int
    old: float | None
    old_count: int
    difference: Interval | None
    change: Change


def score_changes(new: Scores, old: Scores | None) -> tuple[ScoreChange, ...]:
    """Every metric of `new` beside the same of `old`."""
    rows = []
    for metric, value in new.values.items():
        before = None if old is None else old.values.get(metric)
        if old is None or before is None:
            measure = measure_of(metric, [new])
            interval = None if measure is None else measure.interval(new.examples)
            rows.append(ScoreChange(metric, value, interval))
            continue
        measure = measure_of(metric, [new, old])
        if measure is None:
            rows.append(ScoreChange(metric, value, None, before))
            continue
        difference = measure.unpaired(new.examples, old.examples)
        rows.append(
            ScoreChange(
                metric,
                value,
                measure.interval(new.examples),
                before,
                measure.interval(old.examples),
                difference,
                _change(difference, _direction(metric)),
            )
        )
    return tuple(rows)


def same_answers(new: Scores, old: Scores | None) -> bool:
    """Whether both are of the same examples with the same truth, answered alike.

    Keys do not know of labels, and the words of a label not of where boxes are: scores do.
    """
    if old is None or "key" not in old.examples:
        return False
    known = [name for name in TRUTH if name in new.examples and name in old.examples]
    one, other = (
        sorted(map(tuple, each.examples[known].astype(str).to_numpy().tolist()))
        for each in (new, old)
    )
    shared = [name for name in new.values if name in old.values]
    alike = (
        math.isclose(new.values[name], old.values[name], rel_tol=ALIKE, abs_tol=ALIKE)
        for name in shared
    )
    return one == other and bool(shared) and all(alike)


def class_changes(
    new: pd.DataFrame, old: pd.DataFrame | None, separator: str
) -> tuple[ClassChange, ...]:
    """Recall of each class; those that changed first, the most first. None of detected boxes."""
    if is_of_boxes(new):  # `label` is all that a picture holds
        return ()
    now = recalled(new, separator)
    before = {} if old is None else recalled(old, separator)
    shared = [name for name in now if name in before]
    level = 1 - (1 - LEVEL) / max(len(shared), 1)  # Bonferroni: for all classes together
    changes = [
        _class_change(name, now.get(name), before.get(name), level)
        for name in dict.fromkeys([*now, *before])
    ]
    return tuple(sorted(changes, key=_by_change))


def explained_by_mix(new: pd.DataFrame, old: pd.DataFrame) -> float | None:
    """The accuracy that the old recall of each class would give with the new shares of classes.

    None where targets are not one class each, or a class is new.
    """
    tables = (new, old)
    if not all({"label", "correct"} <= set(table) for table in tables):
        return None
    if any({"hamming_loss", "share_correct"} & set(table) for table in tables):
        return None
    recall = old.groupby(old["label"].map(str))["correct"].mean()
    shares = new["label"].map(str).value_counts(normalize=True)
    if not set(shares.index) <= set(recall.index):
        return None
    return float((shares * recall.reindex(shares.index)).sum())


def headline(metrics: Iterable[str], wanted: str | None, usual: str | None) -> str:
    """The metric to speak of: what the recipe optimizes, else one that is better when high, the
    application's own before others.

    Args:
        metrics: Names of all.
        wanted: What the recipe optimizes, if it says so.
        usual: The application's own.
    """
    names = list(metrics)
    if wanted in names:
        return str(wanted)
    known = [usual] if usual is not None and usual in names else []
    high = [name for name in [*known, *names] if _direction(name) == 1]
    return next(iter([*high, *known, *names]))


def _class_change(
    name: str, now: np.ndarray | None, before: np.ndarray | None, level: float
) -> ClassChange:
    difference = None
    if now is not None and before is not None:
        difference = difference_interval(now, before, level=level)
    return ClassChange(
        name=name,
        new=None if now is None else float(now.mean()),
        new_count=0 if now is None else len(now),
        old=None if before is None else float(before.mean()),
        old_count=0 if before is None else len(before),
        difference=difference,
        change="" if difference is None else _change(difference, 1),
    )


def _by_change(change: ClassChange) -> tuple[bool, float]:
    return not change.change, -abs(change.difference.estimate) if change.difference else 1.0


def _direction(metric: str) -> int:
    """1 where a larger value is better, -1 where a smaller one is, 0 where nobody knows."""
    try:
        return 1 if higher_is_better(metric) else -1
    except ValueError:
        return 0


def _change(difference: Interval, direction: int) -> Change:
    if difference.low <= 0 <= difference.high:
        return ""
    if direction == 0:
        return "other"
    return "better" if difference.estimate * direction > 0 else "worse"


def plain(value: Interval | None) -> Mapping[str, float] | None:
    """An interval for JSON."""
    return None if value is None else value._asdict()
