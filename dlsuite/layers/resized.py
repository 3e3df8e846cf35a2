"""Pictures of any size brought to one without false patterns."""

from __future__ import annotations

from typing import Any

import keras

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class Resized(keras.layers.Resizing):
    """`keras.layers.Resizing` that smooths where pictures shrink, and leaves what has the size.

    Without `antialias` a picture of half the size is made of every second pixel: fine patterns
    become coarse ones that are not there. Keras resizes by default without, and resizes pictures
    that have the size already.

    `[B, h, w, C]` -> `[B, height, width, C]`, no weights.

    Args:
        height: Of the pictures that come out, in pixels.
        width: Likewise.
        options: As `keras.layers.Resizing` takes them, such as `crop_to_aspect_ratio`.
    """

    def __init__(self, height: int, width: int, **options: Any) -> None:
        super().__init__(height, width, **{"antialias": True, **options})

    def call(self, data: Tensor, **options: Any) -> Tensor:
        if tuple(data.shape[1:3]) == (self.height, self.width):
            return data
        return super().call(data, **options)
