"""Features of regions: the part of a feature map below each box, brought to one size."""

import math
from typing import Any

import keras
from keras import ops

from dlsuite.types import Shape, Tensor


class _Regions(keras.layers.Layer):
    """What both ways of pooling share: the arguments, the shapes and the precision of boxes."""

    def __init__(self, size: int, stride: float, **options: Any) -> None:
        # Boxes stay in float32; `in_cells` brings features to the dtype of the policy.
        super().__init__(autocast=False, **options)
        if size < 1 or stride <= 0:
            raise ValueError(
                "`size` must be at least 1 and `stride` above 0. "
                f"Received: size={size}, stride={stride}."
            )
        self.size, self.stride = size, stride

    def build(self, input_shape: list[Shape]) -> None:
        if None in input_shape[0][1:]:
            raise ValueError(
                "The size of the feature map must be known when the model is built. "
                f"Received: features of shape {tuple(input_shape[0])}."
            )
        super().build(input_shape)

    def in_cells(self, inputs: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Features `[B, h, w, C]` in the dtype of the policy, boxes `[B, R, 4]` in cells."""
        features, boxes = inputs
        exact = "float64" if self.compute_dtype == "float64" else "float32"
        return ops.cast(features, self.compute_dtype), ops.cast(boxes, exact) / self.stride

    def compute_output_spec(self, inputs: list[Tensor]) -> keras.KerasTensor:
        features, boxes = inputs
        shape = (*boxes.shape[:2], self.size, self.size, features.shape[-1])
        return keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "stride": self.stride}


@keras.saving.register_keras_serializable(package="dlsuite")
class RoIAlign(_Regions):
    """Means of features between the cells, at points spread evenly over each part of a box.

    Each box is divided in `size` x `size` parts, each part has `samples` x `samples` points, and
    a point is interpolated from the four cells around it; nothing is rounded. He et al. 2017 (Mask
    R-CNN), section 3, with the center of cell 0 half a stride from the edge of the picture. A point
    beyond the outermost centers has their value.

    `[features [B, h, w, C], boxes [B, R, 4] in pixels]` -> `[B, R, size, size, C]`, no weights.
    Gradients reach features and boxes.

    Args:
        size: Parts on a side, at least 1.
        stride: Pixels a cell of the feature map, above 0.
        samples: Points on a side of a part, at least 1.

    Raises:
        ValueError: Arguments out of range, or a feature map of unknown size.
    """

    def __init__(self, size: int, stride: float, samples: int = 2, **options: Any) -> None:
        super().__init__(size, stride, **options)
        if samples < 1:
            raise ValueError(f"`samples` must be at least 1. Received: samples={samples}.")
        self.samples = samples

    def call(self, inputs: list[Tensor]) -> Tensor:
        return self.pooled(*self.in_cells(inputs))

    def pooled(self, features: Tensor, cells: Tensor) -> Tensor:
        """Of a map `[B, h, w, C]` and boxes `[B, R, 4]` in cells."""
        # Interpolation in rows and in columns are matrices of their own: two products, whose
        # gradients are products too, are several times faster than gathering four cells a point.
        _, height, width, channels = features.shape
        rows = self._weights(cells[..., 1], cells[..., 3], height)  # [B, R, size, h]
        columns = self._weights(cells[..., 0], cells[..., 2], width)  # [B, R, size, w]
        rows, columns = (ops.cast(each, features.dtype) for each in (rows, columns))
        batch, regions = ops.shape(cells)[0], ops.shape(cells)[1]
        lines = ops.matmul(
            ops.reshape(rows, (batch, regions * self.size, height)),
            ops.reshape(features, (batch, height, width * channels)),
        )
        lines = ops.reshape(lines, (batch, regions, self.size, width, channels))
        return ops.matmul(ops.expand_dims(columns, 2), lines)

    def _weights(self, start: Tensor, end: Tensor, length: int) -> Tensor:
        """What each of `length` cells counts for each part of the way from start to end."""
        points = self.size * self.samples
        along = (ops.arange(points, dtype=start.dtype) + 0.5) / points
        places = start[..., None] + (end - start)[..., None] * along - 0.5  # of centers
        places = ops.clip(places, 0, length - 1)[..., None]  # [B, R, points, 1]
        near = 1 - ops.abs(places - ops.arange(length, dtype=start.dtype))
        near = ops.maximum(near, 0)  # [B, R, points, length]
        batch, regions = ops.shape(start)[0], ops.shape(start)[1]
        return ops.mean(
            ops.reshape(near, (batch, regions, self.size, self.samples, length)), axis=3
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "samples": self.samples}


@keras.saving.register_keras_serializable(package="dlsuite")
class RoIPool(_Regions):
    """Maxima of features over whole cells, as Fast R-CNN has them.

    The edges of a box are rounded to cells, both of which belong to it; part i of n of a side of L
    cells reaches from `floor(i L / n)` to before `ceil((i + 1) L / n)`, so that parts may share
    cells. Girshick 2015, section 2.1, after He et al. 2014 (SPP-net), appendix A; what is outside
    of the map is cut off first. A part with no cell on the map is 0.

    `[features [B, h, w, C], boxes [B, R, 4] in pixels]` -> `[B, R, size, size, C]`, no weights.
    Gradients reach features, and do not reach boxes.

    Args:
        size: Parts on a side, at least 1.
        stride: Pixels a cell of the feature map, above 0.

    Raises:
        ValueError: Arguments out of range, or a feature map of unknown size.
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        return self.pooled(*self.in_cells(inputs))

    def pooled(self, features: Tensor, cells: Tensor) -> Tensor:
        """Of a map `[B, h, w, C]` and boxes `[B, R, 4]` in cells."""
        # The maximum of any stretch is that of two stretches of 2^k cells, one from its start and
        # one to its end; those of all places are found once for all boxes.
        _, height, width, channels = features.shape
        down = self._stretches(cells[..., 1], cells[..., 3], height)
        across = self._stretches(cells[..., 0], cells[..., 2], width)
        heights, widths = self._levels(height), self._levels(width)
        tables = [
            table for tall in _doubled(features, heights, 1) for table in _doubled(tall, widths, 2)
        ]
        listed = ops.reshape(ops.stack(tables, axis=1), (-1, channels))  # [B * levels * h * w, C]
        batch = ops.shape(features)[0]
        picture = ops.reshape(ops.arange(batch, dtype="int32"), (-1, 1, 1, 1))  # [B, 1, 1, 1]
        level = down["level"][..., :, None] * widths + across["level"][..., None, :]
        first = (picture * (heights * widths) + level) * height  # [B, R, size, size]
        best = None
        for row in ("start", "end"):
            for column in ("start", "end"):
                place = (first + down[row][..., :, None]) * width + across[column][..., None, :]
                values = ops.take(listed, place, axis=0)  # [B, R, size, size, C]
                best = values if best is None else ops.maximum(best, values)
        some = ops.logical_and(down["some"][..., :, None], across["some"][..., None, :])
        return ops.where(some[..., None], best, 0)

    def _levels(self, length: int) -> int:
        """How many doublings the longest part of a side asks for, and 1."""
        longest = min(length, math.ceil((length + 1) / self.size) + 1)
        return int(math.log2(longest)) + 1

    def _stretches(self, start: Tensor, end: Tensor, length: int) -> dict[str, Tensor]:
        """Where the stretches of 2^level cells of each part begin, int32 `[B, R, size]`."""
        start, end = (
            ops.cast(ops.floor(ops.clip(edge, 0, length) + 0.5), "int32") for edge in (start, end)
        )
        cells = ops.maximum(end - start + 1, 1)[..., None]  # [B, R, 1]
        part = ops.arange(self.size, dtype="int32")
        # Whole numbers: a quotient in float32 may miss a floor by one.
        first = start[..., None] + part * cells // self.size
        last = start[..., None] - (-(part + 1) * cells // self.size)  # excluded
        last = ops.minimum(last, length)
        some = last > first
        span = ops.maximum(last - first, 1)
        longer = (span >= 2**power for power in range(1, self._levels(length)))
        level = sum((ops.cast(each, "int32") for each in longer), start=ops.zeros_like(span))
        reach = ops.left_shift(ops.ones_like(level), level)
        # Where a box is not a number either may be anything, and must not be looked up.
        first, last = (ops.clip(place, 0, length - 1) for place in (first, last - reach))
        return {"start": first, "end": last, "level": level, "some": some}


def _doubled(table: Tensor, levels: int, axis: int) -> list[Tensor]:
    """Maxima over 1, 2, 4 … neighbours from each place on; near the far edge over fewer."""
    tables = [table]
    for power in range(levels - 1):
        step, table = 2**power, tables[-1]
        length = table.shape[axis]
        front, back = (slice(None),) * axis, length - step
        joined = ops.maximum(table[(*front, slice(0, back))], table[(*front, slice(step, length))])
        tables.append(ops.concatenate([joined, table[(*front, slice(back, length))]], axis=axis))
    return tables
