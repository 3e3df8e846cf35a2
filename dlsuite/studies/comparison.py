"""What a comparison of runs says: recipes, scores, costs, disagreements, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dlsuite.metrics import Interval
from dlsuite.studies.disagreements import Disagreement
from dlsuite.studies.pairing import Difference
from dlsuite.studies.sides import Side


@dataclass(frozen=True)
class Comparison:
    """Runs beside the first of them, which has the letter A.

    Attributes:
        sides: The runs.
        split: Whose examples they were compared on.
        recipe: Keys that differ, a column for each letter; None where a run does not set one.
        surroundings: Versions, commits, machines and hashes of the data that differ, likewise.
        scores: Every metric of every run on its own examples of the split.
        differences: Of each other run to the first, for each metric.
        basis: By letter, which examples its differences are on: `the same examples`, `the examples
            in common` or `different examples`, and how many they are.
        disagreements: By letter, where answers can be told apart.
        notes: What a reader should know.
    """

    sides: tuple[Side, ...]
    split: str
    recipe: pd.DataFrame
    surroundings: pd.DataFrame
    scores: pd.DataFrame
    differences: tuple[Difference, ...]
    basis: dict[str, tuple[str, int]]
    disagreements: dict[str, Disagreement]
    notes: tuple[str, ...]

    @property
    def cost(self) -> pd.DataFrame:
        """Parameters, size, latency and time: a row each, a column for each letter."""
        return pd.DataFrame({side.letter: side.cost for side in self.sides})

    def of(self, letter: str) -> tuple[Difference, ...]:
        """The differences of one run."""
        return tuple(each for each in self.differences if each.run == letter)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return {
            "runs": [
                {
                    "letter": side.letter,
                    "run_id": side.record.run_id,
                    "name": side.record.name,
                    "pipeline": side.record.pipeline,
                    "status": side.record.status,
                    "verdict": side.record.tags.get("verdict"),
                }
                for side in self.sides
            ],
            "split": self.split,
            "recipe": self.recipe.to_dict("index"),
            "surroundings": self.surroundings.to_dict("index"),
            "scores": self.scores.to_dict("index"),
            "cost": self.cost.to_dict("index"),
            "differences": [_plain(each) for each in self.differences],
            "basis": {
                letter: {"examples": basis, "count": count}
                for letter, (basis, count) in self.basis.items()
            },
            "disagreements": {name: each.to_dict() for name, each in self.disagreements.items()},
            "notes": list(self.notes),
        }


def differing(facts: Sequence[tuple[str, dict[str, Any]]]) -> pd.DataFrame:
    """Keys whose values are not the same everywhere, related ones together; None where not set."""
    known = [key for _, values in facts for key in values]
    keys = sorted(dict.fromkeys(known), key=_together(known))
    rows = {key: [values.get(key) for _, values in facts] for key in keys}
    differ = {key: row for key, row in rows.items() if len(set(map(repr, row))) > 1}
    letters = [letter for letter, _ in facts]
    table = pd.DataFrame(list(differ.values()), list(differ), letters, dtype=object)
    return table.rename_axis("key")


def _together(keys: Sequence[str]) -> Callable[[str], tuple[int, ...]]:
    """Sorts dotted keys by where each of their beginnings first occurs."""
    first: dict[str, int] = {}
    for key in keys:
        for beginning in _beginnings(key):
            first.setdefault(beginning, len(first))
    return lambda key: tuple(first[beginning] for beginning in _beginnings(key))


def _beginnings(key: str) -> list[str]:
    steps = key.split(".")
    return [".".join(steps[:end]) for end in range(1, len(steps) + 1)]


def _plain(each: Difference) -> dict[str, Any]:
    interval: Interval | None = each.interval
    return {
        "metric": each.metric,
        "run": each.run,
        "first": each.first,
        "value": each.value,
        "difference": each.value - each.first,
        "low": None if interval is None else interval.low,
        "high": None if interval is None else interval.high,
        "finding": each.finding,
    }
