"""What is published of an architecture, as data that stands in its own file under `PAPER`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PHOTOGRAPH = (224, 224, 3)


@dataclass(frozen=True)
class Form:
    """One form of a net, with the number of its parameters that others have published.

    Attributes:
        name: Such as `depth 50`, its own within the paper.
        parameters: The published number, trainable parameters alone.
        source: Who counted so, and what the paper itself prints.
        choices: Keyword arguments of the builder that make the form.
        input_shape: `(H, W, C)` that it is counted with.
        num_classes: That it is counted with.
        without: Names of layers whose parameters the number leaves out.
    """

    name: str
    parameters: int
    source: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    input_shape: tuple[int, ...] = PHOTOGRAPH
    num_classes: int = 1000
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paper:
    """Where an architecture comes from and what of it is published.

    Attributes:
        authors: As they are cited.
        title: Of the paper.
        year: In which it came out.
        venue: Where it came out, with its arXiv number if it has one.
        forms: Those with a published number of parameters; the data of the first is the usual one.
        stages: Names of layers that `features` is asked for, in order, as the builder's defaults
            make them.
        smallest: Side in pixels of the smallest image that the builder's defaults take; None where
            any shape will do.
    """

    authors: str
    title: str
    year: int
    venue: str
    forms: tuple[Form, ...] = ()
    stages: tuple[str, ...] = ()
    smallest: int | None = None
