"""VGG of Simonyan and Zisserman 2014: 3x3 convolutions all the way."""

from typing import Annotated, Literal

import keras
from pydantic import Field

from dlsuite.models.geometry import (
    Pixels,
    batch_normalization,
    image_input,
    in_pixels,
    logits,
    scaled,
)
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

# depth -> convolutions before each of the five poolings (table 1, columns A, B, D, E).
STAGES = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
CHANNELS = (64, 128, 256, 512, 512)
HIDDEN = 4096
SMALLEST = 32  # pixels: five poolings halve it to 1.
PAPER = Paper(
    "Simonyan, Zisserman",
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    2014,
    "ICLR 2015, arXiv:1409.1556",
    forms=tuple(
        Form(
            f"depth {depth}",
            count,
            f"torchvision; table 2 has {millions} million",
            {"depth": depth},
        )
        for depth, count, millions in (
            (11, 132_863_336, 133),
            (13, 133_047_848, 133),
            (16, 138_357_544, 138),
            (19, 143_667_240, 144),
        )
    ),
    stages=("pool1", "pool2", "pool3", "pool4", "pool5", "fc6", "fc7"),
    smallest=SMALLEST,
)


def vgg(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    depth: Literal[11, 13, 16, 19] = 16,
    batch_norm: bool = False,
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    pixels: Pixels = "unit",
) -> keras.Model:
    """VGG, with the layers `conv1_1` ..., the stages `pool1` to `pool5`, `fc6`, `fc7`, `output`.

    138,357,544 parameters at depth 16 with 224x224x3 images and 1,000 classes. Convolutions and the
    two hidden dense layers begin at He's initialization, which the paper did not have yet: it began
    its deep nets with the weights of a shallow one.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 32, any channels.
        num_classes: Number of logits.
        depth: Layers with weights.
        batch_norm: Whether a batch normalization stands before every rectifier of a convolution,
            and takes the place of its bias.
        width: Factor of the maps of every stage and of the hidden layers' units.
        dropout: Share of the outputs of `fc6` and of `fc7` dropped in training (section 3.1).
        pixels: What the net computes with: images as they come, or `caffe`, the form that the
            published ImageNet weights want, which `weights` may start from.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An unknown depth, or an image that five poolings leave nothing of.
    """
    if depth not in STAGES:
        raise ValueError(f"`depth` must be one of {sorted(STAGES)}. Received: depth={depth}.")
    inputs = image_input(input_shape, SMALLEST, "which five poolings halve")
    x = in_pixels(inputs, pixels)
    for stage, (count, channels) in enumerate(zip(STAGES[depth], CHANNELS, strict=True), start=1):
        for number in range(1, count + 1):
            x = _convolution(x, scaled(channels, width), batch_norm, f"{stage}_{number}")
        x = keras.layers.MaxPooling2D(2, name=f"pool{stage}")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    for name in ("fc6", "fc7"):
        hidden = keras.layers.Dense(
            scaled(HIDDEN, width), "relu", kernel_initializer="he_normal", name=name
        )
        x = hidden(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout_{name}")(x)
    return keras.Model(inputs, logits(num_classes)(x), name=f"vgg{depth}")


def _convolution(x: Tensor, channels: int, batch_norm: bool, place: str) -> Tensor:
    x = keras.layers.Conv2D(
        channels,
        3,
        padding="same",
        activation=None if batch_norm else "relu",
        use_bias=not batch_norm,
        kernel_initializer="he_normal",
        name=f"conv{place}",
    )(x)
    if not batch_norm:
        return x
    x = batch_normalization(f"bn{place}")(x)
    return keras.layers.ReLU(name=f"relu{place}")(x)
