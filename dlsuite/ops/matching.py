"""Which anchor stands for which box, and which of them a step learns from."""

from __future__ import annotations

import keras
from keras import ops

from dlsuite.types import Tensor

BACKGROUND = -1
NEITHER = -2


def match(
    overlaps: Tensor, present: Tensor, positive: float, negative: float, force: bool = True
) -> Tensor:
    """The box that each anchor stands for.

    An anchor takes the box that it overlaps most where that is at least `positive`, is background
    below `negative`, and between the two neither. By `force` each box also has the anchors that
    overlap it most, however little, and if it is not at all; of boxes that want one anchor the one
    that it overlaps more gets it. Ren et al. 2015 (Faster R-CNN), section 3.1.2, with 0.7 and 0.3.

    Args:
        overlaps: IoU of anchors with boxes, `[..., A, M]`.
        present: Boxes that there are, bool `[..., M]`; the others are padding.
        positive: In [0, 1].
        negative: In [0, `positive`].
        force: Whether no box may go without an anchor.

    Returns:
        int32 `[..., A]`: the index of a box, -1 for background, -2 for neither.

    Raises:
        ValueError: Thresholds out of range or order.
    """
    if not 0 <= negative <= positive <= 1:
        raise ValueError(
            "`negative` must be in [0, `positive`] and `positive` at most 1. "
            f"Received: positive={positive}, negative={negative}."
        )
    overlaps = ops.convert_to_tensor(overlaps)
    there = ops.expand_dims(ops.cast(present, "bool"), -2)  # [..., 1, M]
    overlaps = ops.where(there, overlaps, -1)
    best = ops.max(overlaps, axis=-1)  # [..., A]
    index = ops.cast(ops.argmax(overlaps, axis=-1), "int32")
    matches = ops.where(best >= positive, index, ops.where(best < negative, BACKGROUND, NEITHER))
    if force:
        most = ops.max(overlaps, axis=-2, keepdims=True)  # [..., 1, M]
        wanted = ops.where((overlaps == most) & (most > 0), overlaps, -1)
        owner = ops.cast(ops.argmax(wanted, axis=-1), "int32")
        matches = ops.where(ops.max(wanted, axis=-1) > 0, owner, matches)
    return ops.cast(matches, "int32")


def balanced_sample(
    matches: Tensor,
    count: int,
    positive_share: float,
    seed_generator: keras.random.SeedGenerator,
) -> tuple[Tensor, Tensor]:
    """Draws the anchors that a step learns from, so that background does not drown boxes.

    At most `count * positive_share` of those with a box (rounded down), and background up to
    `count`; where one kind has too few, all of it. Girshick 2015 (Fast R-CNN), section 2.3, takes
    64 at 0.25; Ren et al. 2015, section 3.1.3, take 256 at 0.5.

    Args:
        matches: As `match` gives them, int32 `[..., A]`.
        count: Of both kinds together, for each picture, at least 1.
        positive_share: In [0, 1].
        seed_generator: Of the draws.

    Returns:
        (anchors with a box, background anchors), bool `[..., A]` each.

    Raises:
        ValueError: Arguments out of range.
    """
    if count < 1 or not 0 <= positive_share <= 1:
        raise ValueError(
            "`count` must be at least 1 and `positive_share` in [0, 1]. "
            f"Received: count={count}, positive_share={positive_share}."
        )
    matches = ops.cast(matches, "int32")
    wide = ops.shape(matches)
    matches = ops.reshape(matches, (-1, wide[-1]))  # [N, A]
    draws = keras.random.uniform(ops.shape(matches), seed=seed_generator, dtype="float32")
    # Rounding of the product must not lose one: 0.29 * 100 is 28.999….
    most = int(count * positive_share + 1e-9)
    limit = ops.full_like(matches[:, :1], most)
    positives = _drawn(matches >= 0, draws, limit, most)
    taken = ops.sum(ops.cast(positives, "int32"), axis=-1, keepdims=True)
    negatives = _drawn(matches == BACKGROUND, draws, count - taken, count)
    return ops.reshape(positives, wide), ops.reshape(negatives, wide)


def _drawn(among: Tensor, draws: Tensor, limit: Tensor, most: int) -> Tensor:
    """Those with the highest draws, at most `limit` `[N, 1]` of each row and `most` of any."""
    rows, length = ops.shape(among)
    most = min(most, length) if among.shape[-1] is not None else most
    if not most:
        return ops.zeros_like(among)
    values, places = ops.top_k(ops.where(among, draws, -1.0), most)  # [N, most]
    # Places, not a least draw: two draws can be equal.
    taken = (values >= 0) & (ops.arange(most, dtype="int32") < limit)
    places = places + ops.arange(rows, dtype="int32")[:, None] * length
    marks = ops.scatter(
        ops.reshape(places, (-1, 1)), ops.cast(ops.reshape(taken, (-1,)), "int32"), (rows * length,)
    )
    return ops.cast(ops.reshape(marks, (rows, length)), "bool")
