"""The space that a sweep searches: ranges by dotted key, their values, their points."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dlsuite.recipe import plain
from dlsuite.strategy.sweep_settings import Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

GOLDEN = (5**0.5 - 1) / 2  # a share of a range that is next to no whole number


@dataclass(frozen=True)
class Space:
    """Ranges by dotted key, each with its `kind` known.

    Params are what Optuna holds: numbers, and choices as JSON text, as it takes no lists or blocks.
    Overrides are what a recipe takes.
    """

    ranges: Mapping[str, Range]

    @cached_property
    def distributions(self) -> dict[str, BaseDistribution]:
        """The ranges as Optuna has them."""
        return {path: _distribution(one) for path, one in self.ranges.items()}

    def overrides(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Dotted changes to the recipe that params mean."""
        return {path: self.value(path, params[path]) for path in self.ranges}

    def value(self, path: str, param: Any) -> Any:
        """The value of a key that a param means."""
        one = self.ranges[path]
        if one.choices is not None:
            return json.loads(param)
        return _plain(param) if one.step is not None and isinstance(param, float) else param

    def grid(self) -> Iterator[dict[str, Any]]:
        """The params of every point, the last key changing fastest."""
        levels = [_levels(one) for one in self.ranges.values()]
        for point in itertools.product(*levels):
            yield dict(zip(self.ranges, point, strict=True))

    @property
    def points(self) -> int | None:
        """How many points there are; None where they cannot be counted."""
        counts = [_count(one) for one in self.ranges.values()]
        return None if None in counts else math.prod(filter(None, counts))

    def text(self) -> dict[str, str]:
        """Each range in words, such as `0.0001 to 0.1, log`."""
        return {path: _words(one) for path, one in self.ranges.items()}


def ends(one: Range) -> dict[str, Any]:
    """The values that must fit the recipe: `low`, `high`, or `choices.0`, …"""
    if one.choices is not None:
        return {f"choices.{index}": plain(value) for index, value in enumerate(one.choices)}
    return {"low": typed(one, one.low), "high": typed(one, one.high)}


def between(one: Range) -> float:
    """A value between the ends that is no whole number."""
    assert one.low is not None
    assert one.high is not None
    inside = one.low + (one.high - one.low) * GOLDEN
    return inside if inside != int(inside) else inside + 0.5


def typed(one: Range, value: Any) -> Any:
    """A number as the key takes it, by `kind`."""
    return int(value) if one.kind == "int" else float(value)


def label(value: Any) -> str:
    """A choice as Optuna holds it."""
    return json.dumps(plain(value), sort_keys=True)


def _distribution(one: Range) -> BaseDistribution:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if one.choices is not None:
        return CategoricalDistribution([label(value) for value in one.choices])
    low, high, log = typed(one, one.low), typed(one, one.high), one.scale == "log"
    if one.kind == "int":
        return IntDistribution(low, high, log=log, step=int(one.step or 1))
    return FloatDistribution(low, high, log=log, step=None if one.step is None else float(one.step))


def _levels(one: Range) -> list[Any]:
    if one.choices is not None:
        return [label(value) for value in one.choices]
    count = _count(one)
    assert count is not None
    low, step = typed(one, one.low), one.step or 1
    if one.kind == "int":
        return [low + index * int(step) for index in range(count)]
    return [_plain(low + index * step) for index in range(count)]


def _plain(value: float) -> float:
    """A whole number of steps as people write it: 0.3, not 0.30000000000000004."""
    return float(f"{value:.12g}")


def _count(one: Range) -> int | None:
    if one.choices is not None:
        return len(one.choices)
    if one.step is None and (one.kind != "int" or one.scale == "log"):
        return None
    assert one.low is not None
    assert one.high is not None
    return round((one.high - one.low) / (one.step or 1)) + 1


def _words(one: Range) -> str:
    if one.choices is not None:
        return f"one of {', '.join(label(value) for value in one.choices)}"
    words = f"{typed(one, one.low):g} to {typed(one, one.high):g}"
    words += f" in steps of {one.step:g}" if one.step is not None else ""
    words += ", log" if one.scale == "log" else ""
    return f"{words}, whole numbers" if one.kind == "int" else words
