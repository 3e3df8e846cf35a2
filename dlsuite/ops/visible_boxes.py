"""What is left of boxes behind a window: cut to it, or gone where too little is seen."""

from __future__ import annotations

from keras import ops

from dlsuite.ops.box_labels import ABSENT, are_ignored
from dlsuite.types import Tensor

FEWEST_PIXELS = 2.0  # on either side; of less nothing is left to be recognised


def visible_boxes(
    boxes: Tensor, labels: Tensor, windows: Tensor, min_visible: float
) -> tuple[Tensor, Tensor]:
    """Boxes cut to the window in which their object is seen, absent where too little of it is.

    Args:
        boxes: In pixels, not yet cut, `[..., N, 4]`.
        labels: `[..., N]`, -1 for absent boxes. Ignored ones, see `ops.box_labels`, are as much to
            be ignored where little of them is seen.
        windows: Boxes that show what is in them, of a shape that goes with that of `boxes`.
        min_visible: Share of a box's area, from 0 to 1, below which it goes.

    Returns:
        Boxes and labels; absent are those that were, those whose share is below `min_visible` and
        those that are left with less than 2 pixels on a side: label -1, box 0, 0, 0, 0.
    """
    cut = ops.stack(
        [
            ops.clip(boxes[..., side], windows[..., side % 2], windows[..., side % 2 + 2])
            for side in range(4)
        ],
        axis=-1,
    )
    sides = cut[..., 2:] - cut[..., :2]  # [..., N, 2]
    whole = ops.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    enough = (ops.prod(sides, axis=-1) >= min_visible * whole) | are_ignored(labels)
    present = enough & (ops.min(sides, axis=-1) >= FEWEST_PIXELS) & (labels != ABSENT)
    return (
        ops.where(present[..., None], cut, ops.zeros_like(cut)),
        ops.where(present, labels, -ops.ones_like(labels)),
    )
