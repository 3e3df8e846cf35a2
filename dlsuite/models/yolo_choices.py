"""Strides and anchors of YOLO: what may be chosen, and what stands where nothing is."""

import math
from collections.abc import Sequence

# Sides of the anchors of a grid in cells, where neither recipe nor data say any.
ANCHORS = ((1.5, 1.5), (3.0, 2.0), (2.0, 3.0))


def checked_strides(strides: Sequence[int]) -> list[int]:
    """Rising powers of 2; others are refused."""
    known = [2**power for power in range(1, 8)]
    given = list(strides)
    if not given or sorted(set(given)) != given or not set(given) <= set(known):
        raise ValueError(
            f"`strides` must be rising ones of {', '.join(map(str, known))}. "
            f"Received: strides={given}."
        )
    return given


def anchors_by_grid(
    strides: Sequence[int], anchors: Sequence[tuple[float, float]] | None
) -> list[list[tuple[float, float]]]:
    """The anchors of each grid."""
    if anchors is None:
        return [[(w * stride, h * stride) for w, h in ANCHORS] for stride in strides]
    wrong = any(len(shape) != 2 or min(shape) <= 0 for shape in anchors)
    shapes = sorted(anchors, key=math.prod)
    if not shapes or wrong:
        raise ValueError(
            "`anchors` must be [width, height] in pixels above 0, at least one. "
            f"Received: anchors={list(anchors)}."
        )
    if len(shapes) % len(strides):
        raise ValueError(
            f"`anchors` (`data.anchors` of a recipe) must be as many for each of {len(strides)} "
            f"strides, a multiple of {len(strides)}. Received: {len(shapes)} anchors."
        )
    each = len(shapes) // len(strides)
    return [shapes[each * level : each * (level + 1)] for level in range(len(strides))]
