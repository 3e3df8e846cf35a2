"""LeNet-5 of LeCun, Bottou, Bengio and Haffner 1998, in the paper's form and in today's."""

from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops
from pydantic import Field

from dlsuite.models.geometry import logits
from dlsuite.models.published import Form, Paper
from dlsuite.types import Tensor

KERNEL_SIZE = 5
PAPER_SIZE = 32  # The side at which C5 sees exactly one 5x5 field.
SMALLEST_SIZE = 28  # Two pixels of padding on each side make it 32.

# Map of C3 -> the maps of S2 that it sees (table I of the paper).
C3_TABLE = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip

# Squashing f(a) = A tanh(S a) with f(1) = 1 and f(-1) = -1 (appendix A).
TANH_AMPLITUDE = 1.7159
TANH_SLOPE = 2 / 3
INITIAL_WIDTH = 2.4  # Weights start uniform in ±2.4 / fan-in (appendix A).
# Background at -0.1, ink at 1.175: the input then has about mean 0, variance 1 (section II.B). The
# paper's ink is black; in this suite ink is 1 and background 0.
BACKGROUND, INK = -0.1, 1.175
PAPER = Paper(
    "LeCun, Bottou, Bengio, Haffner",
    "Gradient-Based Learning Applied to Document Recognition",
    1998,
    "Proceedings of the IEEE 86 (11)",
    forms=(
        Form(
            "modern",
            61_706,
            "sum of its layers, with all connections of C3",
            input_shape=(32, 32, 1),
            num_classes=10,
        ),
        Form(
            "paper, without output",
            60_000,
            "section II.B",
            {"variant": "paper"},
            input_shape=(32, 32, 1),
            num_classes=10,
            without=("output",),
        ),
    ),
    stages=("c1", "s2", "c3", "s4", "c5", "f6"),
    smallest=SMALLEST_SIZE,
)


def lenet5(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    variant: Literal["modern", "paper"] = "modern",
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """LeNet-5, with its stages as the layers `c1`, `s2`, `c3`, `s4`, `c5`, `f6` and `output`.

    `modern`: full convolutions, average pooling, relu, He initialization; 61,706 parameters with
    32x32x1 (or 28x28x1) images and 10 classes. Images with a side under 32 are padded by the first
    convolution; on larger ones `c5` slides, as the paper says it would, and `f6` sees all of it.

    `paper`: each map of `c3` sees the maps of `s2` that table I lists; `s2` and `s4` add 2x2
    blocks, multiply by a trained coefficient, add a bias and squash; every squashing is
    1.7159 tanh(2/3 a); kernels and coefficients start uniform in ±2.4 / fan-in, biases at 0; the
    input is scaled inside to -0.1 (background) and 1.175 (ink). 60,000 parameters before the
    output. One deviation: the output is a dense layer of logits (850 parameters for 10 classes)
    in place of the paper's radial basis functions over fixed 7x12 bitmaps of characters.

    Args:
        input_shape: `(H, W, C)` of images float32 in [0, 1] with ink at 1. `paper` wants
            `(32, 32, 1)`, or `(28, 28, 1)`, which it pads with background as the authors did;
            `modern` any channels and sides of at least 28.
        num_classes: Number of logits.
        variant: Which of the two forms.
        dropout: Share of the outputs of `c5` and of `f6` dropped in training.

    Returns:
        Uncompiled model, `[B, H, W, C]` -> logits `[B, num_classes]`.

    Raises:
        ValueError: An unknown variant, or a geometry that it cannot take.
    """
    forms = {"modern": _modern, "paper": _paper}
    if variant not in forms:
        raise ValueError(f"`variant` must be one of {sorted(forms)}. Received: {variant!r}.")
    convolutions, f6 = forms[variant](tuple(input_shape))
    x = inputs = keras.Input(input_shape, name="image")
    for layer in convolutions:
        x = layer(x)
    x = keras.layers.Flatten(name="flatten")(x)  # [B, 120] where c5 has one position
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout_c5")(x)
    x = f6(x)  # [B, 84]
    if dropout:
        x = keras.layers.Dropout(dropout, name="dropout_f6")(x)
    initializer = _uniform(84) if variant == "paper" else "glorot_uniform"
    output = logits(num_classes, initializer=initializer)
    return keras.Model(inputs, output(x), name="lenet5")


def _modern(input_shape: tuple[int, ...]) -> tuple[list[keras.Layer], keras.Layer]:
    sides = input_shape[:2]
    if len(input_shape) != 3 or None in input_shape or min(sides) < SMALLEST_SIZE:
        raise ValueError(
            f"`input_shape` must be (height, width, channels) with sides of at least "
            f"{SMALLEST_SIZE}, which leave 5x5 maps to `c5`. Received: input_shape={input_shape}."
        )
    style: dict[str, Any] = {"activation": "relu", "kernel_initializer": "he_normal"}
    padding = "same" if min(sides) < PAPER_SIZE else "valid"
    convolutions = [
        keras.layers.Conv2D(6, KERNEL_SIZE, padding=padding, name="c1", **style),
        keras.layers.AveragePooling2D(2, name="s2"),
        keras.layers.Conv2D(16, KERNEL_SIZE, name="c3", **style),
        keras.layers.AveragePooling2D(2, name="s4"),
        keras.layers.Conv2D(120, KERNEL_SIZE, name="c5", **style),
    ]
    return convolutions, keras.layers.Dense(84, name="f6", **style)


def _paper(input_shape: tuple[int, ...]) -> tuple[list[keras.Layer], keras.Layer]:
    shapes = [(side, side, 1) for side in (PAPER_SIZE, SMALLEST_SIZE)]
    if input_shape not in shapes:
        raise ValueError(
            f"`input_shape` must be one of {shapes} for variant='paper'. "
            f"Received: input_shape={input_shape}."
        )
    border = (PAPER_SIZE - input_shape[0]) // 2
    convolutions = [
        keras.layers.ZeroPadding2D(border, name="pad"),
        keras.layers.Rescaling(INK - BACKGROUND, BACKGROUND, name="scale"),
        keras.layers.Conv2D(
            6, KERNEL_SIZE, activation=scaled_tanh, kernel_initializer=_uniform(25), name="c1"
        ),
        TrainableSubsampling(name="s2"),
        TableConvolution(C3_TABLE, name="c3"),
        TrainableSubsampling(name="s4"),
        keras.layers.Conv2D(
            120, KERNEL_SIZE, activation=scaled_tanh, kernel_initializer=_uniform(400), name="c5"
        ),
    ]
    f6 = keras.layers.Dense(84, scaled_tanh, kernel_initializer=_uniform(120), name="f6")
    return convolutions, f6


@keras.saving.register_keras_serializable(package="dlsuite")
def scaled_tanh(x: Tensor) -> Tensor:
    """The paper's squashing, 1.7159 tanh(2/3 x): 1 at 1, -1 at -1, bent most about there."""
    return TANH_AMPLITUDE * ops.tanh(TANH_SLOPE * x)


# Lowest and highest value, for those who look at what layers give.
vars(scaled_tanh)["limits"] = (-TANH_AMPLITUDE, TANH_AMPLITUDE)


@keras.saving.register_keras_serializable(package="dlsuite")
class TrainableSubsampling(keras.layers.Layer):
    """Squashed sum of each 2x2 block, times one coefficient and plus one bias for each map.

    `[B, H, W, C]` -> `[B, H // 2, W // 2, C]` with 2C parameters.
    """

    activation = staticmethod(scaled_tanh)  # As layers of Keras say what bends their output.

    def build(self, input_shape: tuple[int, ...]) -> None:
        maps = (input_shape[-1],)
        self.coefficient = self.add_weight(
            shape=maps, initializer=_uniform(fan_in=4), name="coefficient"
        )
        self.bias = self.add_weight(shape=maps, initializer="zeros", name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        total = 4.0 * ops.average_pool(inputs, 2, strides=2)  # [B, H // 2, W // 2, C]
        return self.activation(total * self.coefficient + self.bias)


@keras.saving.register_keras_serializable(package="dlsuite")
class TableConvolution(keras.layers.Layer):
    """Squashed 5x5 convolution in which each output map sees only the input maps of its row.

    Only kernels of existing connections are weights, `[5, 5, N]` for N connections; they are laid
    into a dense kernel with zeros elsewhere, for which every device has a fast convolution.

    `[B, H, W, C]` -> `[B, H - 4, W - 4, len(table)]`.

    Args:
        table: For each output map the indices of the input maps that it sees.
    """

    activation = staticmethod(scaled_tanh)
    multiplies_by_kernel = True  # each number of it, at every position of the output

    def __init__(self, table: tuple[tuple[int, ...], ...], **options: Any) -> None:
        super().__init__(**options)
        self.table = tuple(tuple(sources) for sources in table)

    def build(self, input_shape: tuple[int, ...]) -> None:
        counts = np.array([len(sources) for sources in self.table])
        sources = np.concatenate(self.table)
        targets = np.repeat(np.arange(len(counts)), counts)
        # Where there is no connection the index is one past the last kernel: the zero one.
        self.placement = np.full((input_shape[-1], len(counts)), len(sources))
        self.placement[sources, targets] = np.arange(len(sources))
        fan_in = KERNEL_SIZE**2 * counts[targets]  # [N]
        self.kernel = self.add_weight(
            shape=(KERNEL_SIZE, KERNEL_SIZE, len(sources)),
            initializer=lambda shape, dtype: _uniform(1)(shape, dtype) / fan_in,
            name="kernel",
        )
        self.bias = self.add_weight(shape=(len(counts),), initializer="zeros", name="bias")

    def call(self, inputs: Tensor) -> Tensor:
        kernel = ops.pad(self.kernel, ((0, 0), (0, 0), (0, 1)))  # [5, 5, N + 1]
        kernel = ops.take(kernel, self.placement, axis=-1)  # [5, 5, C, K]
        maps = ops.conv(inputs, kernel, data_format="channels_last")
        return self.activation(maps + self.bias)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "table": self.table}


def _uniform(fan_in: int) -> keras.Initializer:
    return keras.initializers.RandomUniform(-INITIAL_WIDTH / fan_in, INITIAL_WIDTH / fan_in)
