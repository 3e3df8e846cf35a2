"""Boxes that are neither to be found nor wrong when found, such as crowds, in what nets learn from.

Labels of a batch are classes from 0, -1 where there is no box, and `-2 - class` of ignored ones.
"""

from __future__ import annotations

from keras import ops

from dlsuite.ops.boxes import shares_inside
from dlsuite.types import Tensor

ABSENT = -1
INSIDE = 0.5  # share of a region from which an ignored box is what it shows


def as_ignored(labels: Tensor) -> Tensor:
    """Labels of ignored boxes from classes, and classes from labels of ignored boxes."""
    return -2 - labels


def are_ignored(labels: Tensor) -> Tensor:
    """Which boxes are there and ignored, bool of the form of `labels`."""
    return labels < ABSENT


def shows_ignored(regions: Tensor, boxes: Tensor, labels: Tensor) -> Tensor:
    """Which regions lie by half or more in an ignored box, so that they are no background.

    COCO's evaluation counts as a hit on a crowd what overlaps it so.

    Args:
        regions: In pixels, `[..., N, 4]`.
        boxes: In pixels, `[..., M, 4]`.
        labels: Of the boxes, `[..., M]`.

    Returns:
        bool `[..., N]`.
    """
    inside = shares_inside(regions, boxes) >= INSIDE  # [..., N, M]
    return ops.any(inside & ops.expand_dims(are_ignored(labels), -2), axis=-1)
