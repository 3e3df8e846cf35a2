"""Boxes as tensors: their overlaps, other forms of them, and the steps between two of them.

A box is `(x_min, y_min, x_max, y_max)` in pixels; its edges are lines, so it is `x_max - x_min`
wide. One whose edges are out of order is empty. `keras.utils.bounding_boxes` has a part of this;
what is here takes any leading axes, divides without an epsilon and has no NaN in the gradient where
a box is empty, as padding is.
"""

from __future__ import annotations

import math

import keras
from keras import ops

from dlsuite.types import Tensor

# The most that a side grows by, as a logarithm: from 16 to 1000 pixels (Detectron's bound).
MOST_GROWTH = math.log(1000 / 16)
LEAST_SIDE = 1e-6  # pixels, below which a side has no useful logarithm
Deviations = tuple[float, float, float, float]


def area(boxes: Tensor) -> Tensor:
    """Square pixels of boxes `[..., 4]`, shape `[...]`; 0 where one is empty."""
    left, top, right, bottom = _edges(boxes)
    return _length(left, right) * _length(top, bottom)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of every pair of boxes.

    Args:
        a: Boxes, shape `[..., N, 4]`.
        b: Boxes, shape `[..., M, 4]`.

    Returns:
        Overlaps in [0, 1], shape `[..., N, M]`; 0 where both are empty.
    """
    return paired_iou(ops.expand_dims(a, -2), ops.expand_dims(b, -3))


def paired_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of each box of `a` with its partner in `b`.

    Args:
        a: Boxes, shape `[..., 4]`.
        b: Boxes of the same shape, or one that broadcasts.

    Returns:
        Overlaps in [0, 1], shape `[...]`; 0 where both are empty.
    """
    return _overlap(a, b)[0]


def shares_inside(a: Tensor, b: Tensor) -> Tensor:
    """The share of each box of `a` that lies inside each of `b`: intersection over its own area.

    Args:
        a: Boxes, shape `[..., N, 4]`.
        b: Boxes, shape `[..., M, 4]`.

    Returns:
        Shares in [0, 1], shape `[..., N, M]`; 0 where the box of `a` is empty.
    """
    one, other = ops.expand_dims(a, -2), ops.expand_dims(b, -3)
    return _share(_shared(one, other), area(one))


def generalized_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU less the share of the enclosing box that neither covers, of partners.

    Rezatofighi et al. 2019, algorithm 1. Shapes as `paired_iou`; in [-1, 1], and falling further
    the further two boxes lie apart.
    """
    overlap, union = _overlap(a, b)
    width, height = _enclosing(a, b)
    return overlap - _share(width * height - union, width * height)


def complete_iou(a: Tensor, b: Tensor) -> Tensor:
    """IoU less what centers lie apart and less the difference in aspect ratio, of partners.

    Zheng et al. 2020, equations 8 to 11: `IoU - d^2 / c^2 - alpha v`. As there, alpha is a weight
    that no gradient passes. Shapes as `paired_iou`; at most 1.
    """
    overlap, _ = _overlap(a, b)
    width, height = _enclosing(a, b)
    (a_x, a_y, a_width, a_height), (b_x, b_y, b_width, b_height) = _sides(a), _sides(b)
    apart = ops.square(a_x - b_x) + ops.square(a_y - b_y)
    distance = _share(apart, ops.square(width) + ops.square(height))
    turn = ops.arctan(_share(a_width, a_height)) - ops.arctan(_share(b_width, b_height))
    unlike = (4 / math.pi**2) * ops.square(turn)
    alpha = ops.stop_gradient(_share(unlike, 1 - overlap + unlike))
    return overlap - distance - alpha * unlike


def encode_deltas(
    anchors: Tensor, boxes: Tensor, deviations: Deviations = (1.0, 1.0, 1.0, 1.0)
) -> Tensor:
    """Steps from anchors to boxes, as a network learns them.

    `((x - x_a) / w_a, (y - y_a) / h_a, log(w / w_a), log(h / h_a))` of centers and sides, each
    divided by its deviation. Girshick et al. 2014 (R-CNN), appendix C; Fast R-CNN's deviations are
    (0.1, 0.1, 0.2, 0.2).

    Args:
        anchors: Shape `[..., 4]`.
        boxes: Of the same shape, or one that broadcasts. The steps to an empty box are finite
            but mean nothing.
        deviations: What each step is divided by.

    Returns:
        Shape `[..., 4]`, without a unit.
    """
    x_a, y_a, w_a, h_a = _sides(anchors)
    x, y, w, h = _sides(boxes)
    w_a, h_a, w, h = (ops.maximum(side, LEAST_SIDE) for side in (w_a, h_a, w, h))
    steps = ((x - x_a) / w_a, (y - y_a) / h_a, ops.log(w / w_a), ops.log(h / h_a))
    return ops.stack([step / by for step, by in zip(steps, deviations, strict=True)], axis=-1)


def decode_deltas(
    anchors: Tensor, deltas: Tensor, deviations: Deviations = (1.0, 1.0, 1.0, 1.0)
) -> Tensor:
    """The boxes that steps lead to, the inverse of `encode_deltas`.

    A side grows at most 62.5 times (from 16 to 1000 pixels), so that a wild step stays finite.

    Args:
        anchors: Shape `[..., 4]`.
        deltas: Of the same shape, or one that broadcasts.
        deviations: As given to `encode_deltas`.

    Returns:
        Boxes, shape `[..., 4]`, not clipped to any picture.
    """
    x_a, y_a, w_a, h_a = _sides(anchors)
    dx, dy, dw, dh = (
        step * by for step, by in zip(_parts(_floats(deltas)), deviations, strict=True)
    )
    w, h = (ops.exp(ops.minimum(d, MOST_GROWTH)) * side for d, side in ((dw, w_a), (dh, h_a)))
    return corners(ops.stack([x_a + dx * w_a, y_a + dy * h_a, w, h], axis=-1))


def clip(boxes: Tensor, size: tuple[Tensor, Tensor]) -> Tensor:
    """Boxes cut at the edges of their picture; one outside becomes empty.

    Args:
        boxes: Shape `[..., 4]`.
        size: (height, width) of the picture, numbers or tensors that broadcast to `[...]`.
    """
    height, width = size
    left, top, right, bottom = _edges(boxes)
    across, down = (
        [ops.clip(edge, 0, most) for edge in edges]
        for edges, most in (((left, right), width), ((top, bottom), height))
    )
    return ops.stack([across[0], down[0], across[1], down[1]], axis=-1)


def centers(boxes: Tensor) -> Tensor:
    """`(x_center, y_center, width, height)` of boxes, both `[..., 4]` in pixels."""
    return ops.stack(_sides(boxes), axis=-1)


def corners(cxcywh: Tensor) -> Tensor:
    """Boxes of `(x_center, y_center, width, height)`, the inverse of `centers`."""
    x, y, width, height = _parts(_floats(cxcywh))
    half_width, half_height = width / 2, height / 2
    return ops.stack([x - half_width, y - half_height, x + half_width, y + half_height], axis=-1)


def _overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """(intersection over union, union) of partners."""
    shared = _shared(a, b)
    union = area(a) + area(b) - shared
    return _share(shared, union), union


def _shared(a: Tensor, b: Tensor) -> Tensor:
    """Square pixels that partners have in common."""
    a_left, a_top, a_right, a_bottom = _edges(a)
    b_left, b_top, b_right, b_bottom = _edges(b)
    return _length(ops.maximum(a_left, b_left), ops.minimum(a_right, b_right)) * _length(
        ops.maximum(a_top, b_top), ops.minimum(a_bottom, b_bottom)
    )


def _enclosing(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Width and height of the least box around two partners."""
    a_left, a_top, a_right, a_bottom = _edges(a)
    b_left, b_top, b_right, b_bottom = _edges(b)
    return (
        _length(ops.minimum(a_left, b_left), ops.maximum(a_right, b_right)),
        _length(ops.minimum(a_top, b_top), ops.maximum(a_bottom, b_bottom)),
    )


def _sides(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    left, top, right, bottom = _edges(boxes)
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def _edges(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return _parts(_floats(boxes))


def _parts(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return boxes[..., 0], boxes[..., 1], boxes[..., 2], boxes[..., 3]


def _floats(boxes: Tensor) -> Tensor:
    """In float32 at least: an area of 256 x 256 pixels overflows float16."""
    boxes = ops.convert_to_tensor(boxes)
    return ops.cast(boxes, keras.backend.result_type(boxes.dtype, "float32"))


def _length(start: Tensor, end: Tensor) -> Tensor:
    return ops.maximum(end - start, 0)


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """`part / whole`, and 0 with no gradient where there is no whole."""
    some = whole > 0
    return ops.where(some, part / ops.where(some, whole, 1), 0)
