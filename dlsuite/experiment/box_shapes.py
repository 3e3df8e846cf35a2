"""Which shapes the boxes of train have, as the net sees them: the anchors of a detector."""

from __future__ import annotations

import numpy as np

from dlsuite.data import DataError, Examples
from dlsuite.data.box_rows import to_be_found
from dlsuite.ops.anchors import kmeans_anchors, shape_iou
from dlsuite.ops.letterboxing import into_letterbox

Anchors = tuple[tuple[float, float], ...]


def anchors_of(
    train: Examples, target: tuple[int, int], wanted: int | Anchors
) -> tuple[Anchors, float]:
    """Anchors, smallest area first, and the mean IoU of each box with the one that suits it best.

    Args:
        train: With `boxes`, `labels`, `ignored` and `size`.
        target: (height, width) of the letterboxed picture, in whose pixels anchors are.
        wanted: Their number, to be found by k-means; or the anchors themselves. Where boxes have
            fewer different shapes than that, the largest is repeated.

    Raises:
        DataError: Train has no box.
    """
    shapes = _shapes(train, target)
    if not isinstance(wanted, int):
        return wanted, float(shape_iou(shapes, wanted).max(axis=1).mean())
    found, fit = kmeans_anchors(shapes, min(wanted, len(np.unique(shapes, axis=0))))
    pairs = [(float(width), float(height)) for width, height in found]
    return tuple(pairs + [pairs[-1]] * (wanted - len(pairs))), float(fit)


def _shapes(examples: Examples, target: tuple[int, int]) -> np.ndarray:
    """(width, height) of all boxes, `[N, 2]`."""
    rows = examples.rows
    boxes = np.asarray(into_letterbox(rows["boxes"], rows["size"], target))
    there = boxes[to_be_found(rows)]
    if not len(there):
        raise DataError("Train must have a box to learn from. Received: pictures without any.")
    return there[:, 2:] - there[:, :2]
