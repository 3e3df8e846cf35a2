"""What a detector gets from a classifier: its maps at some strides, without the classifier."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import keras

from dlsuite.recipe.room import Room
from dlsuite.types import Tensor

# A network of the catalogue made of the same `input_shape`; in a recipe a `type:` block.
Backbone = Annotated[
    Any,
    Room("dlsuite.models", late={"input_shape": (64, 64, 3), "num_classes": 10, "dropout": 0.0}),
]
STRIDES = tuple(2**power for power in range(1, 8))  # that maps of pictures have
# What is dropped for a classifier is not for who asks where something is; and with a border small
# maps have the size of a finer stride.
PASSED_OVER = (keras.layers.Dropout, keras.layers.ZeroPadding2D)
SLACK = 1  # fields of a side that convolutions without padding lose on the way


def strided_maps(backbone: keras.Model, strides: Sequence[int]) -> dict[int, Tensor]:
    """The last maps of each stride before the classifier of a network, parts of its own graph.

    Args:
        backbone: A functional model of one image whose last layer with weights is its classifier.
        strides: Pixels of a side that one field stands for, powers of 2.

    Returns:
        `{stride: [B, h, w, C]}`, those strides alone that the network has. h is `H / stride`, up to
        a field less where convolutions do not pad.

    Raises:
        ValueError: The network has none of the strides.
    """
    found: dict[int, Tensor] = {}
    for maps in _before_the_classifier(backbone):
        stride = _stride(tuple(backbone.input_shape[1:3]), tuple(maps.shape[1:3]))
        if stride is not None and stride in strides:
            found[stride] = maps
    if not found:
        raise ValueError(
            f"`backbone` must have maps at a stride of {' or '.join(map(str, strides))} pixels. "
            f"Received: {backbone.name} of {list(backbone.input_shape[1:])}."
        )
    return {stride: found[stride] for stride in sorted(found)}


def kept_graph(model: keras.Model) -> dict[str, Any]:
    """The layers of a model of a class of its own, as its config keeps them.

    `keras.saving.deserialize_keras_object` makes a plain functional model of them again, whose
    input and output the class begins with.
    """
    return keras.saving.serialize_keras_object(keras.Model(model.input, model.output))


def _before_the_classifier(backbone: keras.Model) -> Iterator[Tensor]:
    """Maps `[B, h, w, C]` that the classifier is computed of, in order."""
    classifier = [layer for layer in backbone.layers if layer.weights][-1]
    for layer in keras.Model(backbone.input, classifier.input).layers:
        maps = layer.output
        if not isinstance(layer, PASSED_OVER) and len(maps.shape) == 4:
            yield maps


def _stride(image: tuple[int, int], fields: tuple[int, int]) -> int | None:
    """The stride at which an image leaves so many fields."""

    def lost(stride: int) -> list[int]:
        return [-(-side // stride) - count for side, count in zip(image, fields, strict=True)]

    fitting = [stride for stride in STRIDES if all(0 <= least <= SLACK for least in lost(stride))]
    return min(fitting, key=lambda stride: sum(lost(stride)), default=None)
