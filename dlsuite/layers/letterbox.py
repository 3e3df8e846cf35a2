"""Pictures of any size brought to one, whole and in their own proportions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from dlsuite.ops.letterboxing import extent, placement
from dlsuite.types import Tensor

GREY = 0.5  # halfway between black and white: of no picture's border


@keras.saving.register_keras_serializable(package="dlsuite")
class Letterbox(keras.layers.Layer):
    """Pictures scaled to fit into one size, evenly bordered in grey.

    Both directions are scaled alike, up to whole pixels (`dlsuite.ops.letterboxing.extent`), by
    bilinear interpolation, smoothed where pictures shrink. `out_of_letterbox` leads boxes back.

    `[B, h, w, C]`, uint8 in 0 to 255 or floating in [0, 1], any h and w -> float32 `[B, H, W, C]`
    in [0, 1], no weights.

    Args:
        size: (H, W), whole numbers of at least 1.

    Raises:
        ValueError: A size that is none; images of another type than uint8 or floating.
    """

    def __init__(self, size: Sequence[int], **options: Any) -> None:
        # Pixels and pads keep their float32 under any policy, as boxes do.
        super().__init__(**{"autocast": False, **options})
        size = tuple(size) if isinstance(size, Sequence) else size
        whole = isinstance(size, tuple) and all(isinstance(side, int) for side in size)
        if not whole or len(size) != 2 or min(size) < 1:
            raise ValueError(
                "`size` must be (height, width), two whole numbers of at least 1. "
                f"Received: size={size!r}."
            )
        self.size = size

    def call(self, inputs: Tensor) -> Tensor:
        kind = keras.backend.standardize_dtype(inputs.dtype)
        if kind != "uint8" and "float" not in kind:
            raise ValueError(f"Images must be uint8 or floating. Received: {kind}.")
        images = ops.cast(inputs, "float32")
        if kind == "uint8":  # to float first: resizing of bytes rounds in eager mode alone
            images = images * (1 / 255)
        shape = ops.stack([ops.shape(images)[1], ops.shape(images)[2]])
        height, width = extent(shape, self.size)
        _, top, left = (ops.cast(number, "int32") for number in placement(shape, self.size))
        # `ops.image.resize` refuses a size that is known only when the graph runs; this does not.
        resizing = keras.layers.Resizing(height, width, antialias=True, name="inside")
        images = resizing.transform_images(images)
        below, right = self.size[0] - height - top, self.size[1] - width - left
        images = ops.pad(
            images, ((0, 0), (top, below), (left, right), (0, 0)), constant_values=GREY
        )  # [B, H, W, C]
        return ops.reshape(images, (-1, *self.size, inputs.shape[-1]))

    def compute_output_spec(self, inputs: Tensor) -> keras.KerasTensor:
        shape = (inputs.shape[0], *self.size, inputs.shape[-1])
        return keras.KerasTensor(shape, dtype="float32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": list(self.size)}
