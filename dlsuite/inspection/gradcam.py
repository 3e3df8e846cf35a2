"""Where a convolutional net looks for an answer: Grad-CAM of Selvaraju et al. 2017."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from dlsuite.inspection.listening import (
    NothingToShow,
    Stage,
    kernel_rank,
    listening,
    pieces,
    stages,
)
from dlsuite.training.gradients import gradient_on_the_way
from dlsuite.types import Tensor

# Half precision would lose the gradients of large maps; a power of two changes no digit.
SCALE = 2.0**10
CONVOLUTION = 3  # axes of a kernel at least, the sparse one of LeNet-5 has no fourth


def grad_cam(
    model: keras.Model, images: Tensor, units: npt.ArrayLike, *, layer: str | None = None
) -> np.ndarray:
    """What in each image speaks for a unit of the output, as a heat map of the image's size.

    See `stage_heat`; its maps are scaled up between their centres (bilinear).

    Args:
        model: Gives `[B, K]`, logits and not probabilities: a softmax that is sure lets hardly any
            gradient through.
        images: `[B, H, W, C]` as the model gets them.
        units: Whose score is to be explained, numbers in [0, K), shape `[B]`: classes, labels or
            units of several outputs side by side.
        layer: Name of the stage that is looked at, `model/layer` in a nested model; without one
            see `explained_stage`.

    Returns:
        Heat of at least 0, float32 `[B, H, W]`; 0 everywhere where nothing speaks for the unit.

    Raises:
        NothingToShow: The model has no convolution, or the layer gives no maps.
        ValueError: Images and units do not agree, or a layer or unit is not there.
    """
    heat = stage_heat(model, images, units, layer=layer)
    height, width = np.shape(images)[1:3]
    larger = ops.image.resize(heat[..., None], (height, width), interpolation="bilinear")
    return ops.convert_to_numpy(larger)[..., 0]


def stage_heat(
    model: keras.Model, images: Tensor, units: npt.ArrayLike, *, layer: str | None = None
) -> np.ndarray:
    """Grad-CAM at the size of the stage that is looked at (section 3).

    Each map of the stage is weighed by the mean of the score's gradient over its positions; the
    weighted sum passes a rectifier. Where the stage is followed by global average pooling and a
    dense layer, this is the class activation map of Zhou et al. 2016 over the number of positions.

    Args, errors: Those of `grad_cam`.

    Returns:
        float32 `[B, h, w]`.
    """
    chosen = np.asarray(units)
    if len(np.shape(images)) != 4 or chosen.shape != (len(images),) or not len(chosen):
        raise ValueError(
            "`images` must have shape [B, H, W, C] with B of at least 1, and `units` [B]. "
            f"Received: images {list(np.shape(images))}, units {list(chosen.shape)}."
        )
    computed = stages(model, images[:1])
    stage = explained_stage(computed, model.name) if layer is None else _named(computed, layer)
    heat, start = [], 0
    for piece in pieces(images, computed):
        heat.append(_heat(model, piece, chosen[start : start + len(piece)], stage.name))
        start += len(piece)
    return np.concatenate(heat)


def explained_stage(computed: Sequence[Stage], model: str = "the model") -> Stage:
    """The stage that Grad-CAM looks at unless told otherwise: the last maps before the classifier.

    The classifier is the last layer with a kernel: a dense one, or the 1x1 convolution of
    SqueezeNet, whose maps are scores already. Before it, the last convolution with more than one
    position counts, and of what follows at its size the last: behind a rectifier, an addition or a
    concatenation, before a pooling. A net of one convolution is explained by its maps.

    Args:
        computed: As `listening.stages` tells them.
        model: Name of the model, for the error.

    Raises:
        NothingToShow: There is no such convolution.
    """
    kernels = [place for place, stage in enumerate(computed) if stage.has_kernel]
    end = kernels[-1] if kernels else 0
    convolutions = [
        place
        for place in kernels
        if computed[place].is_spatial and kernel_rank(computed[place].part) >= CONVOLUTION
    ]
    if not convolutions:
        raise NothingToShow(
            "Grad-CAM needs a convolution whose maps have more than one position. "
            f"Received: {model}, which has none."
        )
    if convolutions == [end]:
        return computed[end]
    last = max(place for place in convolutions if place < end)
    size = computed[last].shape[:2]
    return next(
        stage
        for stage in reversed(computed[last:end])
        if stage.is_spatial and stage.shape[:2] == size
    )


def _named(computed: Sequence[Stage], layer: str) -> Stage:
    found = [stage for stage in computed if stage.name == layer]
    if not found:
        names = ", ".join(stage.name for stage in computed if stage.is_spatial)
        raise ValueError(f"`layer` must be one of {names or 'none'}. Received: {layer}.")
    if not found[-1].is_spatial:
        raise NothingToShow(
            "`layer` must give maps [B, h, w, C] of more than one position. Received: "
            f"{layer}, which gives {[None, *found[-1].shape]}."
        )
    return found[-1]


def _heat(model: keras.Model, images: Tensor, units: np.ndarray, name: str) -> np.ndarray:
    """`[B, h, w]` for images `[B, H, W, C]`, by the output of one layer."""
    maps: list[Tensor] = []

    def hear(heard: str, part: Any, output: Tensor) -> None:
        if heard == name:
            maps[:] = [output]

    x = ops.convert_to_tensor(images)

    def score() -> tuple[Tensor, Tensor]:
        outputs = model(x, training=False)
        width = outputs.shape[-1]
        if len(outputs.shape) != 2 or not (0 <= units.min() <= units.max() < width):
            raise ValueError(
                f"`units` must be numbers of the outputs [B, K] of {model.name}. Received: "
                f"{units.min()} to {units.max()} for outputs {list(outputs.shape)}."
            )
        one_hot = ops.one_hot(units, width, dtype=outputs.dtype)
        return ops.sum(outputs * one_hot) * SCALE, maps[0]

    with listening(model, hear):
        _, found, gradients = gradient_on_the_way(score, [x, *model.weights])
    activations, slopes = (
        ops.convert_to_numpy(ops.cast(each, "float32")) for each in (found, gradients)
    )  # [B, h, w, C] each
    weights = slopes.mean(axis=(1, 2)) / SCALE  # [B, C]
    return np.maximum(np.einsum("bhwc,bc->bhw", activations, weights), 0)
