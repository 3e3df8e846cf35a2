"""Which cells and anchors of YOLO's grids answer for a box, and which box their answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from dlsuite.types import Tensor

FARTHEST = 4.0  # times the anchor's width or height that a box may have (YOLOv5's `anchor_t`)


@dataclass(frozen=True)
class Cells:
    """Every anchor of every cell of every grid, N in all: grid, row, column, anchor.

    Attributes:
        places: Column and row of the cell, `[N, 2]`.
        extents: Width and height of a cell in pixels, `[N, 2]`.
        anchors: Width and height of the anchor in pixels, `[N, 2]`.
        shares: One divided by how many of the N are of the same grid, `[N]`.
        kinds: For each of T pairs (grid, anchor of it) the columns and rows of the grid, the
            number of the first of its N, the grid's number of anchors, `[T, 4]`.
        kind_extents: Cells of the pairs in pixels, `[T, 2]`.
        kind_anchors: Anchors of the pairs in pixels, `[T, 2]`.
    """

    places: np.ndarray
    extents: np.ndarray
    anchors: np.ndarray
    shares: np.ndarray
    kinds: np.ndarray
    kind_extents: np.ndarray
    kind_anchors: np.ndarray


def cells(
    size: tuple[int, int], grids: Sequence[tuple[int, int]], anchors: Sequence[np.ndarray]
) -> Cells:
    """Lays grids over a picture.

    Args:
        size: Height and width of the picture in pixels.
        grids: Rows and columns of each grid.
        anchors: Widths and heights in pixels, `[A, 2]` for each grid.
    """
    slots: list[tuple[np.ndarray, ...]] = []
    kinds: list[tuple[np.ndarray, ...]] = []
    first = 0
    for (rows, columns), shapes in zip(grids, anchors, strict=True):
        count, number = len(shapes), rows * columns * len(shapes)
        extent = (size[1] / columns, size[0] / rows)
        row, column, _ = np.indices((rows, columns, count)).reshape(3, -1)
        slots.append(
            (
                np.stack([column, row], axis=-1),
                np.tile(extent, (number, 1)),
                np.tile(shapes, (rows * columns, 1)),
                np.full(number, 1 / number),
            )
        )
        pairs = [(columns, rows, first + anchor, count) for anchor in range(count)]
        kinds.append((np.array(pairs), np.tile(extent, (count, 1)), np.asarray(shapes)))
        first += number
    places, extents, widths, shares = (
        np.concatenate(part).astype("float32") for part in zip(*slots, strict=True)
    )
    kind, kind_extents, kind_anchors = (np.concatenate(part) for part in zip(*kinds, strict=True))
    return Cells(
        places,
        extents,
        widths,
        shares,
        kind.astype("int32"),
        kind_extents.astype("float32"),
        kind_anchors.astype("float32"),
    )


def decoded(raw: Tensor, places: Tensor, extents: Tensor, anchors: Tensor) -> Tensor:
    """The boxes that raw numbers of cells mean.

    With σ the logistic function the centre is `place + 2σ(t) - 1/2` cells, so that it can lie half
    a cell outside, and the side `(2σ(t))²` anchors (Bochkovskiy et al. 2020 and YOLOv5).

    Args:
        raw: t of x, y, width, height, `[..., 4]`.
        places: Column and row of the cells, `[..., 2]`.
        extents: Width and height of a cell in pixels, `[..., 2]`.
        anchors: Width and height of the anchors in pixels, `[..., 2]`.

    Returns:
        Boxes in pixels, `[..., 4]`.
    """
    twice = 2 * ops.sigmoid(raw)  # [..., 4]
    middle = (places + twice[..., :2] - 0.5) * extents
    half = anchors * ops.square(twice[..., 2:]) / 2
    return ops.concatenate([middle - half, middle + half], axis=-1)


def responsible(grids: Cells, boxes: Tensor, neighbours: bool = True) -> tuple[Tensor, Tensor]:
    """Which of the N answer for each box.

    In every grid the cell that holds its centre, and by choice the two beside it that are nearest
    to the centre, across and up or down. Of the anchors those whose width and height are within a
    factor of 4 of the box's, and always the one of best overlap when both stand at one place.

    Args:
        grids: The N.
        boxes: In pixels, `[B, M, 4]`; of those without extent nothing is said.
        neighbours: Whether cells beside answer too.

    Returns:
        Numbers among the N, int32 `[B, M, P]`, and whether it does answer, bool `[B, M, P]`.
    """
    sides = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)[..., None, :]  # [B, M, 1, 2]
    middle = ((boxes[..., :2] + boxes[..., 2:]) / 2)[..., None, :] / grids.kind_extents
    most = grids.kinds[:, :2] - 1  # [T, 2]
    own = ops.cast(ops.clip(ops.floor(middle), 0, most.astype("float32")), "int32")
    nearer = ops.where(middle - ops.cast(own, middle.dtype) < 0.5, own - 1, own + 1)
    places = [own]  # [B, M, T, 2]
    if neighbours:
        places += [
            ops.stack([nearer[..., 0], own[..., 1]], axis=-1),
            ops.stack([own[..., 0], nearer[..., 1]], axis=-1),
        ]
    place = ops.stack(places, axis=-2)  # [B, M, T, 3, 2]
    inside = ops.all((place >= 0) & (place <= most[:, None]), axis=-1)
    columns, first, count = (grids.kinds[:, index, None] for index in (0, 2, 3))
    number = first + (place[..., 1] * columns + place[..., 0]) * count  # [B, M, T, 3]
    answers = inside & _alike(grids, sides)[..., None]
    shape = (*ops.shape(boxes)[:2], len(grids.kinds) * len(places))
    return (
        ops.reshape(ops.where(inside, number, 0), shape),
        ops.reshape(answers, shape),
    )


def _alike(grids: Cells, sides: Tensor) -> Tensor:
    """Which anchors have the shape of a box, of sides `[B, M, 1, 2]`: bool `[B, M, T]`."""
    ratio = sides / grids.kind_anchors  # [B, M, T, 2]
    near = ops.max(ops.maximum(ratio, 1 / ratio), axis=-1) < FARTHEST
    shared = ops.prod(ops.minimum(sides, grids.kind_anchors), axis=-1)
    union = ops.prod(sides, axis=-1) + ops.prod(grids.kind_anchors, axis=-1) - shared
    best = ops.argmax(shared / union, axis=-1)  # [B, M]
    return near | (best[..., None] == np.arange(len(grids.kinds)))
