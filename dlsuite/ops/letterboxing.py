"""Where a picture lies in a letterbox, and boxes on the way in and back out."""

from __future__ import annotations

from keras import ops

from dlsuite.types import Tensor


def extent(size: Tensor, target: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Whole pixels that a picture fills of a letterbox, in its own proportions.

    Args:
        size: (height, width) of pictures, whole numbers of at least 1, shape `[..., 2]`.
        target: (height, width) of the letterbox.

    Returns:
        Height and width, int32 `[...]`, from 1 to the letterbox's: one of them is all of it, the
        other is rounded to the nearest pixel, halves up.
    """
    size = ops.cast(size, "int32")
    height, width = size[..., 0], size[..., 1]
    return (
        _share(height, target[1], width, target[0]),
        _share(width, target[0], height, target[1]),
    )


def placement(size: Tensor, target: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """How much a picture is scaled to fit into a letterbox, and where it begins in it.

    Args:
        size: (height, width) of pictures in pixels, shape `[..., 2]`.
        target: (height, width) of the letterbox.

    Returns:
        Scale, top and left, float32 `[...]`; top and left are whole pixels, and where what is left
        over is odd, the pixel more is below or right. The scale is that before `extent` rounds the
        picture to whole pixels; boxes go by `into_letterbox`, which knows of the rounding.
    """
    size = ops.convert_to_tensor(size)
    height, width = extent(size, target)
    sides = ops.cast(size, "float32")
    scale = ops.minimum(target[0] / sides[..., 0], target[1] / sides[..., 1])
    top, left = (target[0] - height) // 2, (target[1] - width) // 2
    return scale, ops.cast(top, "float32"), ops.cast(left, "float32")


def into_letterbox(boxes: Tensor, size: Tensor, target: tuple[int, int]) -> Tensor:
    """Boxes of pictures as boxes of the letterboxed pictures, both in pixels.

    Args:
        boxes: `[..., N, 4]`; those that are all zeros are absent and stay so.
        size: (height, width) of the pictures, `[..., 2]`.
        target: (height, width) of the letterbox.

    Returns:
        Float32 `[..., N, 4]`, of the very pixels that `dlsuite.layers.Letterbox` puts there.
    """
    boxes = ops.cast(boxes, "float32")
    sides, inside, corner = _measures(size, target)
    moved = boxes * inside / sides + corner
    present = ops.any(boxes != 0, axis=-1, keepdims=True)
    return ops.where(present, moved, 0.0)


def out_of_letterbox(boxes: Tensor, size: Tensor, target: tuple[int, int]) -> Tensor:
    """The inverse of `into_letterbox`, then cut at the borders of the pictures.

    Args:
        boxes: Pixels of the letterboxed pictures, `[..., N, 4]`.
        size: (height, width) of the pictures, `[..., 2]`.
        target: (height, width) of the letterbox.

    Returns:
        Pixels of the pictures, float32 `[..., N, 4]`: what `into_letterbox` was given, but for
        rounding of float32. Boxes that are all zeros, absent ones, stay so.
    """
    boxes = ops.cast(boxes, "float32")
    sides, inside, corner = _measures(size, target)
    return ops.minimum(ops.maximum((boxes - corner) * sides / inside, 0.0), sides)


def _share(side: Tensor, across: int, other: Tensor, most: int) -> Tensor:
    """`side * across / other` rounded, in whole numbers: the same in a graph and outside."""
    return ops.clip((2 * across * side + other) // (2 * other), 1, most)


def _measures(size: Tensor, target: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    """Sides of the picture, sides inside the letterbox and corner there, `[..., 1, 4]` as (x, y)
    twice."""
    size = ops.convert_to_tensor(size)
    height, width = extent(size, target)
    _, top, left = placement(size, target)
    inside = [ops.cast(width, "float32"), ops.cast(height, "float32")]
    sides = ops.cast(size, "float32")
    pairs = ([sides[..., 1], sides[..., 0]], inside, [left, top])
    own, filled, corner = (ops.stack(pair * 2, axis=-1)[..., None, :] for pair in pairs)
    return own, filled, corner
