"""Changes of training images that Keras does not have, or has for a whole batch alike."""

from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor


@keras.saving.register_keras_serializable(package="dlsuite")
class RandomPaddedCrop(keras.layers.Layer):
    """Each image padded by zeros and cut back to its size at a place of its own.

    The augmentation of He, Zhang, Ren and Sun 2015, section 4.2, with 4 pixels. `keras.layers`
    moves by parts of a pixel, which blurs (RandomTranslation), or cuts a batch at one place
    (RandomCrop).

    `[B, H, W, C]` -> `[B, H, W, C]`, no weights; unchanged outside of training.

    Args:
        padding: Pixels on every side, at least 1.
        seed: Of the draws.

    Raises:
        ValueError: A padding below 1.
    """

    def __init__(self, padding: int = 4, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        if padding < 1:
            raise ValueError(f"`padding` must be at least 1. Received: padding={padding}.")
        self.padding, self.seed = padding, seed
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return inputs
        batch, height, width = ops.shape(inputs)[:3]
        places = keras.random.randint(
            (2, batch), 0, 2 * self.padding + 1, dtype="int32", seed=self.generator
        )
        border = (self.padding, self.padding)
        padded = ops.pad(inputs, ((0, 0), border, border, (0, 0)))
        rows = places[0][:, None] + ops.arange(height)[None]  # [B, H]
        columns = places[1][:, None] + ops.arange(width)[None]  # [B, W]
        # One gather of whole pixels, from the batch as a list of them.
        side = width + 2 * self.padding
        first = ops.arange(batch)[:, None, None] * (height + 2 * self.padding) * side
        pixels = first + rows[:, :, None] * side + columns[:, None, :]  # [B, H, W]
        return ops.take(ops.reshape(padded, (-1, inputs.shape[-1])), pixels, axis=0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "padding": self.padding, "seed": self.seed}
