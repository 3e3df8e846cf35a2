"""Pictures of any size brought to one without false patterns."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class Resized(keras.layers.Layer):
    """Bilinear resizing that smooths where pictures shrink, and leaves what has the size.

    A picture of half the size that is not smoothed is made of every second pixel: fine patterns
    become coarse ones that are not there. `keras.layers.Resizing` smooths all pictures or none,
    and smoothing those that do not shrink takes time for nothing.

    `[B, h, w, C]` -> `[B, height, width, C]`, no weights.

    Args:
        height: Of the pictures that come out, in pixels.
        width: Likewise.
        crop: Whether other proportions are cut to the middle; else they are stretched.
    """

    def __init__(self, height: int, width: int, *, crop: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.height, self.width, self.crop = height, width, crop
        same = {"crop_to_aspect_ratio": crop, "dtype": self.dtype_policy}
        self.smooth = keras.layers.Resizing(height, width, antialias=True, **same)
        self.plain = keras.layers.Resizing(height, width, **same)

    def build(self, input_shape: Any) -> None:
        self.smooth.build(input_shape)
        self.plain.build(input_shape)
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        size = inputs.shape[1:3]
        if None in size:
            high, wide = ops.shape(inputs)[1:3]
            shrinks = ops.logical_or(high > self.height, wide > self.width)
            return ops.cond(shrinks, lambda: self.smooth(inputs), lambda: self.plain(inputs))
        if tuple(size) == (self.height, self.width):
            return inputs
        shrinks = size[0] > self.height or size[1] > self.width
        return self.smooth(inputs) if shrinks else self.plain(inputs)

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        shape = (inputs.shape[0], self.height, self.width, inputs.shape[-1])
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        own = {"height": self.height, "width": self.width, "crop": self.crop}
        return {**super().get_config(), **own}
