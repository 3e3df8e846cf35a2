"""The words and figures of a comparison, the same in a terminal and on a page."""

from __future__ import annotations

import json
from typing import Any

from dlsuite.studies.comparison import Comparison
from dlsuite.studies.disagreements import Disagreement
from dlsuite.studies.pairing import Difference

LIKELY = 0.05  # from here on equals would often split examples as unevenly
UNSET = "–"
# What a run cost, as its rows are called.
COSTS = {
    "parameters": "parameters",
    "size_mb": "size of the export, MB",
    "p50_latency_ms": "latency of an answer, median, ms",
    "p95_latency_ms": "latency of an answer, 95th percentile, ms",
    "seconds": "duration of the run, s",
    "epochs": "epochs",
    "seconds_per_epoch": "an epoch, s",
}


def headline(comparison: Comparison) -> list[str]:
    """A sentence for each other run: its first metric beside the first run's."""
    first = comparison.sides[0].letter
    return [
        _beside(first, comparison.of(side.letter)[0], comparison.split)
        for side in comparison.sides[1:]
    ]


def _beside(first: str, each: Difference, split: str) -> str:
    values = f"{each.metric} on {split} {figure(each.value)} against {figure(each.first)}"
    if each.interval is None:
        return f"{each.run} beside {first}: {values}."
    if each.finding == "identical":
        return f"{each.run} and {first} answer alike: {values}."
    _, low, high = (figure(bound, sign=True) for bound in each.interval)
    found = f"is {each.finding} than {first}"
    if each.finding == "not distinguishable from noise":
        found = f"is not distinguishable from {first}, as the difference may be noise"
    return f"{each.run} {found}: {values}, 95\u00a0% interval of the difference {low} to {high}."


def basis(comparison: Comparison, letter: str) -> str:
    """Which examples the differences of a run are on."""
    first, (kind, count) = comparison.sides[0].letter, comparison.basis[letter]
    on = {
        "the same examples": f"the same {count:,} examples",
        "the examples in common": f"the {count:,} examples that both answered",
    }.get(kind, "different examples")
    return (
        f"{letter} beside {first} on {comparison.split}: {on}. Differences are {letter} - {first}."
    )


def uneven(each: Disagreement) -> str:
    """What the counts of a disagreement say."""
    first, other = each.first, each.other
    if each.are_numbers:
        one, two = each.counts[f"{first} closer"], each.counts[f"{other} closer"]
        said = f"{first} is closer to the truth for {one:,} examples, {other} for {two:,}"
    else:
        one, two = each.counts[f"only {first} right"], each.counts[f"only {other} right"]
        said = f"Only {first} is right for {one:,} examples, only {other} for {two:,}"
    if each.p_value is None:
        return f"{said}."
    test = "sign test" if each.are_numbers else "exact McNemar test"
    word = "often" if each.p_value >= LIKELY else "rarely"
    return f"{said}: equals would {word} be as uneven (p = {each.p_value:.2g}, {test})."


def figure(value: float, *, sign: bool = False) -> str:
    """A score in four decimals, a large one in four digits; nothing for what is not known."""
    if value != value:
        return ""
    plus = "+" if sign else ""
    if abs(value) >= 1000:
        return f"{value:{plus},.0f}"
    return f"{value:{plus}.4f}" if abs(value) < 10 else f"{value:{plus}.4g}"


def cost_figure(value: float) -> str:
    """A count as it is, another figure in three digits; a dash for what is not known."""
    if value != value:
        return UNSET
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.3g}"


def listed(value: Any) -> str:
    """A value of a recipe as YAML would have it; a dash where there is none."""
    if value is None:
        return UNSET
    return value if isinstance(value, str) else json.dumps(value)


def answer(value: Any) -> str:
    """A cell of a table of answers."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.3f}" if abs(value) < 100 else f"{value:.4g}"
