"""Networks and augmentation that a recipe could have instead, as overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dlsuite.strategy.controls import Overrides, Settings, next_of, setting

# Depths of the families that have them, see each file of `dlsuite.models`.
DEPTHS = {
    "cifar_resnet": (20, 32, 44, 56, 110),
    "resnet": (18, 34, 50, 101, 152),
    "vgg": (11, 13, 16, 19),
}
WIDENED = frozenset({"alexnet", "cifar_resnet", "googlenet", "resnet", "squeezenet", "vgg"})
TWICE_AS_WIDE = 4.0  # times the weights of layers between layers, of which most weights are
FIRST_HIDDEN = "[128,64]"  # of a net that has no hidden layer
SHIFT = 0.1  # of a side
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
    kind = model.get("type", "")
    if network_is_full(facts):
        return ()
    if "hidden" in model:
        hidden = model["hidden"]
        wider = f"[{','.join(str(2 * units) for units in hidden)}]" if hidden else FIRST_HIDDEN
        return (f"model.hidden={wider}",)
    deeper = next_of(DEPTHS.get(kind, ()), model.get("depth"))
    narrow = (model.get("width") or 1.0) < 1
    if deeper is not None and not narrow and not model.get("weights"):
        return (f"model.depth={deeper}",)
    if kind in WIDENED and not model.get("weights"):
        return (f"model.width={2 * (model.get('width') or 1.0):g}",)
    if kind == "lenet5":  # comes in one size
        return ("model={type: cifar_resnet, depth: 20}",)
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


def more_augmentation(settings: Settings, facts: Facts) -> Overrides:
    """Shifts first (and mirror images, where they keep their class), then erased patches."""
    layers = augmentation(settings)
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
