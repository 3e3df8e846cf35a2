"""Colours of training images changed by one matrix for each."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from dlsuite.types import Tensor

# Light and two differences of colour of the NTSC, of which only the first is grey's
# (FCC 1953; Gonzalez and Woods, Digital Image Processing, 2nd edition, section 6.7).
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
RGB = np.linalg.inv(YIQ)


@keras.saving.register_keras_serializable(package="dlsuite")
class ColorJitter(keras.layers.Layer):
    """Brightness, contrast, saturation and hue of each image, changed at random.

    The photometric distortion of detectors (Liu et al. 2016, section 2.2; Redmon et al. 2016,
    section 2.2, there in HSV). All four are linear in RGB when hue and saturation are the angle and
    radius of colour in YIQ, so an image is changed by one 3x3 matrix and one shift, where
    `keras.layers.RandomColorJitter` goes through four layers and twice through HSV.

    Brightness multiplies all; contrast moves away from the mean grey of the image, or towards it;
    saturation does so from each pixel's own grey; hue turns. `[B, H, W, 3]` in [0, 1] ->
    `[B, H, W, 3]`, cut to [0, 1], no weights; unchanged outside of training.

    Args:
        brightness: Factors are drawn evenly from 1 - brightness to 1 + brightness; 0 to 1.
        contrast: Likewise.
        saturation: Likewise.
        hue: Greatest turn, in parts of a whole one, 0 to 0.5.
        seed: Of the draws.

    Raises:
        ValueError: Parts out of range; when called, images that have not three channels.
    """

    def __init__(
        self,
        brightness: float = 0.2,
        contrast: float = 0.2,
        saturation: float = 0.3,
        hue: float = 0.05,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.parts = {"brightness": brightness, "contrast": contrast, "saturation": saturation}
        self.parts["hue"] = hue
        for name, part in self.parts.items():
            most = 0.5 if name == "hue" else 1
            if not 0 <= part <= most:
                raise ValueError(f"`{name}` must be from 0 to {most}. Received: {name}={part}.")
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != 3:
            raise ValueError(f"Images must have three channels. Received: {list(input_shape)}.")
        super().build(input_shape)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return inputs
        matrix, kept = self._drawn(ops.shape(inputs)[0])
        matrix, kept = ops.cast(matrix, inputs.dtype), ops.cast(kept, inputs.dtype)
        pixels = ops.reshape(inputs, (ops.shape(inputs)[0], -1, 3))  # [B, H W, 3]
        mean = ops.matmul(ops.mean(pixels, axis=1, keepdims=True), matrix)  # [B, 1, 3]
        grey = ops.cast(YIQ[0], inputs.dtype)
        shift = ops.sum(mean * grey, axis=-1, keepdims=True) * (1 - kept)
        changed = ops.matmul(pixels, matrix * kept) + shift
        return ops.reshape(ops.clip(changed, 0, 1), ops.shape(inputs))

    def _drawn(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Brightness, saturation and hue as matrices `[B, 3, 3]` for rows of RGB, and contrast as
        factors `[B, 1, 1]`."""
        drawn = keras.random.uniform((4, batch), -1, 1, dtype="float32", seed=self.generator)
        bright, kept, vivid = (
            1 + self.parts[name] * drawn[number]
            for number, name in enumerate(("brightness", "contrast", "saturation"))
        )
        angle = 2 * np.pi * self.parts["hue"] * drawn[3]
        cosine, sine, none = vivid * ops.cos(angle), vivid * ops.sin(angle), ops.zeros_like(angle)
        turn = ops.reshape(
            ops.stack(
                [ops.ones_like(angle), none, none, none, cosine, sine, none, -sine, cosine], axis=-1
            ),
            (-1, 3, 3),
        )
        into, back = (ops.convert_to_tensor(each.T, "float32") for each in (YIQ, RGB))
        matrix = ops.matmul(ops.matmul(into, turn), back)
        return matrix * bright[:, None, None], kept[:, None, None]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.parts, "seed": self.seed}
