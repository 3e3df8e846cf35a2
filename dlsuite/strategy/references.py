"""What the train error is compared with: a level that was given, what a baseline reaches, or 0."""

from __future__ import annotations

from typing import NamedTuple

from dlsuite.strategy.errors import Bounds, Difference, Scale, SplitError, above, side_by_side
from dlsuite.strategy.people import People, level_of
from dlsuite.strategy.settings import HumanLevel, ReferenceLevel


class Reference(NamedTuple):
    """Error level taken as unavoidable, where it comes from, and its 95 % interval where known."""

    value: float
    source: str
    interval: Bounds | None = None


# A perfect classifier can be imagined; a target with noise in it cannot be foretold.
NO_REFERENCE = Reference(0.0, "none was given, so 0 is taken: part of the bias may be unavoidable")
UNKNOWN_NOISE = Reference(
    0.0, "none was given, so 0 is taken: how much of the train error is noise is not known"
)


def human_level(human: HumanLevel | People | None, scale: Scale, seed: int) -> Reference | None:
    """Error of people, as it was given or as it follows from their answers.

    Raises:
        ValueError: Answers are named in a file and were not read.
    """
    if human is None:
        return None
    if isinstance(human, People):
        (value, low, high), of = level_of(human, seed)
        unit = scale.unit or 1.0
        source = f"{of} on {human.examples:,} examples, {human.source}"
        return Reference(value / unit, source, (low / unit, high / unit))
    if human.value is None:
        raise ValueError(
            "`human` must have a value, or be `people` made of the labels. Received: the file "
            f"{human.labels}."
        )
    return Reference(human.value, human.source)


def avoidable_bias(
    train: SplitError,
    given: ReferenceLevel | None,
    human: Reference | None,
    rival: SplitError | None,
    rival_name: str,
    scale: Scale,
    threshold: float,
    seed: int,
) -> tuple[Reference, Difference]:
    """The reference, and how far train is above it; below 0 where the net fits better.

    Of a reachable error and human level the lower one is the reference: both can be reached. What a
    baseline reaches on train can be reached too: without a given level it is the reference of a
    regression, whose noise nobody knows, unless the baseline explains no more than `threshold` of
    the variance, as the mean. A classification is then compared with 0.
    """
    levels = [] if given is None else [Reference(given.value, given.source)]
    if human is not None:
        levels.append(human._replace(source=f"human level, {human.source}"))
    if levels:
        reference = min(levels, key=lambda level: level.value)
        return reference, above(train, reference.value, seed, of_level=reference.interval)
    if scale.unit is None:
        return NO_REFERENCE, above(train, 0.0, seed)
    if rival is None or rival.value >= 1 - threshold:
        return UNKNOWN_NOISE, above(train, 0.0, seed)
    reference = Reference(rival.value, f"the train error of {rival_name}")
    return reference, side_by_side(train, rival, seed)
