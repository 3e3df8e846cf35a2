"""A side of a comparison: a tracked run with what was kept of it."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dlsuite.experiment.kept_scores import kept_scores, kept_values
from dlsuite.metrics import Scores
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.tracking import EPOCH, RunRecord

COSTS = ("parameters", "size_mb", "p50_latency_ms", "p95_latency_ms")
FACTS = (
    "dlsuite", "python", "tensorflow", "keras", "mlflow", "numpy", "platform", "cpus", "device",
    "host", "git_commit", "git_dirty",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """One of the runs.

    Attributes:
        letter: `A` for the first, which the others are compared with.
        record: The run.
    """

    letter: str
    record: RunRecord

    @property
    def title(self) -> str:
        """Such as `A digits_lenet5 1a2b3c4d`."""
        return f"{self.letter} {self.record.name} {self.record.run_id[:8]}"

    @cached_property
    def artifacts(self) -> frozenset[str]:
        """Names of all that it keeps."""
        return frozenset(self.record.artifacts())

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """Dotted key -> value, defaults and overrides included; keys that say nothing left out."""
        return dict(_flat(self._json("recipe.resolved.json") or {}))

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The recipe's `data`, as plain values."""
        return (self._json("recipe.resolved.json") or {}).get("data", {})

    @cached_property
    def separator(self) -> str:
        """What stands between the labels of an example, where there can be several."""
        info = self._json("info.json")
        target = info.get("target") if isinstance(info, Mapping) else None
        learned = target.get("separator") if isinstance(target, Mapping) else None
        return learned or self.data.get("source", {}).get("label_separator") or "|"

    @cached_property
    def surroundings(self) -> dict[str, str]:
        """Versions, commit, machine, and the hash of each split's examples."""
        resumed = self.record.tags.get("resumed")
        facts = self._json(f"environment.{resumed}.json" if resumed else "environment.json") or {}
        known = {name: str(facts[name]) for name in FACTS if name in facts}
        hashes = (self._json("splits.json") or {}).get("hashes", {})
        return known | {f"data, {split}": value[:12] for split, value in hashes.items()}

    @cached_property
    def epochs(self) -> list[dict[str, float]]:
        """What every epoch measured; empty where it is not known."""
        if "history.json" in self.artifacts:
            return self._json("history.json")
        found: dict[int, dict[str, float]] = {}
        for name in self.record.metrics:
            if name.startswith(EPOCH):
                for step, value in self.record.history(name):
                    found.setdefault(step, {})[name.removeprefix(EPOCH)] = value
        return [found[step] for step in sorted(found)]

    @cached_property
    def splits(self) -> tuple[str, ...]:
        """Splits with a per-example table and scores."""
        tables = (name for name in self.artifacts if name.startswith("examples/"))
        named = (name.removeprefix("examples/").removesuffix(".csv") for name in tables)
        return tuple(sorted(name for name in named if kept_values(self.record, name)))

    def scores(self, split: str) -> Scores:
        """Scores of a split with their table; of `test` the held-out answers where there is none.

        Those of held-out answers are of all of them together, not the means over the folds.

        Raises:
            KeyError: It has neither.
        """
        kept = self.kept_as(split)
        if kept is None:
            raise KeyError(split)
        return kept_scores(self.record, kept)

    def kept_as(self, split: str) -> str | None:
        """Under which name it has the answers of a split, None where it has none."""
        if split in self.splits:
            return split
        return HELD_OUT if split == "test" and HELD_OUT in self.splits else None

    @cached_property
    def cost(self) -> dict[str, float]:
        """Size, latency and time, as far as they are known."""
        known = {name: self.record.metrics[name] for name in COSTS if name in self.record.metrics}
        times = [epoch["seconds"] for epoch in self.epochs if "seconds" in epoch]
        known |= {"seconds": self.record.duration, "epochs": float(len(self.epochs))}
        return known | ({"seconds_per_epoch": sum(times) / len(times)} if times else {})

    def _json(self, name: str) -> Any:
        if name not in self.artifacts:
            return None
        return json.loads(self.record.artifact(name).read_text(encoding="utf-8"))


def sides_of(records: Sequence[RunRecord]) -> tuple[Side, ...]:
    """The runs with their letters.

    Raises:
        ValueError: There are not from 2 to 26 of them.
    """
    if not 2 <= len(records) <= len(string.ascii_uppercase):
        raise ValueError(
            f"From 2 to {len(string.ascii_uppercase)} runs can be compared. "
            f"Received: {len(records)}."
        )
    return tuple(map(Side, string.ascii_uppercase, records))


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys; a list of scalars is one value, and what is null or empty none."""
    for key, inner in value.items():
        if isinstance(inner, list) and any(isinstance(item, Mapping | list) for item in inner):
            inner = {str(index): item for index, item in enumerate(inner)}
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{key}.")
        elif inner is not None and inner != []:
            yield f"{prefix}{key}", inner
