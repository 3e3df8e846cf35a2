"""What a net of regions learns from a sample of them: which are objects, and where those end."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from keras import ops

from dlsuite.losses.detection import smooth_l1
from dlsuite.ops.boxes import Deviations, area, encode_deltas, iou
from dlsuite.ops.ignored_boxes import shows_ignored
from dlsuite.ops.matching import BACKGROUND, NEITHER, balanced_sample, match
from dlsuite.types import Tensor


class Lesson(NamedTuple):
    """What a step learns from N regions of each picture.

    Attributes:
        boxes: The box that each region stands for, `[B, N, 4]` in pixels.
        labels: Its class, int32 `[B, N]`.
        positive: Which regions are drawn as objects, bool `[B, N]`.
        negative: Which are drawn as background, bool `[B, N]`.
    """

    boxes: Tensor
    labels: Tensor
    positive: Tensor
    negative: Tensor

    def at(self, places: Tensor) -> "Lesson":
        """Those at some places, int32 `[B, S]`, in that order."""
        return Lesson(*(picked(each, places) for each in self))


def lesson(
    regions: Tensor,
    y: Mapping[str, Tensor],
    *,
    positive: float,
    negative: float,
    count: int,
    positive_share: float,
    seed: Any,
    size: tuple[int, int],
    force: bool = False,
) -> Lesson:
    """Finds the box of each region and draws those that a step learns from.

    Args:
        regions: `[B, N, 4]` in pixels; those without an area are absent and never drawn.
        y: `boxes` `[B, M, 4]` and `labels` `[B, M]`, see `ops.box_labels`. Regions in an ignored
            box are never drawn as background.
        positive: IoU from which a region is an object.
        negative: IoU below which it is background.
        count: Regions drawn of each picture at most.
        positive_share: Objects among them at most.
        seed: Of the draws: a `keras.random.SeedGenerator`, or a number for the same ones always.
        size: (height, width) of the pictures.
        force: Whether the best regions of a box are objects however little they overlap it.
    """
    matches = match(iou(regions, y["boxes"]), y["labels"] >= 0, positive, negative, force=force)
    spared = (matches == BACKGROUND) & shows_ignored(regions, y["boxes"], y["labels"], size)
    matches = ops.where(spared | (area(regions) <= 0), NEITHER, matches)
    drawn, background = balanced_sample(matches, count, positive_share, seed)
    index = ops.maximum(matches, 0)
    return Lesson(picked(y["boxes"], index), picked(y["labels"], index), drawn, background)


def drawn_first(lesson: Lesson, count: int) -> Tensor:
    """Places of the regions that are drawn, objects first, then others: `[B, count]`."""
    rank = 2 * ops.cast(lesson.positive, "int32") + ops.cast(lesson.negative, "int32")
    return ops.top_k(rank, count)[1]


def picked(values: Tensor, places: Tensor) -> Tensor:
    """`[B, S, ...]`, what `values` `[B, N, ...]` holds at `places`, int `[B, S]`."""
    if len(values.shape) == 3:
        places = places[..., None]
    return ops.take_along_axis(values, places, axis=1)


def mean_of_drawn(values: Tensor, lesson: Lesson, counted: Tensor) -> Tensor:
    """Sum of what counts over the number of regions drawn, of each picture, `[B]`.

    Args:
        values: Losses, `[B, N]`.
        lesson: Says which are drawn.
        counted: Which of those count, bool `[B, N]`.
    """
    drawn = ops.cast(ops.logical_or(lesson.positive, lesson.negative), values.dtype)
    total = ops.sum(ops.where(counted, values, 0), axis=1)
    return total / ops.maximum(ops.sum(drawn, axis=1), 1)


def box_loss(
    regions: Tensor, deltas: Tensor, lesson: Lesson, *, deviations: Deviations, beta: float
) -> Tensor:
    """Smooth L1 of the steps from the objects drawn to their boxes, `[B]`.

    The sum over four steps and all objects, over the number of regions drawn of both kinds
    (Girshick 2015, section 2.3; Ren et al. 2015, equation 1 in the form of their published code).
    """
    steps = encode_deltas(regions, lesson.boxes, deviations)  # [B, N, 4]
    values = ops.sum(smooth_l1(steps - deltas, beta), axis=-1)  # [B, N]
    return mean_of_drawn(values, lesson, lesson.positive)
