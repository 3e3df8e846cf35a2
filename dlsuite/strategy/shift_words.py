"""Plain words for how a distribution moved."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dlsuite.strategy.two_samples import counted

SHIFTED = 0.1  # standard deviations from which a mean is said to have moved
WIDER, NARROWER = 1.25, 0.8  # times the standard deviation from which a spread has changed
SHOWN = 2  # categories named of those that became more, and of those that became fewer
CHANGED = 0.005  # a share that moves by less is not named


class Direction(NamedTuple):
    """How one speaks of a number: what it is a fact of, and what more and less of it are called."""

    subject: str
    more: str
    less: str


def number_words(
    name: str, before: np.ndarray, after: np.ndarray, direction: Direction | None
) -> str:
    """Such as `Pictures are darker by 0.8 standard deviations (mean brightness 0.21, was 0.35).`"""
    old, new = float(before.mean()), float(after.mean())
    spread, now = float(before.std()), float(after.std())
    if spread == 0:
        return f"{name} was always {_number(old)} and is {_number(new)} on average."
    moved = (new - old) / spread
    if abs(moved) >= SHIFTED:
        told = direction or Direction(f"{name}:", "higher", "lower")
        verb = " are " if direction else " "
        return (
            f"{told.subject}{verb}{told.more if moved > 0 else told.less} by {abs(moved):.1f} "
            f"standard deviations (mean {name} {_number(new)}, was {_number(old)})."
        )
    if not NARROWER <= now / spread <= WIDER:
        what = "more" if now > spread else "less"
        return (
            f"{name} varies {what}: its standard deviation is {now / spread:.2g} times what it was."
        )
    return f"{name} is distributed otherwise about the same mean, {_number(new)}."


def category_words(
    name: str, before: np.ndarray, after: np.ndarray, direction: Direction | None = None
) -> str:
    """Such as `label: more 3 (35 %, was 10 %), fewer 1 (2 %, was 10 %).`"""
    names, counts = counted(before, after)
    old, new = counts / counts.sum(axis=1, keepdims=True)
    by_change = np.argsort(new - old, kind="stable")
    more = [i for i in by_change[::-1][:SHOWN] if new[i] - old[i] >= CHANGED]
    fewer = [i for i in by_change[:SHOWN] if old[i] - new[i] >= CHANGED]
    parts = []
    for word, chosen in (("more", more), ("fewer", fewer)):
        listed = [f"{names[i]} ({_share(new[i])}, was {_share(old[i])})" for i in chosen]
        parts += [f"{word} {' and '.join(listed)}"] if listed else []
    unseen = new[counts[0] == 0].sum()
    if unseen > 0:
        parts.append(f"{_share(unseen)} have values that were not there before")
    return f"{name}: {', '.join(parts) or 'the same shares'}."


def joint_words(chance: float) -> str:
    """What the chance of a classifier to tell new from old means."""
    return (
        f"A classifier that sees one new and one old example knows in {_share(chance)} of cases "
        "which is which (50 % is guessing): the inputs differ as a whole."
    )


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _share(value: float) -> str:
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.1f} %"
