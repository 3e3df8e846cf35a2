"""The network that a net of regions begins with: its maps, and how a saved model keeps it."""

import json
from collections.abc import Mapping
from typing import Any

import keras

from dlsuite.models.backbone import strided_maps
from dlsuite.models.darknet import darknet
from dlsuite.types import Tensor


def feature_maps(
    input_shape: tuple[int, int, int],
    num_classes: int,
    backbone: keras.Model | None,
    stride: int,
) -> tuple[Tensor, Tensor]:
    """The image that a backbone takes and its last maps of a stride, `[B, h, w, C]`.

    Raises:
        ValueError: The backbone is of another image, or has no such maps.
    """
    backbone = darknet(input_shape, num_classes) if backbone is None else backbone
    if tuple(backbone.input_shape[1:]) != tuple(input_shape):
        raise ValueError(
            f"`backbone` must take images of {tuple(input_shape)}. "
            f"Received: {backbone.name} of {tuple(backbone.input_shape[1:])}."
        )
    return backbone.input, strided_maps(backbone, (stride,))[stride]


def described(backbone: keras.Model | None) -> dict[str, Any] | None:
    """A backbone in plain values, that a saved model holds."""
    return None if backbone is None else keras.saving.serialize_keras_object(backbone)


def made(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a builder as its model's configuration holds them, with a backbone."""
    backbone = choices["backbone"]
    if backbone is not None:  # Keras empties what it reads.
        backbone = keras.saving.deserialize_keras_object(json.loads(json.dumps(backbone)))
    return {**choices, "backbone": backbone}
