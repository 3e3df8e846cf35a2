"""The head of Fast and Faster R-CNN: regions pooled to one size, their class and their box."""

from typing import Literal

import keras

from dlsuite.layers.regions import RoIAlign, RoIPool
from dlsuite.models.geometry import exact_dtype
from dlsuite.types import Tensor

POOLED = 7  # fields of a side that every region is brought to (Girshick 2015, section 2.1)

Pooling = Literal["pool", "align"]


def region_pooling(pooling: Pooling, size: int, stride: int) -> keras.Layer:
    """The layer that brings every region of the maps to `size` x `size` fields."""
    layers = {"pool": RoIPool, "align": RoIAlign}
    if pooling not in layers:
        raise ValueError(f"`pooling` must be pool or align. Received: pooling={pooling!r}.")
    return layers[pooling](size, stride, name="region_pooling")


def detection_head(
    shape: tuple[int, int, int], num_classes: int, units: int, dropout: float = 0.0
) -> keras.Model:
    """What says the class of every region and the steps to its box, `[B, R, s, s, C]` ->
    `{"logits": [B, R, K + 1], "deltas": [B, R, 4]}`; background is the last class.

    Two dense layers with rectifiers; the outputs begin as Gaussians of deviation 0.01 and 0.001
    (Girshick 2015, section 2.3). Faster R-CNN has the same.

    Args:
        shape: `(s, s, C)` of a pooled region.
        num_classes: K.
        units: Of both dense layers.
        dropout: Share of them dropped in training.
    """
    x = inputs = keras.Input((None, *shape), name="regions")
    x = keras.layers.Reshape((-1, shape[0] * shape[1] * shape[2]), name="head_flatten")(x)
    for number in (1, 2):
        x = keras.layers.Dense(
            units, "relu", kernel_initializer="he_normal", name=f"head_{number}"
        )(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"head_dropout_{number}")(x)
    return keras.Model(inputs, class_and_box(x, x, num_classes), name="head")


def class_and_box(for_class: Tensor, for_box: Tensor, num_classes: int) -> dict[str, Tensor]:
    """The two sides of a head: logits of K classes and background, and steps to the box.

    Args:
        for_class: Features that the class is said of, `[..., D]`.
        for_box: Those that the steps are said of, `[..., D']`.
        num_classes: K.
    """
    return {
        "logits": _output(for_class, num_classes + 1, 0.01, "class"),
        "deltas": _output(for_box, 4, 0.001, "box"),
    }


def _output(x: Tensor, count: int, deviation: float, name: str) -> Tensor:
    initializer = keras.initializers.RandomNormal(stddev=deviation)
    return keras.layers.Dense(
        count, kernel_initializer=initializer, dtype=exact_dtype(), name=name
    )(x)
