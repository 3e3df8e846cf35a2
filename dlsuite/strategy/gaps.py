"""The gaps between reference, train, train-dev, dev and test errors, each aimed at one cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlsuite.strategy.errors import Bounds, Difference, SplitError, apart

COUNTS = "counts"
SMALL = "within the threshold"
NOISE = "not distinguishable from noise"


@dataclass(frozen=True)
class Gap:
    """How much worse the later of two neighbouring errors is.

    Args:
        name: The cause: `bias`, `variance`, `mismatch` or `dev overfitting`.
        title: The course's word for the quantity.
        of: The two errors, the later first: `("dev", "train")`.
        value: Their difference, on the scale of the errors.
        interval: 95 % bootstrap bounds; None where an error was given as a plain number.
        status: `counts`, `within the threshold` or `not distinguishable from noise`.
    """

    name: str
    title: str
    of: tuple[str, str]
    value: float
    interval: Bounds | None
    status: str

    @property
    def counts(self) -> bool:
        """Whether it is past the threshold and no accident of the sample."""
        return self.status == COUNTS


def find_gaps(
    errors: Mapping[str, SplitError], bias: Difference, threshold: float, seed: int
) -> dict[str, Gap]:
    """Gaps by name, in the order in which the course closes them.

    A gap counts when it is larger than `threshold` and its interval lies above 0; plain numbers
    carry no interval, so there the threshold alone decides.

    Args:
        errors: By split: `train`, `dev` and perhaps `train_dev` and `test`.
        bias: How far train is above the reference.
        threshold: On the scale of the errors.
        seed: Of the bootstrap.
    """
    seen = "train_dev" if "train_dev" in errors else "dev"
    pairs = [
        ("variance", "variance", seen, "train"),
        ("mismatch", "data mismatch", "dev", "train_dev"),
        ("dev overfitting", "dev-test gap", "test", "dev"),
    ]
    gaps = {"bias": _gap("bias", "avoidable bias", ("train", "reference"), bias, threshold)}
    for name, title, later, earlier in pairs:
        if later in errors and earlier in errors:
            found = apart(errors[later], errors[earlier], seed)
            gaps[name] = _gap(name, title, (later, earlier), found, threshold)
    return gaps


def _gap(name: str, title: str, of: tuple[str, str], found: Difference, threshold: float) -> Gap:
    # Rounded: 0.05 - 0.03 is not past 0.02.
    if round(found.value, 12) <= threshold:
        status = SMALL
    else:
        status = COUNTS if found.is_above_zero else NOISE
    return Gap(name, title, of, found.value, found.interval, status)
