"""What the train error is compared with: a level that was given, what a baseline reaches, or 0."""

from __future__ import annotations

from typing import NamedTuple

from dlsuite.strategy.errors import Difference, Scale, SplitError, above, side_by_side
from dlsuite.strategy.settings import ReferenceLevel


class Reference(NamedTuple):
    """Error level taken as unavoidable, and where it comes from."""

    value: float
    source: str


# A perfect classifier can be imagined; a target with noise in it cannot be foretold.
NO_REFERENCE = Reference(0.0, "none was given, so 0 is taken: part of the bias may be unavoidable")
UNKNOWN_NOISE = Reference(
    0.0, "none was given, so 0 is taken: how much of the train error is noise is not known"
)


def avoidable_bias(
    train: SplitError,
    given: ReferenceLevel | None,
    rival: SplitError | None,
    rival_name: str,
    scale: Scale,
    threshold: float,
    seed: int,
) -> tuple[Reference, Difference]:
    """The reference, and how far train is above it; below 0 where the net fits better.

    What a baseline reaches on train can be reached: without a given level it is the reference of a
    regression, whose noise nobody knows, unless the baseline explains no more than `threshold` of
    the variance, as the mean. A classification is then compared with 0.
    """
    if given is not None:
        return Reference(given.value, given.source), above(train, given.value, seed)
    if scale.unit is None:
        return NO_REFERENCE, above(train, 0.0, seed)
    if rival is None or rival.value >= 1 - threshold:
        return UNKNOWN_NOISE, above(train, 0.0, seed)
    reference = Reference(rival.value, f"the train error of {rival_name}")
    return reference, side_by_side(train, rival, seed)
