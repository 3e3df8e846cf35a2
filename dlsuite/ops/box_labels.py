"""Labels of boxes in a batch: a class from 0, -1 for no box, `-2 - class` for an ignored one.

An ignored box is neither to be found nor wrong when found, such as a crowd.
"""

from __future__ import annotations

from dlsuite.types import Tensor

ABSENT = -1


def as_ignored(labels: Tensor) -> Tensor:
    """Labels of ignored boxes from classes, and classes from labels of ignored boxes."""
    return -2 - labels


def are_ignored(labels: Tensor) -> Tensor:
    """Which boxes are there and ignored, bool of the form of `labels`."""
    return labels < ABSENT
