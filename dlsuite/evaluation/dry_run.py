"""What an evaluation would score, before it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Foreseen:
    """A model and the labelled data that it would be scored on.

    Attributes:
        model: Id of the run whose model it is.
        model_name: Its name.
        data: Name of the data, such as its path.
        split: `all`, or the part that would be scored.
        count: Its examples.
        classes: How many of them are of each class or have each label; empty for numbers.
        against: Split of the run that scores would be compared with; None where it has none.
        against_count: Its examples.
        notes: What a person should know of how the data was read.
    """

    model: str
    model_name: str
    data: str
    split: str
    count: int
    classes: Mapping[str, int]
    against: str | None
    against_count: int
    notes: tuple[str, ...]
