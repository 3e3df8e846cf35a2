"""Residual networks of He, Zhang, Ren and Sun 2015 for photographs: 18 to 152 layers."""

from typing import Annotated, Literal

import keras
from pydantic import Field

from dlsuite.models.geometry import (
    Pixels,
    image_input,
    in_pixels,
    logits,
    normalized,
    scaled,
)
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

# depth -> residual blocks of conv2 to conv5 (table 1).
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
BOTTLENECK = 50  # From this depth on a block is 1x1, 3x3, 1x1 with four times the maps at its end.
EXPANSION = 4
CHANNELS = (64, 128, 256, 512)
SMALLEST = 2  # pixels: every convolution and pooling pads, so one field is left of any image.
EPSILON = 1.001e-5  # That of the weights published with Keras.
PAPER = Paper(
    "He, Zhang, Ren, Sun",
    "Deep Residual Learning for Image Recognition",
    2015,
    "CVPR 2016, arXiv:1512.03385",
    forms=tuple(
        Form(f"depth {depth}", count, "torchvision; the paper has none", {"depth": depth})
        for depth, count in (
            (18, 11_689_512),
            (34, 21_797_672),
            (50, 25_557_032),
            (101, 44_549_160),
            (152, 60_192_808),
        )
    ),
    stages=("conv1", "conv2", "conv3", "conv4", "conv5"),
    smallest=SMALLEST,
)


def resnet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    depth: Literal[18, 34, 50, 101, 152] = 50,
    stride_in: Literal["first", "middle"] = "first",
    stem: Literal["paper", "small"] = "paper",
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    pixels: Pixels = "unit",
) -> keras.Model:
    """ResNet (v1), with the stages `conv1` to `conv5` (after their last rectifier) and `output`.

    Identity shortcuts, projections by a 1x1 convolution where the shape changes (option B), batch
    normalization after each convolution. Trainable parameters at depth 50 with three channels and
    1,000 classes: 25,557,032. Layers are named `conv3_1_a` (stage, block, place in the block) with
    `_bn` and `_relu`; a projection is `conv3_1_shortcut`.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 2, any channels. `stem: paper`
            divides a side by 32, so under 64 pixels the last stages see single fields.
        num_classes: Number of logits.
        depth: Layers with weights, without projections.
        stride_in: Which convolution of a bottleneck halves the side: the `first`, 1x1, as in the
            paper and in keras.applications, or the `middle`, 3x3, known as v1.5. At depths 18 and
            34 both are the first of the two.
        stem: `paper` is a 7x7 convolution and a pooling, each with stride 2; `small` one 3x3
            convolution without, the usual choice at 32x32.
        width: Factor of the maps of every stage.
        dropout: Share of the pooled features dropped in training; the paper has none.
        pixels: What the net computes with: images as they come, or `caffe`, the form that the
            published ImageNet weights want, which `weights` may start from.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An unknown depth or choice.
    """
    if depth not in BLOCKS:
        raise ValueError(f"`depth` must be one of {sorted(BLOCKS)}. Received: depth={depth}.")
    inputs = image_input(input_shape, SMALLEST, "which the stem halves")
    x = in_pixels(inputs, pixels)
    x = _stem(x, scaled(CHANNELS[0], width), stem)
    block = _bottleneck if depth >= BOTTLENECK else _basic
    for stage, (count, channels) in enumerate(zip(BLOCKS[depth], CHANNELS, strict=True), start=2):
        for number in range(1, count + 1):
            strides = 2 if number == 1 and stage > 2 else 1
            name = f"conv{stage}_{number}"
            end = f"conv{stage}" if number == count else name
            middle = stride_in == "middle"
            x = block(x, scaled(channels, width), strides, middle, name, end)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, logits(num_classes)(x), name=f"resnet{depth}")


def _stem(x: Tensor, maps: int, stem: str) -> Tensor:
    if stem == "small":
        return _normalized(x, maps, 3, "conv1_a", relu="conv1")
    x = _normalized(x, maps, 7, "conv1_a", strides=2, relu="conv1")
    x = keras.layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return keras.layers.MaxPooling2D(3, strides=2, name="pool1")(x)


def _basic(x: Tensor, maps: int, strides: int, middle: bool, name: str, end: str) -> Tensor:
    """Two 3x3 convolutions (figure 5, left)."""
    shortcut = _shortcut(x, maps, strides, name)
    x = _normalized(x, maps, 3, f"{name}_a", strides=strides, relu=f"{name}_a_relu")
    x = _normalized(x, maps, 3, f"{name}_b")
    return _joined(shortcut, x, name, end)


def _bottleneck(x: Tensor, maps: int, strides: int, middle: bool, name: str, end: str) -> Tensor:
    """1x1, 3x3 and 1x1 convolutions (figure 5, right)."""
    first, second = (1, strides) if middle else (strides, 1)
    shortcut = _shortcut(x, EXPANSION * maps, strides, name)
    x = _normalized(x, maps, 1, f"{name}_a", strides=first, relu=f"{name}_a_relu")
    x = _normalized(x, maps, 3, f"{name}_b", strides=second, relu=f"{name}_b_relu")
    x = _normalized(x, EXPANSION * maps, 1, f"{name}_c")
    return _joined(shortcut, x, name, end)


def _shortcut(x: Tensor, maps: int, strides: int, name: str) -> Tensor:
    if strides == 1 and x.shape[-1] == maps:
        return x
    return _normalized(x, maps, 1, f"{name}_shortcut", strides=strides)


def _joined(shortcut: Tensor, x: Tensor, name: str, end: str) -> Tensor:
    x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return keras.layers.ReLU(name=end)(x)


def _normalized(
    x: Tensor, maps: int, side: int, name: str, *, strides: int = 1, relu: str | None = None
) -> Tensor:
    """A normalized convolution, and a rectifier where one is named."""
    x = normalized(x, maps, side, name, epsilon=EPSILON, strides=strides)
    return keras.layers.ReLU(name=relu)(x) if relu else x
