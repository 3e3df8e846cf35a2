"""What in a picture is an ignored box, and so must not be taught as background."""

from __future__ import annotations

from keras import ops

from dlsuite.ops.box_labels import are_ignored
from dlsuite.ops.boxes import clip, shares_inside
from dlsuite.types import Tensor

INSIDE = 0.5  # share of a region from which an ignored box is what it shows


def shows_ignored(regions: Tensor, boxes: Tensor, labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Which regions lie by half or more in an ignored box, as far as they lie in the picture.

    COCO's evaluation counts as a hit on a crowd what overlaps it so. A picture at a time, and
    nothing where none is ignored: all N x M pairs of a batch are hundreds of megabytes.

    Args:
        regions: In pixels, `[B, N, 4]`; no gradient passes.
        boxes: In pixels, `[B, M, 4]`.
        labels: Of the boxes, `[B, M]`, see `ops.box_labels`.
        size: (height, width) of the pictures.

    Returns:
        bool `[B, N]`.
    """
    regions = clip(ops.stop_gradient(regions), size)
    boxes, labels = ops.cast(boxes, regions.dtype), ops.cast(labels, "int32")

    def of_one(picture: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        own, there, named = picture
        inside = shares_inside(own, there) >= INSIDE  # [N, M]
        return ops.any(inside & are_ignored(named), axis=-1)

    return ops.cond(
        ops.any(are_ignored(labels)),
        lambda: ops.map(of_one, (regions, boxes, labels)),
        lambda: ops.zeros_like(regions[..., 0], "bool"),
    )
