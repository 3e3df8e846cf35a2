"""Anchors: the boxes that a detector starts from, on grids, on pyramids, and learned from data.

They depend on nothing but the size of the picture, so they are NumPy arrays, constants of a model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

STARTS = 5  # of k-means, the best of which is kept
MOST_ROUNDS = 300
MOST_SHAPES = 10_000  # that shapes are sought among, drawn of more; the fit is told of all


def anchor_shapes(sizes: Sequence[float], ratios: Sequence[float]) -> np.ndarray:
    """Shapes of every size in every ratio, as Faster R-CNN has nine of three by three.

    Args:
        sizes: Side of the square of the same area, in pixels.
        ratios: Height to width: 2 is twice as high as wide. Ren et al. 2015, section 3.1.1.

    Returns:
        float32 `[A, 2]`, (width, height) in pixels; all ratios of a size, then the next size.

    Raises:
        ValueError: A size or ratio that is not above 0, or none of them.
    """
    side, ratio = np.asarray(sizes, np.float64), np.asarray(ratios, np.float64)
    if not side.size or not ratio.size or min(side.min(), ratio.min()) <= 0:
        raise ValueError(
            "`sizes` and `ratios` must be numbers above 0, at least one of each. "
            f"Received: sizes={sizes}, ratios={ratios}."
        )
    root = np.sqrt(ratio)
    widths, heights = side[:, None] / root, side[:, None] * root  # [sizes, ratios]
    return np.stack([widths.ravel(), heights.ravel()], axis=-1).astype(np.float32)


def grid_anchors(grid: tuple[int, int], stride: float, shapes: ArrayLike) -> np.ndarray:
    """Every shape around the center of every cell of a grid.

    Args:
        grid: (rows, columns).
        stride: Pixels from one cell to the next.
        shapes: `[A, 2]`, (width, height) in pixels.

    Returns:
        Boxes, float32 `[rows * columns * A, 4]`, in the order row, column, shape; those at the
        border reach out of the picture.

    Raises:
        ValueError: Shapes of another form.
    """
    sides = np.asarray(shapes, np.float64)
    if sides.ndim != 2 or sides.shape[1] != 2:
        raise ValueError(f"`shapes` must be (width, height) pairs. Received: shape={sides.shape}.")
    y, x = ((np.arange(cells) + 0.5) * stride for cells in grid)
    middle = np.stack(np.meshgrid(x, y), axis=-1)[:, :, None]  # [rows, columns, 1, 2]
    boxes = np.concatenate([middle - sides / 2, middle + sides / 2], axis=-1)
    return boxes.reshape(-1, 4).astype(np.float32)


def pyramid_anchors(
    size: tuple[int, int], strides: Sequence[float], shapes_by_level: Sequence[ArrayLike]
) -> np.ndarray:
    """Anchors of several grids on one picture, one after the other.

    Args:
        size: (height, width) of the picture in pixels; a last cell may reach out of it.
        strides: Pixels a cell, for each level.
        shapes_by_level: `[A, 2]` for each level.

    Returns:
        Boxes, float32 `[N, 4]`, the levels in the order given.

    Raises:
        ValueError: Not one list of shapes a stride.
    """
    if len(strides) != len(shapes_by_level):
        raise ValueError(
            "`shapes_by_level` must have one entry for each stride. "
            f"Received: {len(shapes_by_level)} for {len(strides)} strides."
        )
    levels = []
    for stride, shapes in zip(strides, shapes_by_level, strict=True):
        grid = int(np.ceil(size[0] / stride)), int(np.ceil(size[1] / stride))
        levels.append(grid_anchors(grid, stride, shapes))
    return np.concatenate(levels)


def shape_iou(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """IoU of every pair of shapes laid on one corner: `[N, 2]` and `[M, 2]` give `[N, M]`."""
    first, second = np.asarray(a, np.float64)[:, None], np.asarray(b, np.float64)[None]
    shared = np.minimum(first, second).prod(axis=-1)
    return shared / (first.prod(axis=-1) + second.prod(axis=-1) - shared)


def kmeans_anchors(shapes: ArrayLike, count: int, seed: int = 0) -> tuple[np.ndarray, float]:
    """The shapes that suit a collection of boxes best, found by k-means.

    The distance is 1 - IoU, as large boxes would else count for more: Redmon and Farhadi 2017
    (YOLO9000), section 2, where 5 shapes reach a mean best IoU of 0.61 on VOC. A center is the
    median of its boxes' sides; their mean, which the largest pull, fits less well. Begins several
    times, each spread out as k-means++ does, and keeps the best. Of more than 10,000 shapes as many
    are drawn, which differ little from all.

    Args:
        shapes: `[N, 2]`, (width, height) of the boxes in pixels of the picture that the model sees.
        count: Shapes to find.
        seed: Of the draws.

    Returns:
        (float32 `[count, 2]` by rising area, mean over the boxes of the IoU with the best of them).

    Raises:
        ValueError: Sides not above 0, or fewer different shapes than `count`.
    """
    sides = np.asarray(shapes, np.float64)
    if sides.ndim != 2 or sides.shape[1] != 2 or not (np.isfinite(sides) & (sides > 0)).all():
        raise ValueError(
            "`shapes` must be (width, height) pairs of finite numbers above 0. "
            f"Received: shape={sides.shape}, from {sides.min()} to {sides.max()}."
        )
    different = len(np.unique(sides, axis=0))
    if not 1 <= count <= different:
        raise ValueError(
            f"`count` must be from 1 to the {different} different shapes there are. "
            f"Received: count={count}."
        )
    rng = np.random.default_rng(seed)
    some = sides
    if len(sides) > MOST_SHAPES:
        drawn = rng.choice(sides, MOST_SHAPES, replace=False)
        some = drawn if len(np.unique(drawn, axis=0)) >= count else sides
    found = [_settled(some, _spread(some, count, rng)) for _ in range(STARTS)]
    anchors = max(found, key=lambda each: _mean_best(some, each))
    anchors = anchors[np.argsort(anchors.prod(axis=1), kind="stable")].astype(np.float32)
    return anchors, _mean_best(sides, anchors)


def _spread(sides: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """First centers: each drawn among the boxes with the odds of its squared distance."""
    centers = sides[rng.integers(len(sides))][None]
    while len(centers) < count:
        odds = np.square(1 - shape_iou(sides, centers).max(axis=1))
        # What rounding leaves between equal shapes is no distance.
        odds[odds < 1e-24] = 0
        centers = np.vstack([centers, sides[rng.choice(len(sides), p=odds / odds.sum())]])
    return centers


def _settled(sides: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """The best centers on the way: medians of sides do not lower this distance for certain."""
    best, best_score, belongs = centers, _mean_best(sides, centers), None
    for _ in range(MOST_ROUNDS):
        now = shape_iou(sides, centers).argmax(axis=1)  # [N]
        if belongs is not None and np.array_equal(now, belongs):
            break
        belongs = now
        # A center that nothing belongs to stays where it is.
        centers = centers.copy()
        for number in np.unique(belongs):
            centers[number] = np.median(sides[belongs == number], axis=0)
        score = _mean_best(sides, centers)
        if score > best_score:
            best, best_score = centers, score
    return best


def _mean_best(sides: np.ndarray, anchors: np.ndarray) -> float:
    return float(shape_iou(sides, anchors).max(axis=1).mean())
