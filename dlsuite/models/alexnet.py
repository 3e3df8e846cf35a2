"""AlexNet of Krizhevsky, Sutskever and Hinton 2012."""

from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from dlsuite.layers import GroupedConv2D, LocalResponseNormalization
from dlsuite.models.geometry import image_input, logits, scaled
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

# Name, maps, side of the kernel, whether it is split between the two groups (section 3.5).
CONVOLUTIONS = (
    ("conv1", 96, 11, False),
    ("conv2", 256, 5, True),
    ("conv3", 384, 3, False),
    ("conv4", 384, 3, True),
    ("conv5", 256, 3, True),
)
NORMALIZED = {"conv1", "conv2"}
POOLED = {"conv1": "pool1", "conv2": "pool2", "conv5": "pool5"}
# Biases that begin at 1, so that rectifiers have positive inputs at first (section 5).
ONES = {"conv2", "conv4", "conv5", "fc6", "fc7"}
HIDDEN = 4096
SMALLEST = 67  # pixels: 15, 7, 3 and 1 after the first convolution and the three poolings.
PRINTED, MEANT = 224, 227  # The paper prints 224; its 55x55 maps want 227.
PAPER = Paper(
    "Krizhevsky, Sutskever, Hinton",
    "ImageNet Classification with Deep Convolutional Neural Networks",
    2012,
    "NeurIPS 25",
    forms=(
        Form("two groups", 60_965_224, "sum of the paper's layers; it says 60 million"),
        Form("one group", 62_378_344, "sum of its layers without groups", {"groups": 1}),
    ),
    stages=("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5", "fc6", "fc7"),
    smallest=SMALLEST,
)


def alexnet(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    groups: Literal[1, 2] = 2,
    width: Annotated[float, Field(gt=0)] = 1.0,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5,
    initialization: Literal["paper", "he"] = "paper",
) -> keras.Model:
    """AlexNet: `conv1` to `conv5`, `pool1`, `pool2`, `pool5`, `fc6`, `fc7` and `output`.

    Local response normalization after the rectifiers of `conv1` and `conv2` (`norm1`, `norm2`),
    overlapping 3x3 pooling with stride 2, dropout before the first two dense layers. 60,965,224
    parameters with 227x227x3 images, 1,000 classes and two groups; 62,378,344 with one.

    Args:
        input_shape: `(H, W, C)` of images float32, sides of at least 67, any channels. Sides of 224
            are padded to the 227 that the paper's 55x55 maps need.
        num_classes: Number of logits.
        groups: 2 as in the paper, whose `conv2`, `conv4` and `conv5` see the maps of their own half
            only; 1 connects all.
        width: Factor of the maps of every stage and of the hidden layers' units.
        dropout: Share of the inputs of `fc6` and of `fc7` dropped in training.
        initialization: `paper`: Gaussian of standard deviation 0.01, and biases of 1 in `conv2`,
            `conv4`, `conv5`, `fc6` and `fc7` (section 5); `he` for short runs.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An unknown number of groups, or an image that the poolings leave nothing of.
    """
    if groups not in (1, 2):
        raise ValueError(f"`groups` must be 1 or 2. Received: groups={groups}.")
    x = inputs = image_input(input_shape, SMALLEST, "which leave `pool5` a field")
    if PRINTED in input_shape[:2]:
        border = [(MEANT - PRINTED) // 2 * (side == PRINTED) for side in input_shape[:2]]
        far = [(MEANT - PRINTED + 1) // 2 * (side == PRINTED) for side in input_shape[:2]]
        x = keras.layers.ZeroPadding2D(tuple(zip(border, far, strict=True)), name="pad")(x)
    for name, maps, side, split in CONVOLUTIONS:
        x = GroupedConv2D(
            scaled(maps, width),
            side,
            strides=4 if name == "conv1" else 1,
            padding="valid" if name == "conv1" else "same",
            groups=groups if split else 1,
            **_style(name, initialization),
        )(x)
        x = _after(x, name)
    x = keras.layers.Flatten(name="flatten")(x)
    for name in ("fc6", "fc7"):
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout_{name}")(x)
        x = keras.layers.Dense(scaled(HIDDEN, width), **_style(name, initialization))(x)
    output = logits(num_classes, initializer=_kernels(initialization))
    return keras.Model(inputs, output(x), name="alexnet")


def _after(x: Tensor, name: str) -> Tensor:
    if name in NORMALIZED:
        x = LocalResponseNormalization(name=f"norm{name[-1]}")(x)
    if name in POOLED:
        x = keras.layers.MaxPooling2D(3, strides=2, name=POOLED[name])(x)
    return x


def _kernels(initialization: str) -> Any:
    return (
        keras.initializers.RandomNormal(stddev=0.01) if initialization == "paper" else "he_normal"
    )


def _style(name: str, initialization: str) -> dict[str, Any]:
    ones = initialization == "paper" and name in ONES
    return {
        "name": name,
        "activation": "relu",
        "kernel_initializer": _kernels(initialization),
        "bias_initializer": "ones" if ones else "zeros",
    }
