"""Images read at places of one's own, row by row and column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from keras import ops

from dlsuite.types import Tensor

OUTSIDE = -1e6  # a place that no picture has


def places_before(
    batch: Tensor, count: Tensor, changes: Sequence[Callable[[Tensor], Tensor]]
) -> Tensor:
    """Where the rows, or columns, of images lay before changes that were made in turn.

    Reading the images once there, see `resampled`, is quicker than changing them after each other,
    and softens them once.

    Args:
        batch: B.
        count: N, the rows or columns of an image.
        changes: From places after a change to those before it, `[B, N]` each.

    Returns:
        `[B, N]`, `OUTSIDE` where a line lay beyond the images between two changes.
    """
    places = ops.zeros((batch, 1)) + ops.arange(count, dtype="float32")[None]
    for change in reversed(changes):
        places = change(kept_inside(places, count))
    return places


def kept_inside(places: Tensor, count: Tensor) -> Tensor:
    """Places of `count` lines, `OUTSIDE` where they are of none of them."""
    return ops.where(_are_inside(places, count), places, OUTSIDE)


def resampled(
    images: Tensor,
    pictures: Tensor,
    rows: Tensor,
    parts: Tensor,
    columns: Tensor,
    *,
    fill: float,
) -> Tensor:
    """Images put together from rows and columns of the pictures of a batch, bilinearly.

    Whole lines are gathered, of the picture and then of the picture on its side: several times as
    fast as gathering pixels, or as a projective transformation of each picture.

    Args:
        images: `[B, H, W, C]`, floating.
        pictures: Which image of the batch each row is read from, in each part, int32 `[B, K, H]`.
        rows: Where in it, in rows, 0 for the middle of the first, float32 `[B, H]`.
        parts: Which part each column is read from, int32 `[B, W]`, 0 to K - 1.
        columns: Where in its picture, in columns, float32 `[B, W]`.
        fill: What stands where rows or columns lie outside of the picture.

    Returns:
        `[B, H, W, C]`.
    """
    batch, height, width = ops.shape(images)[:3]
    channels, count = images.shape[-1], pictures.shape[1]
    lines = ops.reshape(images, (-1, width * channels))
    strips = _lines(lines, pictures * height, rows[:, None], height, fill)  # [B, K, H, W C]
    strips = ops.reshape(strips, (batch, count, height, width, channels))
    lines = ops.reshape(ops.transpose(strips, (0, 1, 3, 2, 4)), (-1, height * channels))
    first = (ops.arange(batch)[:, None] * count + parts) * width
    turned = _lines(lines, first, columns, width, fill)  # [B, W, H C]
    turned = ops.reshape(turned, (batch, width, height, channels))
    return ops.transpose(turned, (0, 2, 1, 3))


def _lines(lines: Tensor, first: Tensor, places: Tensor, count: Tensor, fill: float) -> Tensor:
    """Each place between the two lines next to it, of the `count` that begin at `first`."""
    below = ops.floor(places)
    low, last = ops.cast(below, "int32"), ops.cast(count, "int32") - 1
    inside = ops.cast(_are_inside(places, count), lines.dtype)[..., None]
    share = ops.cast(places - below, lines.dtype)[..., None] * inside
    # The fill comes with the shares: to choose pixel by pixel takes as long as all the rest.
    return (
        ops.take(lines, first + ops.clip(low, 0, last), axis=0) * (inside - share)
        + ops.take(lines, first + ops.clip(low + 1, 0, last), axis=0) * share
        + fill * (1 - inside)
    )


def _are_inside(places: Tensor, count: Tensor) -> Tensor:
    """Where a pixel's middle lies within the picture's border."""
    return (places >= -0.5) & (places < ops.cast(count, places.dtype) - 0.5)
