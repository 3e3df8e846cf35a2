"""The gaps between reference, train, train-dev, dev and test errors, each aimed at one cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlsuite.strategy.errors import Bounds, SplitError, difference, exactly

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
    errors: Mapping[str, SplitError], reference: float, threshold: float
) -> dict[str, Gap]:
    """Gaps by name, in the order in which the course closes them.

    A gap counts when it is larger than `threshold` and its interval lies above 0; plain numbers
    carry no interval, so there the threshold alone decides.

    Args:
        errors: By split: `train`, `dev` and perhaps `train_dev` and `test`.
        reference: Error that is taken as unavoidable, on the same scale, known exactly.
        threshold: Same scale.
    """
    known = {"reference": exactly(reference), **errors}
    seen = "train_dev" if "train_dev" in errors else "dev"
    pairs = [
        ("bias", "avoidable bias", "train", "reference"),
        ("variance", "variance", seen, "train"),
        ("mismatch", "data mismatch", "dev", "train_dev"),
        ("dev overfitting", "dev-test gap", "test", "dev"),
    ]
    gaps = {}
    for name, title, later, earlier in pairs:
        if later in known and earlier in known:
            value, interval = difference(known[later], known[earlier])
            status = _status(value, interval, threshold)
            gaps[name] = Gap(name, title, (later, earlier), value, interval, status)
    return gaps


def _status(value: float, interval: Bounds | None, threshold: float) -> str:
    # Rounded: 0.05 - 0.03 is not past 0.02.
    if round(value, 12) <= threshold:
        return SMALL
    return COUNTS if interval is None or interval[0] > 0 else NOISE
