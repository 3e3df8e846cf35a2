"""What image networks agree on: the form of their input, normalized convolutions, logits."""

from typing import Any, Literal

import keras

from dlsuite.layers import CaffePixels, FusedBatchNormalization
from dlsuite.types import Tensor

# What a network computes with: the images in [0, 1] themselves, or what weights were learned of.
Pixels = Literal["unit", "caffe"]

BATCH_NORM_MOMENTUM = 0.9  # Keras' 0.99 lags in runs of under 500 steps.


def image_input(input_shape: tuple[int, ...], smallest: int, why: str) -> Tensor:
    """The input `image`, `[B, H, W, C]`.

    Args:
        input_shape: `(H, W, C)`, all known.
        smallest: Side in pixels below which a stage would be left without a field.
        why: Ends the sentence of the error: what sets `smallest`.

    Raises:
        ValueError: Another form, or a side that is too small.
    """
    shape = tuple(input_shape)
    if len(shape) != 3 or None in shape or min(shape) < 1 or min(shape[:2]) < smallest:
        raise ValueError(
            f"`input_shape` must be (height, width, channels) with sides of at least {smallest}, "
            f"{why}. Received: input_shape={shape}."
        )
    return keras.Input(shape, name="image")


def in_pixels(image: Tensor, pixels: Pixels) -> Tensor:
    """Images in [0, 1] in the form that a network computes with, `[B, H, W, C]`.

    Args:
        image: What `image_input` gave.
        pixels: `unit` leaves them as they are. `caffe` makes them what published ImageNet weights
            of VGG, ResNet (both as in keras.applications) and SqueezeNet were learned of.

    Raises:
        ValueError: Another form, or one that wants other channels.
    """
    if pixels == "unit":
        return image
    if pixels != "caffe":
        raise ValueError(f"`pixels` must be unit or caffe. Received: pixels={pixels!r}.")
    return CaffePixels(dtype=exact_dtype(), name="pixels")(image)


def normalized(
    x: Tensor, maps: int, side: int, name: str, *, epsilon: float, strides: int = 1
) -> Tensor:
    """A convolution `name` padded evenly on both sides, and its batch normalization `name_bn`."""
    if strides > 1 and side > 1:
        # `same` would pad an even image by strides on its far side only.
        x = keras.layers.ZeroPadding2D(side // 2, name=f"{name}_pad")(x)
    x = keras.layers.Conv2D(
        maps,
        side,
        strides,
        padding="valid" if strides > 1 else "same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return batch_normalization(f"{name}_bn", epsilon)(x)


def batch_normalization(name: str, epsilon: float = 1e-3) -> keras.Layer:
    """A batch normalization whose averages keep up with runs of some hundred steps."""
    return FusedBatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=epsilon, name=name)


def logits(
    num_classes: int, name: str = "output", initializer: Any = "glorot_uniform"
) -> keras.Layer:
    """The dense layer that ends a classifier, `[B, D]` -> `[B, K]`."""
    return keras.layers.Dense(
        num_classes,
        kernel_initializer=initializer,
        dtype=exact_dtype(),
        name=name,
    )


def exact_dtype() -> str:
    """That of weights, float32 under mixed precision too.

    Half precision would cost images grey levels, and logits what softmax needs.
    """
    return keras.config.dtype_policy().variable_dtype


def scaled(channels: int, width: float) -> int:
    """Maps of a stage in a net of `width` times the paper's, an even number of at least 2.

    Even, so that two groups can share them.
    """
    return max(2, 2 * round(channels * width / 2))
