"""What each layer of a network gives out, holds and computes, as papers print it in a table."""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras

from dlsuite.models.layer_paths import layers_by_path
from dlsuite.types import Shape

# Layers whose every output position takes each number of `kernel` once: of a grouped convolution
# the kernel has the maps of one group. Layers of our own say so by `multiplies_by_kernel`.
MULTIPLYING = (
    keras.layers.Dense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
)


@dataclass(frozen=True)
class LayerRow:
    """One layer.

    Attributes:
        name: Of the layer.
        kind: Its class.
        output: Shape of what it gives out for one example, without the batch; of the first where it
            gives several. Empty where it is not known.
        parameters: Weights that are trained.
        moving: Weights that are not, such as moving statistics.
        multiply_adds: Products of a weight and a value for one example, in convolutions and dense
            layers; 0 for all others. None where a side of the output is not known.
    """

    name: str
    kind: str
    output: Shape
    parameters: int
    moving: int
    multiply_adds: int | None


def layer_table(model: keras.Model) -> list[LayerRow]:
    """A row for each layer of a functional model in its order, those of models inside it too.

    Heads of a network that speak in training alone, as GoogLeNet's, come after the others. Weights
    need no values: `dlsuite.models.weightless` makes large networks without memory.
    """
    layers = {id(layer): layer for layer in layers_by_path(model).values()}  # a shared one once
    return [_row(layer) for layer in layers.values() if not isinstance(layer, keras.Model)]


def total(rows: list[LayerRow]) -> LayerRow:
    """The sums of a table, with the name `total`; of multiply-adds None if any is not known."""
    trained, moving = sum(row.parameters for row in rows), sum(row.moving for row in rows)
    products = [row.multiply_adds for row in rows if row.multiply_adds is not None]
    known = sum(products) if len(products) == len(rows) else None
    return LayerRow("total", "", (), trained, moving, known)


def _row(layer: keras.Layer) -> LayerRow:
    trained, moving = (
        sum(math.prod(weight.shape) for weight in weights)
        for weights in (layer.trainable_weights, layer.non_trainable_weights)
    )
    kind, shape = type(layer).__name__, _output(layer)
    return LayerRow(layer.name, kind, shape, trained, moving, _multiply_adds(layer, shape))


def _output(layer: keras.Layer) -> Shape:
    try:
        outputs = keras.tree.flatten(layer.output)
    except (AttributeError, ValueError):  # of a layer that several call, or none did
        return ()
    return tuple(outputs[0].shape[1:]) if outputs else ()


def _multiply_adds(layer: keras.Layer, shape: Shape) -> int | None:
    if not (isinstance(layer, MULTIPLYING) or getattr(layer, "multiplies_by_kernel", False)):
        return 0
    known = [side for side in shape[:-1] if side is not None]
    if not shape or len(known) < len(shape) - 1:
        return None
    return math.prod(known) * math.prod(layer.kernel.shape)
