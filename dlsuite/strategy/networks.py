"""Networks and augmentation that a recipe could have instead, as overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dlsuite.strategy.controls import Overrides, Settings, next_of, setting

# Depths of the families that have them, see each file of `dlsuite.models`.
DEPTHS = {
    "cifar_resnet": (20, 32, 44, 56, 110),
    "darknet": (12, 19, 53),
    "resnet": (18, 34, 50, 101, 152),
    "vgg": (11, 13, 16, 19),
}
WIDENED = frozenset(
    {"alexnet", "cifar_resnet", "darknet", "googlenet", "resnet", "squeezenet", "vgg"}
)
OWN_BACKBONE, OWN_DEPTH = "darknet", 12  # of a detector whose recipe names none
TWICE_AS_WIDE = 4.0  # times the weights of layers between layers, of which most weights are
FIRST_HIDDEN = "[128,64]"  # of a net that has no hidden layer
SHIFT = 0.1  # of a side
LARGEST = 640  # pixels a side of what detectors are shown, as the published ones are
FULL = 3  # layers of augmentation from which more add little
ONE_SIDED = ("left", "right", "clockwise")  # classes that a mirror turns into one another


class Facts(NamedTuple):
    """What advice must know and a recipe does not say.

    Attributes:
        classes: Whether classes or labels are learned, not numbers.
        class_names: Their names.
        channels: Of pictures; None where there are none, or it is not known.
        room: How many times what the training takes there is of memory; None: not known, or enough.
    """

    classes: bool = True
    class_names: tuple[str, ...] = ()
    channels: int | None = None
    room: float | None = None


NO_FACTS = Facts()


def bigger_network(settings: Settings, facts: Facts) -> Overrides:
    """The next depth of the family, or twice its width where it has no deeper form."""
    model = setting(settings, "model") or {}
    if network_is_full(facts):
        return ()
    if not (_of_boxes(settings) and "backbone" in model):
        return _bigger(model, "model")
    if model["backbone"] is not None:
        return _bigger(model["backbone"], "model.backbone")
    depth = next_of(DEPTHS[OWN_BACKBONE], OWN_DEPTH)
    return (f"model.backbone={{type: {OWN_BACKBONE}, depth: {depth}}}",)


def _bigger(model: Mapping[str, Any], key: str) -> Overrides:
    kind = model.get("type", "")
    if "hidden" in model:
        hidden = model["hidden"]
        wider = f"[{','.join(str(2 * units) for units in hidden)}]" if hidden else FIRST_HIDDEN
        return (f"{key}.hidden={wider}",)
    deeper = next_of(DEPTHS.get(kind, ()), model.get("depth"))
    narrow = (model.get("width") or 1.0) < 1
    if deeper is not None and not narrow and not model.get("weights"):
        return (f"{key}.depth={deeper}",)
    if kind in WIDENED and not model.get("weights"):
        return (f"{key}.width={2 * (model.get('width') or 1.0):g}",)
    if kind == "lenet5":  # comes in one size
        return (f"{key}={{type: cifar_resnet, depth: 20}}",)
    return ()


def network_is_full(facts: Facts) -> bool:
    """Whether one twice as wide would not fit into memory."""
    return facts.room is not None and facts.room < TWICE_AS_WIDE


def other_architecture(settings: Settings) -> Overrides:
    """One that suits the data better: convolutions with shortcuts for pictures."""
    if setting(settings, "pipeline") == "image_classification":
        fits = setting(settings, "model.type") in ("mlp", "lenet5")
        return ("model={type: cifar_resnet, depth: 20}",) if fits else ()
    if setting(settings, "model.type") == "mlp" and setting(settings, "model.hidden"):
        return () if setting(settings, "model.batch_norm") else ("model.batch_norm=true",)
    return ()


def larger_pictures(settings: Settings, facts: Facts) -> Overrides:
    """Twice the sides that a detector sees, and twice the anchors that a recipe names in pixels."""
    sides = setting(settings, "data.image_size")
    if not _of_boxes(settings) or not sides or 2 * max(sides) > LARGEST or network_is_full(facts):
        return ()
    anchors = setting(settings, "data.anchors")
    larger = (f"data.image_size=[{2 * sides[0]},{2 * sides[1]}]",)
    if not isinstance(anchors, list | tuple):
        return larger
    told = ",".join(f"[{2 * width:g},{2 * height:g}]" for width, height in anchors)
    return (*larger, f"data.anchors=[{told}]")


def more_augmentation(settings: Settings, facts: Facts) -> Overrides:
    """Shifts first (and mirror images, where they keep their class), then erased patches.

    Of pictures with boxes: scales and cuts first, likewise, then mosaics of four.
    """
    layers = augmentation(settings)
    if _of_boxes(settings):
        return () if augmentation_is_full(settings) else _more_with_boxes(settings, facts)
    if setting(settings, "pipeline") != "image_classification" or augmentation_is_full(settings):
        return ()
    kinds = {layer.get("type") for layer in layers}
    if not layers:
        shift = f"{{type: RandomTranslation, height_factor: {SHIFT}, width_factor: {SHIFT}}}"
        mirror = ", {type: RandomFlip, mode: horizontal}" if _mirrored(facts) else ""
        return (f"data.augment=[{shift}{mirror}]",)
    if _mirrored(facts) and "RandomFlip" not in kinds:
        return (f"data.augment.{len(layers)}={{type: RandomFlip, mode: horizontal}}",)
    if "RandomErasing" not in kinds:
        return (f"data.augment.{len(layers)}={{type: RandomErasing, value_range: [0, 1]}}",)
    return ()


def _more_with_boxes(settings: Settings, facts: Facts) -> Overrides:
    layers = augmentation(settings)
    kinds = {layer.get("type") for layer in layers}
    mirror = "{type: RandomFlip, mode: horizontal}"
    if not layers:
        also = f", {mirror}" if _mirrored(facts) else ""
        return (f"data.augment=[{{type: RandomScaleCrop}}{also}]",)
    place = f"data.augment.{len(layers)}"
    if "RandomScaleCrop" not in kinds:
        return (f"{place}={{type: RandomScaleCrop}}",)
    if _mirrored(facts) and "RandomFlip" not in kinds:
        return (f"{place}={mirror}",)
    if "Mosaic" not in kinds and setting(settings, "data.batch_size") != 1:
        return (f"{place}={{type: Mosaic}}",)
    return ()


def augmentation_is_full(settings: Settings) -> bool:
    """Whether pictures are changed in so many ways that one more adds little."""
    return len(augmentation(settings)) >= FULL


def augmentation(settings: Settings) -> list[Mapping[str, Any]]:
    """The layers that a recipe changes its training images with."""
    return list(setting(settings, "data.augment") or ())


def _mirrored(facts: Facts) -> bool:
    """Whether a mirror image keeps its class: photographs, not signs or what has two sides.

    Grey pictures may be of writing; of classes that are single signs or name a side it is sure.
    """
    names = [name.strip().lower() for name in facts.class_names]
    signs = any(len(name) <= 1 or name.isdigit() for name in names)
    sided = any(word in ONE_SIDED for name in names for word in name.replace("_", " ").split())
    return facts.channels == 3 and bool(names) and not signs and not sided


def _of_boxes(settings: Settings) -> bool:
    return setting(settings, "pipeline") == "object_detection"
