"""The neck of a detector: maps at several strides, each told what the coarser ones see."""

from collections.abc import Sequence

import keras

from dlsuite.models.backbone import STRIDES, strided_maps
from dlsuite.models.darknet import leaky_convolution
from dlsuite.types import Tensor


def at_strides(backbone: keras.Model, strides: Sequence[int], maps: int) -> list[Tensor]:
    """Maps at every stride; those coarser than the backbone's are had by further convolutions.

    Args:
        backbone: As of `strided_maps`.
        strides: Powers of 2, rising.
        maps: Of what the further convolutions, with stride 2 each, give.

    Raises:
        ValueError: The network lacks a stride finer than its coarsest.
    """
    found = strided_maps(backbone, STRIDES)
    x = found[max(found)]
    for stride in strides:
        while stride > max(found):
            now = 2 * max(found)
            found[now] = x = leaky_convolution(x, maps, 3, f"extra{now}", strides=2)
    missing = [stride for stride in strides if stride not in found]
    if missing:
        raise ValueError(
            f"`backbone` must have maps at the strides of {list(strides)}. "
            f"Received: {backbone.name}, without {', '.join(map(str, missing))}."
        )
    return [found[stride] for stride in strides]


def joined(stages: Sequence[Tensor], maps: int) -> list[Tensor]:
    """Stages with what the coarser ones know, `maps` at each (YOLOv3, section 2.3).

    From the coarsest on each is enlarged, laid beside the next finer one and both reduced by a 1x1
    convolution.

    Args:
        stages: Fine ones first.
        maps: Of each after it.
    """
    ends: list[Tensor] = []
    for level in range(len(stages) - 1, -1, -1):
        x = stages[level]
        if ends:
            up = _enlarged(ends[0], x.shape[1:3], f"neck{level + 1}_up")
            x = keras.layers.Concatenate(name=f"neck{level + 1}_join")([up, x])
        ends.insert(0, leaky_convolution(x, maps, 1, f"neck{level + 1}"))
    return ends


def _enlarged(x: Tensor, fields: tuple[int, int], name: str) -> Tensor:
    """Maps of as many fields as the finer ones have, each the nearest."""
    factor = [-(-now // then) for now, then in zip(fields, x.shape[1:3], strict=True)]
    x = keras.layers.UpSampling2D(factor, name=name)(x)
    spare = [then - now for now, then in zip(fields, x.shape[1:3], strict=True)]
    if any(spare):
        x = keras.layers.Cropping2D([(0, most) for most in spare], name=f"{name}_crop")(x)
    return x
