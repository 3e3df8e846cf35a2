"""Residual networks of He, Zhang, Ren and Sun 2015 for 32x32 pictures: 20 to 110 layers."""

from typing import Annotated, Literal

import keras
from keras import ops
from pydantic import Field

from dlsuite.models.geometry import image_input, logits, normalized, scaled
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

CHANNELS = (16, 32, 64)
SMALLEST = 4  # pixels: halved twice.
EPSILON = 1e-5
PAPER = Paper(
    "He, Zhang, Ren, Sun",
    "Deep Residual Learning for Image Recognition",
    2015,
    "CVPR 2016, section 4.2, arXiv:1512.03385",
    forms=tuple(
        Form(
            f"depth {depth}",
            count,
            f"sum of section 4.2; table 6 has {millions} million",
            {"depth": depth},
            input_shape=(32, 32, 3),
            num_classes=10,
        )
        for depth, count, millions in (
            (20, 269_722, 0.27),
            (32, 464_154, 0.46),
            (44, 658_586, 0.66),
            (56, 853_018, 0.85),
            (110, 1_727_962, 1.7),
        )
    ),
    stages=("conv1", "conv2", "conv3", "conv4"),
    smallest=SMALLEST,
)


def cifar_resnet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    depth: Literal[20, 32, 44, 56, 110] = 20,
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """ResNet of section 4.2, with the stages `conv1` to `conv4` and `output`.

    A 3x3 convolution, then three stages of `(depth - 2) / 6` blocks of two with 16, 32 and 64 maps.
    Where the shape changes, the shortcut takes every second pixel and adds maps of zeros (option
    A), so all of them are free of parameters. 269,722 trainable parameters at depth 20 with three
    channels and 10 classes.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 4, any channels.
        num_classes: Number of logits.
        depth: Layers with weights.
        width: Factor of the maps of every stage.
        dropout: Share of the pooled features dropped in training; the paper has none.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: A depth that is not 6n + 2 with one of the paper's n.
    """
    if depth not in (20, 32, 44, 56, 110):
        raise ValueError(f"`depth` must be one of 20, 32, 44, 56, 110. Received: depth={depth}.")
    x = inputs = image_input(input_shape, SMALLEST, "which two stages halve")
    x = _normalized(x, scaled(CHANNELS[0], width), 1, "conv1_a")
    x = keras.layers.ReLU(name="conv1")(x)
    count = (depth - 2) // 6
    for stage, channels in enumerate(CHANNELS, start=2):
        for number in range(1, count + 1):
            strides = 2 if number == 1 and stage > 2 else 1
            name = f"conv{stage}_{number}"
            end = f"conv{stage}" if number == count else name
            x = _block(x, scaled(channels, width), strides, name, end)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, logits(num_classes)(x), name=f"cifar_resnet{depth}")


def _block(x: Tensor, maps: int, strides: int, name: str, end: str) -> Tensor:
    shortcut = _shortcut(x, maps, strides)
    x = _normalized(x, maps, strides, f"{name}_a")
    x = keras.layers.ReLU(name=f"{name}_a_relu")(x)
    x = _normalized(x, maps, 1, f"{name}_b")
    x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return keras.layers.ReLU(name=end)(x)


def _shortcut(x: Tensor, maps: int, strides: int) -> Tensor:
    """Option A: every second pixel, and maps of zeros after those there are."""
    if strides > 1:
        x = x[:, ::strides, ::strides]
    missing = maps - x.shape[-1]
    return ops.pad(x, ((0, 0), (0, 0), (0, 0), (0, missing))) if missing else x


def _normalized(x: Tensor, maps: int, strides: int, name: str) -> Tensor:
    return normalized(x, maps, 3, name, epsilon=EPSILON, strides=strides)
