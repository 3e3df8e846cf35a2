"""Drift: what of new data is distributed otherwise than what a model was tested on, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from dlsuite.strategy.shift_words import Direction, category_words, joint_words, number_words
from dlsuite.strategy.two_samples import (
    Tested,
    adjusted,
    compare_by_classifier,
    compare_categories,
    compare_numbers,
)

Of = Literal["labels", "inputs", "answers", "inputs as a whole"]
LEVEL = 0.05
# Effects below which a difference is not worth a word, however sure it is: what Cohen (1988) calls
# a small one, 0.2 standard deviations, makes a gap of 0.08 and an area of 0.556; a share of 0.05.
LEAST = {"Kolmogorov-Smirnov": 0.08, "chi-square": 0.05, "classifier two-sample": 0.555}
MOST_CATEGORIES = 20  # of a column, as features of the classifier; the others share one


@dataclass(frozen=True)
class Sample:
    """What is known of N examples of one data set.

    Attributes:
        labels: What was to be answered, by name: numbers or categories `[N]`.
        inputs: Facts of the inputs that have a name, such as the columns of a table: numbers or
            categories `[N]`. Each is compared by itself.
        features: Numbers `[N, D]` that are looked at together with `inputs`, such as thumbnails.
        answers: What the model answered, by name: numbers or categories `[N]`.
        directions: Words for more and less of a number, by its name.
    """

    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    inputs: Mapping[str, np.ndarray] = field(default_factory=dict)
    features: np.ndarray | None = None
    answers: Mapping[str, np.ndarray] = field(default_factory=dict)
    directions: Mapping[str, Direction] = field(default_factory=dict)


@dataclass(frozen=True)
class Shift:
    """One comparison of the new with the old.

    Attributes:
        of: What kind of thing was compared.
        name: Which of them, such as a column.
        test: Name of the test.
        p_value: Of that test alone.
        adjusted: Of all comparisons together: if nothing at all drifts, one of them falls below
            0.05 in at most 5 of 100 looks.
        effect: In [0, 1]: the largest gap between the cumulative shares, the share of examples that
            moved, or the chance to tell a new example from an old one.
        found: Whether the difference is sure, and large enough to be spoken of.
        text: It in words.
    """

    of: Of
    name: str
    test: str
    p_value: float
    adjusted: float
    effect: float
    found: bool
    text: str


@dataclass(frozen=True)
class Drift:
    """All comparisons, those found first, each kind by its effect."""

    shifts: tuple[Shift, ...]

    @property
    def found(self) -> tuple[Shift, ...]:
        """What drifted."""
        return tuple(shift for shift in self.shifts if shift.found)

    def of(self, kind: Of) -> tuple[Shift, ...]:
        """Comparisons of one kind."""
        return tuple(shift for shift in self.shifts if shift.of == kind)

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain values for JSON."""
        return [asdict(shift) for shift in self.shifts]


def drift(
    before: Sample,
    after: Sample,
    *,
    level: float = LEVEL,
    seed: int = 0,
) -> Drift:
    """Compares new examples with those that a model was tested on.

    Numbers are compared by Kolmogorov and Smirnov's test, categories by chi-square, inputs as a
    whole by a classifier. Within labels, inputs and answers p-values are adjusted by Benjamini and
    Hochberg, between the kinds by Bonferroni.

    Args:
        before: Of the data that the model was tested on.
        after: Of the new data. What only one of both samples has is not compared.
        level: Chance of a false alarm.
        seed: Of the classifier and of random tables.
    """
    pairs: dict[Of, list[tuple[str, np.ndarray, np.ndarray]]] = {
        "labels": _pairs(before.labels, after.labels),
        "inputs": _pairs(before.inputs, after.inputs),
        "answers": _pairs(before.answers, after.answers),
    }
    joint = _joint(before, after, pairs["inputs"], seed)
    families = sum(bool(family) for family in pairs.values()) + (joint is not None)
    shifts: list[Shift] = []
    for of, family in pairs.items():
        results = [_compared(old, new, seed) for _, old, new in family]
        fair = adjusted([tested.p_value for _, tested in results], families)
        for (name, old, new), (test, tested), p_value in zip(family, results, fair, strict=True):
            words = category_words if test == "chi-square" else number_words
            text = words(name, old, new, after.directions.get(name))
            shifts.append(_shift(of, name, test, tested, float(p_value), level, text))
    if joint is not None:
        fair_p = min(1.0, joint.p_value * families)
        text = joint_words(joint.effect)
        of_all: Of = "inputs as a whole"
        shifts.append(_shift(of_all, "", "classifier two-sample", joint, fair_p, level, text))
    order = [*pairs, "inputs as a whole"]
    return Drift(tuple(sorted(shifts, key=lambda s: (not s.found, order.index(s.of), -s.effect))))


def is_number(values: np.ndarray) -> bool:
    """Whether values are compared as numbers; truths, texts and the rest are categories."""
    return values.dtype.kind in "iuf"


def _shift(
    of: Of, name: str, test: str, tested: Tested, fair: float, level: float, text: str
) -> Shift:
    found = fair <= level and tested.effect >= LEAST[test]
    return Shift(of, name, test, tested.p_value, fair, tested.effect, found, text)


def _pairs(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> list[tuple[str, np.ndarray, np.ndarray]]:
    found = []
    for name in before:
        if name not in after:
            continue
        old, new = _values(before[name]), _values(after[name])
        if is_number(old) != is_number(new):
            old, new = old.astype(str), new.astype(str)
        if len(old) and len(new):
            found.append((name, old, new))
    return found


def _values(values: np.ndarray) -> np.ndarray:
    given = np.asarray(values)
    return given[np.isfinite(given)] if given.dtype.kind == "f" else given


def _compared(old: np.ndarray, new: np.ndarray, seed: int) -> tuple[str, Tested]:
    if is_number(old):
        return "Kolmogorov-Smirnov", compare_numbers(old, new)
    return "chi-square", compare_categories(old, new, seed)


def _joint(
    before: Sample, after: Sample, columns: list[tuple[str, np.ndarray, np.ndarray]], seed: int
) -> Tested | None:
    names = [name for name, _, _ in columns]
    old, new = (
        {name: np.asarray(sample.inputs[name]) for name in names} for sample in (before, after)
    )
    blocks = [block for name in names for block in _features(old[name], new[name])]
    if before.features is not None and after.features is not None:
        blocks.append((before.features, after.features))
    if not blocks or (len(names) == len(blocks) == 1):
        return None  # a single column has had its test
    first, second = (np.concatenate(side, axis=1) for side in zip(*blocks, strict=True))
    return compare_by_classifier(np.nan_to_num(first), np.nan_to_num(second), seed)


def _features(old: np.ndarray, new: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """A column as features `[N, D]` and `[M, D]`: a number as it is, a category one-hot."""
    if is_number(old) and is_number(new):
        yield old[:, None].astype(np.float64), new[:, None].astype(np.float64)
        return
    first, second = old.astype(str), new.astype(str)
    values, counts = np.unique(np.concatenate([first, second]), return_counts=True)
    kept = values[np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]]
    yield first[:, None] == kept, second[:, None] == kept
