"""SqueezeNet 1.1 of Iandola et al. 2016: AlexNet's accuracy with a fiftieth of its weights."""

from typing import Annotated

import keras
from pydantic import Field

from dlsuite.models.geometry import Pixels, exact_dtype, image_input, in_pixels, scaled
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

# Module -> maps of the squeeze and of each of the two expands; the poolings of version 1.1.
FIRE = {2: (16, 64), 3: (16, 64), 4: (32, 128), 5: (32, 128), 6: (48, 192), 7: (48, 192),
        8: (64, 256), 9: (64, 256)}  # fmt: skip
POOLED_AFTER = {3: "pool3", 5: "pool5"}
SMALLEST = 31  # pixels: 15, 7, 3 and 1 after the first convolution and the three poolings.
PAPER = Paper(
    "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    2016,
    "arXiv:1602.07360",
    forms=(
        Form(
            "version 1.1 without classifier",
            722_496,
            "sum of the authors' version 1.1",
            without=("conv10",),
        ),
    ),
    stages=("conv1", *(f"fire{number}" for number in FIRE), "conv10"),
    smallest=SMALLEST,
)


def squeezenet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    pixels: Pixels = "unit",
) -> keras.Model:
    """SqueezeNet 1.1, with the stages `conv1`, `fire2` to `fire9`, `conv10`, `output`.

    722,496 parameters before `conv10` with three channels. The classifier is a 1x1 convolution
    whose maps are averaged (section 3.2); its kernel begins as a Gaussian of standard deviation
    0.01, and its maps pass no rectifier, so that logits may be negative.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 31, any channels.
        num_classes: Number of logits.
        width: Factor of the maps of every stage.
        dropout: Share of the outputs of `fire9` dropped in training.
        pixels: What the net computes with: images as they come, or `caffe`, the form that the
            published ImageNet weights want, which `weights` may start from.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An image that the poolings leave nothing of.
    """
    inputs = image_input(input_shape, SMALLEST, "which leave `fire9` a field")
    x = in_pixels(inputs, pixels)
    x = _convolution(x, scaled(64, width), 3, "conv1", strides=2, padding="valid")
    x = keras.layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for number, (squeeze, expand) in FIRE.items():
        x = _fire(x, scaled(squeeze, width), scaled(expand, width), f"fire{number}")
        if number in POOLED_AFTER:
            x = keras.layers.MaxPooling2D(3, strides=2, name=POOLED_AFTER[number])(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    x = keras.layers.Conv2D(
        num_classes,
        1,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype=exact_dtype(),
        name="conv10",
    )(x)  # [B, h, w, K]
    pooled = keras.layers.GlobalAveragePooling2D(dtype=x.dtype, name="output")(x)
    return keras.Model(inputs, pooled, name="squeezenet")


def _fire(x: Tensor, squeeze: int, expand: int, name: str) -> Tensor:
    """A squeeze to few maps, then 1x1 and 3x3 expands side by side (section 3.1)."""
    x = _convolution(x, squeeze, 1, f"{name}_squeeze1x1")
    sides = [_convolution(x, expand, side, f"{name}_expand{side}x{side}") for side in (1, 3)]
    return keras.layers.Concatenate(name=name)(sides)


def _convolution(
    x: Tensor, maps: int, side: int, name: str, *, strides: int = 1, padding: str = "same"
) -> Tensor:
    return keras.layers.Conv2D(
        maps,
        side,
        strides=strides,
        padding=padding,
        activation="relu",
        kernel_initializer="glorot_uniform",
        name=name,
    )(x)
