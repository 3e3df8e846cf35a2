"""Images in the forms that published weights were learned of."""

from typing import Any

import keras
from keras import ops

from dlsuite.types import Tensor

# Of ImageNet, in the order blue, green, red.
MEANS = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable(package="dlsuite")
class CaffePixels(keras.layers.Layer):
    """RGB in [0, 1] as blue, green, red in 0 to 255, less the means of ImageNet's channels.

    What `keras.applications.imagenet_utils.preprocess_input` calls `mode="caffe"`: the form of
    Caffe's networks, whose weights Keras took over. It stands behind the input, before any padding,
    so that a convolution's border of zeros stays the mean colour, as it was for them.

    `[..., 3]` -> `[..., 3]`, no weights.

    Raises:
        ValueError: Images without three channels.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != 3:
            raise ValueError(
                "`caffe` pixels are of images with 3 channels. "
                f"Received: {input_shape[-1]} channels."
            )
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        means = ops.convert_to_tensor(MEANS, dtype=self.compute_dtype)
        return 255.0 * ops.flip(inputs, axis=-1) - means

    def compute_output_shape(self, input_shape: tuple[Any, ...]) -> tuple[Any, ...]:
        return input_shape
