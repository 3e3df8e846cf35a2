"""Whether a change moved the gap that it aimed at, and what it did to the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlsuite.strategy.errors import Bounds, Difference, Scale, SplitError, less, side_by_side

# Gap -> its later and its earlier error; the reference does not move.
ENDS = {
    "bias": ("train", None),
    "variance": ("dev", "train"),
    "mismatch": ("dev", "train_dev"),
}
NARROWED, NOT_MOVED, WIDENED = "narrowed", "not moved beyond noise", "widened"


@dataclass(frozen=True)
class Move:
    """How far a gap, or an error, went from one run to another.

    Attributes:
        name: Of the gap, or of the split.
        before: In the first run, on the scale of the errors.
        after: In the other.
        interval: 95 % bounds of after - before; None where errors are plain numbers.
        finding: `narrowed`, `not moved beyond noise` or `widened`.
    """

    name: str
    before: float
    after: float
    interval: Bounds | None
    finding: str

    @property
    def by(self) -> float:
        """after - before: below 0 where it became better."""
        return self.after - self.before

    def text(self, scale: Scale) -> str:
        """Such as `bias 12.0 % -> 7.1 %, by -4.9 % (95 % interval -7.2 to -2.5 %): narrowed`."""
        said = f"{self.name} {scale.text(self.before)} -> {scale.text(self.after)}"
        if self.interval is None:
            return f"{said}: {self.finding}"
        return (
            f"{said}, by {scale.text(self.by)} (95 % interval {scale.between(self.interval)}): "
            f"{self.finding}"
        )


def moved(
    gap: str,
    before: Mapping[str, SplitError],
    after: Mapping[str, SplitError],
    reference: float,
    seed: int = 0,
) -> Move:
    """How far a gap went from one run to another.

    The change of each error is taken example by example where both runs answered the same ones;
    those of two splits are of independent examples.

    Args:
        gap: `bias`, `variance` or `mismatch`; variance ends at train-dev where there is one.
        before: Errors of the first run by split.
        after: Of the other.
        reference: The error that bias begins at.
        seed: Of the bootstrap.

    Raises:
        ValueError: Another gap, or one whose splits are missing.
    """
    if gap not in ENDS:
        raise ValueError(f"`gap` must be one of {', '.join(ENDS)}. Received: {gap!r}.")
    later, earlier = ENDS[gap]
    if gap == "variance" and "train_dev" in before:
        later = "train_dev"
    missing = {later, earlier or later} - (set(before) & set(after))
    if missing:
        raise ValueError(
            f"{gap} needs errors on {', '.join(sorted(missing))} of both runs. Received: none."
        )
    start, end = before[later].value, after[later].value
    change = side_by_side(after[later], before[later], seed)
    if earlier is None:
        return _move(gap, start - reference, end - reference, change)
    other = side_by_side(after[earlier], before[earlier], seed + 1)
    first, then = start - before[earlier].value, end - after[earlier].value
    return _move(gap, first, then, less(change, other))


def error_moved(
    split: str, before: Mapping[str, SplitError], after: Mapping[str, SplitError], seed: int = 0
) -> Move:
    """How far the error of one split went."""
    change = side_by_side(after[split], before[split], seed)
    return _move(f"{split} error", before[split].value, after[split].value, change)


def _move(name: str, before: float, after: float, change: Difference) -> Move:
    bounds = change.interval
    if bounds is None:
        finding = NARROWED if after < before else WIDENED if after > before else NOT_MOVED
    else:
        finding = NARROWED if bounds[1] < 0 else WIDENED if bounds[0] > 0 else NOT_MOVED
    return Move(name, before, after, bounds, finding)
