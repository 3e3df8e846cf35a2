"""Darknet of Redmon and Farhadi 2016 and 2018: the backbone of YOLO, with 12, 19 or 53 layers."""

from dataclasses import dataclass
from typing import Annotated, Literal

import keras
from pydantic import Field

from dlsuite.models.geometry import image_input, logits, normalized, scaled
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor


@dataclass(frozen=True)
class Layout:
    """How the layers of one depth lie.

    Attributes:
        stem: Maps of a 3x3 convolution at full size; 0 is none.
        maps: Of the first stage; each further one has twice those of the one before.
        counts: For each of the five stages: convolutions after a pooling, or residual blocks after
            a convolution with stride 2.
        residual: Which of the two.
    """

    stem: int
    maps: int
    counts: tuple[int, int, int, int, int]
    residual: bool


LAYOUTS = {
    12: Layout(0, 16, (0, 0, 1, 1, 1), True),  # ours: that of 53 for small pictures on a processor
    19: Layout(32, 64, (1, 3, 3, 5, 5), False),  # YOLO9000, table 6
    53: Layout(32, 64, (1, 2, 8, 8, 4), True),  # YOLOv3, table 1
}
SLOPE = 0.1  # of the leaky rectifier below 0
EPSILON = 1e-5
SMALLEST = 32  # pixels: halved five times.
PAPER = Paper(
    "Redmon, Farhadi",
    "YOLO9000: Better, Faster, Stronger",
    2016,
    "CVPR 2017, arXiv:1612.08242; 53 layers in YOLOv3, arXiv:1804.02767",
    forms=(
        Form("Darknet-19", 20_842_376, "sum of table 6", {"depth": 19}),
        Form("Darknet-53", 41_609_928, "sum of YOLOv3's table 1; timm's darknet53", {"depth": 53}),
    ),
    stages=("stage1", "stage2", "stage3", "stage4", "stage5"),
    smallest=SMALLEST,
)


def darknet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    depth: Literal[12, 19, 53] = 12,
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """Darknet, with the stages `stage1` to `stage5` at strides 2, 4, 8, 16 and 32, and `output`.

    Convolutions with batch normalization and a leaky rectifier of slope 0.1. Darknet-19 alternates
    3x3 with 1x1 of half the maps after each max pooling; Darknet-53 halves by strides, and its 1x1
    and 3x3 are residual blocks. 12 layers are ours: Darknet-53's blocks, one in each of the last
    three stages, from 16 maps on and with a stride in the first convolution already, so that
    pictures of 128 pixels are learned on a processor in minutes.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 32, any channels.
        num_classes: Number of logits.
        depth: Layers with weights.
        width: Factor of the maps of every stage.
        dropout: Share of the pooled features dropped in training; the papers have none.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: Another depth, or an image that the five halvings leave nothing of.
    """
    if depth not in LAYOUTS:
        raise ValueError(f"`depth` must be one of {sorted(LAYOUTS)}. Received: depth={depth}.")
    layout = LAYOUTS[depth]
    x = inputs = image_input(input_shape, SMALLEST, "which five stages halve")
    if layout.stem:
        x = leaky_convolution(x, scaled(layout.stem, width), 3, "stem")
    stage = _residual_stage if layout.residual else _pooled_stage
    for number, count in enumerate(layout.counts):
        x = stage(x, scaled(layout.maps * 2**number, width), count, f"stage{number + 1}")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, logits(num_classes)(x), name=f"darknet{depth}")


def _pooled_stage(x: Tensor, maps: int, count: int, name: str) -> Tensor:
    """A pooling, then 3x3 convolutions with 1x1 of half the maps between them."""
    x = keras.layers.MaxPooling2D(2, name=f"{name}_pool")(x)
    for number in range(1, count + 1):
        wide = number % 2 == 1
        end = name if number == count else f"{name}_{number}"
        x = leaky_convolution(x, maps if wide else maps // 2, 3 if wide else 1, end)
    return x


def _residual_stage(x: Tensor, maps: int, count: int, name: str) -> Tensor:
    """A 3x3 convolution with stride 2, then blocks of 1x1 and 3x3 beside an identity."""
    x = leaky_convolution(x, maps, 3, f"{name}_down" if count else name, strides=2)
    for number in range(1, count + 1):
        block = f"{name}_{number}"
        shortcut = x
        x = leaky_convolution(x, maps // 2, 1, f"{block}_a")
        x = leaky_convolution(x, maps, 3, f"{block}_b")
        x = keras.layers.Add(name=name if number == count else block)([shortcut, x])
    return x


def leaky_convolution(x: Tensor, maps: int, side: int, name: str, *, strides: int = 1) -> Tensor:
    """A normalized convolution and its leaky rectifier, which has the name."""
    x = normalized(x, maps, side, f"{name}_conv", epsilon=EPSILON, strides=strides)
    return keras.layers.LeakyReLU(SLOPE, name=name)(x)
