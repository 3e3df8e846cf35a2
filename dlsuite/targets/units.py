"""What each output of a net is for, by name: how the heads of two models are matched."""

from __future__ import annotations

from dlsuite.targets.target import Target


def unit_names(target: Target) -> tuple[str, ...]:
    """A name for each of the `width` outputs: classes, labels, `output: class`, or the number's."""
    about = target.about
    for fact in ("class_names", "label_names"):
        if fact in about:
            return tuple(map(str, about[fact]))
    if "output_classes" in about:
        pairs = about["output_classes"].items()
        return tuple(f"{output}: {name}" for output, names in pairs for name in names)
    return (str(getattr(target, "name", "output")),) * target.width
