"""Which layers a recipe may augment its training images with."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from dlsuite.recipe import Call

Problems = Iterator[tuple[str, str]]

# Where the layers that change images are kept, and the noise that changes them too.
IMAGE_LAYERS = (
    "layers.preprocessing.image_preprocessing.",
    "layers.regularization.gaussian_noise",
    "dlsuite.layers.augmentation",
    "dlsuite.layers.color_jitter",
)
# The layers that are for images with boxes alone.
BOX_LAYERS = ("dlsuite.layers.box_augmentation",)
# Layers that change every image in one way: trained on what is never served.
UNDRAWN = frozenset(
    {
        "AutoContrast",
        "CenterCrop",
        "ContrastLimitedAdaptiveHistogramEqualization",
        "Equalization",
        "MaxNumBoundingBoxes",
        "Resizing",
    }
)
# Layers of Keras that cannot do what is asked of them here, and what can.
UNFIT = {
    "AugMix": (
        "must draw anew for every batch; AugMix draws once, when the input pipeline is built. "
        "RandAugment draws for every batch."
    ),
    "RandomCrop": (
        "must keep the size of images, each cut at a place of its own; RandomCrop cuts a whole "
        "batch at one place and to another size. RandomPaddedCrop, RandomTranslation and "
        "RandomZoom do."
    ),
}
# Layers that cannot be where images have boxes, and what can.
UNFIT_WITH_BOXES = {
    **UNFIT,
    "CutMix": "must leave objects whole; CutMix pastes over them. Mosaic does not.",
    "RandomCrop": (
        "must move boxes with pixels; RandomCrop moves x by what it cuts of y, and cuts a whole "
        "batch at one place. RandomScaleCrop does not."
    ),
    "RandomElasticTransform": (
        "must leave boxes around objects; RandomElasticTransform bends them. RandomRotation and "
        "RandomShear do not."
    ),
    "RandomPaddedCrop": (
        "must move boxes with pixels; RandomPaddedCrop does not say where they go. RandomScaleCrop "
        "does."
    ),
    "RandomPerspective": (
        "must move boxes with pixels; where RandomPerspective moves them is not known here. "
        "RandomRotation and RandomShear can be."
    ),
}


def layers_change_images(settings: Any) -> Problems:
    """Augmentation is by layers that draw a change of images in [0, 1], of the size they had.

    For settings with `augment` and `batch_size`.
    """
    yield from _unfit(settings, IMAGE_LAYERS, UNFIT)


def layers_move_boxes(settings: Any) -> Problems:
    """`layers_change_images` for images with boxes: by layers that are known to move them."""
    yield from _unfit(settings, IMAGE_LAYERS + BOX_LAYERS, UNFIT_WITH_BOXES)


def _unfit(settings: Any, modules: tuple[str, ...], unfit: dict[str, str]) -> Problems:
    for number, layer in enumerate(settings.augment):
        key = f"augment.{number}"
        if ":" in layer.type:
            continue  # the user's own
        module = getattr(layer.target, "__module__", "")
        if not any(place in module for place in modules):
            yield (
                f"{key}.type",
                f"must be a layer that changes images, such as RandomFlip. Received: {layer.type}.",
            )
        elif layer.type in unfit:
            yield f"{key}.type", unfit[layer.type]
        elif layer.type in UNDRAWN:
            yield (
                f"{key}.type",
                f"must draw what it does; {layer.type} changes every image alike, and images to "
                "predict are not augmented.",
            )
        elif mixes(layer.target) or layer.type == "Mosaic":
            yield from _mixing(key, layer, settings.batch_size)
        elif "value_range" in inspect.signature(layer.target).parameters:
            yield from _value_range(f"{key}.value_range", layer)
            if layer.type == "Solarization":
                yield from _solarization(f"{key}.threshold_factor", layer)


def mixes(kind: Any) -> bool:
    """Whether layers of a class, one of the user's own too, make one example of two."""
    import keras

    return isinstance(kind, type) and issubclass(kind, keras.layers.MixUp | keras.layers.CutMix)


def _mixing(key: str, layer: Call, batch_size: Any) -> Problems:
    if batch_size == 1:
        yield f"{key}.type", f"needs a batch of two examples or more: {layer.type} mixes them."
    alpha = layer.arguments.get("alpha")
    if alpha is not None and not (_is_number(alpha) and alpha > 0):
        yield f"{key}.alpha", f"must be a number above 0; 0 mixes nothing. Received: {alpha!r}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value_range(key: str, layer: Call) -> Problems:
    taken = inspect.signature(layer.target).parameters["value_range"].default
    given = layer.arguments.get("value_range", taken)
    shown = list(given) if isinstance(given, tuple) else given
    if shown != [0, 1]:
        yield key, f"must be [0, 1], the range of images here. Received: {shown}."


def _solarization(key: str, layer: Call) -> Problems:
    """Nothing is drawn between 0 and 0, as both factors are by default: all images are inverted."""
    given = [layer.arguments.get(name, 0) for name in ("addition_factor", "threshold_factor")]
    if not any(any(factor) if isinstance(factor, list | tuple) else factor for factor in given):
        yield (
            key,
            "must be above 0, or addition_factor; without them Solarization inverts every image "
            "alike, and images to predict are not augmented.",
        )
