"""The network that a net of regions begins with: its maps, and how a saved model keeps it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import keras
from pydantic import Field

from dlsuite.models.backbone import STRIDES, strided_maps
from dlsuite.models.darknet import darknet
from dlsuite.models.pyramid import joined
from dlsuite.types import Tensor

Neck = Annotated[int, Field(ge=2)] | None


def feature_maps(
    input_shape: tuple[int, int, int],
    num_classes: int,
    backbone: keras.Model | None,
    stride: int,
    neck: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The image that a backbone takes and its last maps of a stride, `[B, h, w, C]`.

    Args:
        input_shape: `(H, W, C)` of images.
        num_classes: That a backbone would tell apart.
        backbone: A network; Darknet if None.
        stride: Pixels of a side that one field stands for.
        neck: C, how many maps know what the backbone's coarser ones see (Lin et al. 2017; here as
            in YOLOv3, see `pyramid.joined`); with None they are the backbone's own, and of a fine
            stride few layers have seen little: those of a Darknet with 12 layers at a stride of 8
            are five layers deep, and each field sees 31 pixels.

    Raises:
        ValueError: The backbone is of another image, or has no such maps.
    """
    backbone = darknet(input_shape, num_classes) if backbone is None else backbone
    if tuple(backbone.input_shape[1:]) != tuple(input_shape):
        raise ValueError(
            f"`backbone` must take images of {tuple(input_shape)}. "
            f"Received: {backbone.name} of {tuple(backbone.input_shape[1:])}."
        )
    own = strided_maps(backbone, (stride,))
    if neck is None:
        return backbone.input, own[stride]
    coarser = strided_maps(backbone, [each for each in STRIDES if each >= stride])
    return backbone.input, joined(list(coarser.values()), neck)[0]


def described(backbone: keras.Model | None) -> dict[str, Any] | None:
    """A backbone in plain values, that a saved model holds."""
    return None if backbone is None else keras.saving.serialize_keras_object(backbone)


def made(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a builder as its model's configuration holds them, with a backbone."""
    backbone = choices["backbone"]
    if backbone is not None:  # Keras empties what it reads.
        backbone = keras.saving.deserialize_keras_object(json.loads(json.dumps(backbone)))
    return {**choices, "backbone": backbone}
