"""What the first layer of a net looks for: its weights as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from dlsuite.inspection.listening import NothingToShow, kernel_rank, parts
from dlsuite.layers import CaffePixels


@dataclass(frozen=True)
class Filters:
    """Weights of a first layer.

    Attributes:
        layer: Its name.
        pictures: float32 in [0, 1], `[N, G, h, w, C]`: N filters of G pictures each. Where a filter
            sees three channels G is 1 and C is 3, its colours in the order of the model's pictures;
            else C is 1, with a picture for each channel that the filter sees. Each filter is scaled
            by its largest weight: 0.5 is a weight of 0, 1 that weight where it is positive, 0 where
            it is negative.
        largest: Of the magnitudes of each filter's weights, `[N]`: what 1 stands for.
    """

    layer: str
    pictures: np.ndarray
    largest: np.ndarray


def first_filters(model: keras.Model) -> Filters:
    """The first convolution's filters, or the units of a first dense layer on pictures.

    A filter of a grouped convolution shows the channels of its group; one of a depthwise
    convolution a single one. Units of a dense layer on a flattened picture `[H, W, C]` are laid out
    as that picture.

    Args:
        model: Any model of Keras whose first layer with a kernel sees its input.

    Raises:
        NothingToShow: That layer is neither, or its kernels are of one weight.
    """
    blue_first = False
    for name, part in parts(model).items():
        blue_first = blue_first or isinstance(part, CaffePixels)
        if kernel_rank(part) >= 2:
            kernel = _kernel(model, name, part)
            # The three channels of a group are no colours.
            in_colour = kernel.shape[2] == 3 and getattr(part, "groups", 1) == 1
            if in_colour and blue_first:
                kernel = np.flip(kernel, axis=2)  # [h, w, C, N]
            return _scaled(name, kernel, in_colour)
    raise NothingToShow(f"Filters are weights of a layer. Received: {model.name}, which has none.")


def _kernel(model: keras.Model, name: str, part: Any) -> np.ndarray:
    """Filters as `[h, w, C, N]`."""
    weight = max(part.weights, key=lambda each: len(each.shape))
    kernel = ops.convert_to_numpy(ops.cast(weight, "float32"))
    if isinstance(part, keras.layers.Dense):
        shape = tuple(model.input_shape[1:]) if isinstance(model.input_shape, tuple) else ()
        if len(shape) == 3 and None not in shape and np.prod(shape) == len(kernel):
            return kernel.reshape(*shape, -1)
    if kernel.ndim != 4:
        raise NothingToShow(
            "Filters are pictures in a two-dimensional convolution or a dense layer on pictures. "
            f"Received: {name} of {model.name}, a {type(part).__name__}."
        )
    if kernel.shape[0] * kernel.shape[1] == 1:
        raise NothingToShow(
            "A filter needs more than one weight a channel to be a picture. Received: "
            f"{name} of {model.name}, whose kernels are 1x1."
        )
    if isinstance(part, keras.layers.DepthwiseConv2D | keras.layers.SeparableConv2D):
        return kernel.reshape(*kernel.shape[:2], 1, -1)  # C * M filters of one channel
    return kernel


def _scaled(name: str, kernel: np.ndarray, in_colour: bool) -> Filters:
    largest = np.abs(kernel).max(axis=(0, 1, 2))  # [N]
    shares = kernel / np.where(largest > 0, largest, 1)
    pictures = np.moveaxis(0.5 + shares / 2, -1, 0)  # [N, h, w, C]
    pictures = pictures[:, None] if in_colour else np.moveaxis(pictures, -1, 1)[..., None]
    return Filters(name, pictures.astype(np.float32), largest)
