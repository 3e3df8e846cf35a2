"""What is proposed for pictures with boxes: the lines of a draft with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlsuite.drafting.box_choices import LEGIBLE, BoxChoices
from dlsuite.drafting.draft import Draft, Line
from dlsuite.drafting.lines import LISTED, bad_lines, bad_words, batch_line, size_words
from dlsuite.survey.box_survey import BoxSurvey

FORMS = {"voc": "Pascal VOC", "yolo": "YOLO", "coco": "COCO"}
FEW = 100  # boxes of a class from which little can be learnt


def box_draft(pipeline: str, survey: BoxSurvey) -> Draft:
    """A recipe that trains a first, small YOLO on pictures with boxes.

    Args:
        pipeline: The application's name.
        survey: What a look at the pictures found.
    """
    chosen = BoxChoices(survey)
    boxes, classes = len(survey.shapes), survey.classes
    lines = (
        _source(survey),
        _size(chosen),
        chosen.division.line("pictures"),
        *bad_lines(survey.bad, survey.count + len(survey.bad), "pictures"),
        _anchors(chosen),
        batch_line(chosen.train, chosen.batch, chosen.step_bytes),
        _cache(chosen),
        _augment(chosen),
        _model(chosen),
        *_fitting(chosen),
    )
    return Draft(
        pipeline=pipeline,
        what=f"{boxes:,} boxes of {_classes(len(classes))} in {survey.count:,} pictures, from "
        f"{survey.path}.",
        why=f"{survey.path} holds pictures with boxes in the form of {FORMS[survey.source]}",
        lines=lines,
        seconds=chosen.seconds,
        notes=tuple(_notes(survey)),
        found=_found(survey),
    )


def _classes(count: int) -> str:
    return f"{count:,} class{'es' * (count != 1)}"


def _source(survey: BoxSurvey) -> Line:
    classes = survey.classes
    if len(classes) <= LISTED:
        listed = ", ".join(f"{name} ({count:,})" for name, count in classes.items())
    else:
        often = max(classes, key=lambda name: classes[name])
        rare = min(classes, key=lambda name: classes[name])
        listed = (
            f"{len(classes)} classes, from {rare} with {classes[rare]:,} to {often} with "
            f"{classes[often]:,}"
        )
    why = (
        f"{survey.count:,} pictures with {len(survey.shapes):,} boxes, at most {survey.most} in "
        f"one: {listed}."
    )
    if survey.arguments.get("one_based") is False:
        why += " Some boxes begin at pixel 0, so corners count from 0 and not, as in VOC, from 1."
    return Line("data.source", {"type": survey.source, **survey.arguments}, why)


def _size(chosen: BoxChoices) -> Line:
    survey, size = chosen.survey, chosen.size
    high, wide, small = survey.height, survey.width, chosen.small
    if high.least == high.most and wide.least == wide.most:
        why = f"Pictures are {high.median} pixels high and {wide.median} wide"
    else:
        why = (
            f"Pictures are {high.least} to {high.most} pixels high (median {high.median}) and "
            f"{wide.least} to {wide.most} wide (median {wide.median})"
        )
    why += (
        "; the model sees each whole in this [height, width], with a grey rim where it is of "
        f"another form. There 95% of boxes are at least {small:.0f} pixels wide and high"
    )
    if small < 0.95 * LEGIBLE:
        why += (
            f": fewer than the {LEGIBLE} that a small box should keep. What is so small will "
            "often be missed; larger sizes, or pictures cut into parts, help"
        )
    elif max(size) < max(high.median, wide.median):
        why += (
            f" ({LEGIBLE} are enough to be found). Twice the sides finds smaller things and takes "
            "four times as long"
        )
    return Line("data.image_size", list(size), f"{why}.")


def _anchors(chosen: BoxChoices) -> Line:
    count, fit = chosen.anchors
    each = count // len(chosen.strides)
    why = (
        f"Usual widths and heights, {each} for each grid of the model, which k-means finds in "
        f"train. The best of them overlaps a box by {fit:.2f} on average (IoU), before the model "
        "corrects it."
    )
    return Line("data.anchors", count, why)


def _cache(chosen: BoxChoices) -> Line:
    size = size_words(chosen.kept_bytes)
    if chosen.cached:
        return Line("data.cache", "memory", f"Decoded once and kept: {size} of memory.")
    why = f"`disk` keeps pictures decoded ({size}), which is quicker if there is room."
    return Line("data.cache", "disk", why, active=False)


def _augment(chosen: BoxChoices) -> Line:
    if not chosen.augmented:
        why = f"Changed copies in every epoch; {chosen.train:,} pictures do well without."
        return Line("data.augment", chosen.layers, why, active=False)
    why = (
        "Boxes move with the pixels. Every epoch shows each picture at another scale and place, "
        "every other one as a mosaic of four"
    )
    if chosen.mirrors:
        why += f". It is not mirrored: {chosen.mirrors}."
    else:
        why += (
            ", and mirrors half of them. Take RandomFlip out where left and right mean something; "
            "`mode: horizontal_and_vertical` suits what has no up and down, as under a microscope "
            "or from the air."
        )
    return Line("data.augment", chosen.layers, why)


def _model(chosen: BoxChoices) -> Line:
    height, width = chosen.size
    grids = " and ".join(f"{height // s}x{width // s}" for s in chosen.strides)
    why = (
        f"YOLO, small enough for a CPU: cells of {' and '.join(map(str, chosen.strides))} pixels "
        f"make grids of {grids}, whose fine cells answer for small boxes and coarse ones for large "
        "ones. `width: 1.0` learns more and takes longer."
    )
    value: dict[str, Any] = {"type": "yolo", "backbone": {"type": "darknet", "width": 0.5}}
    return Line("model", {**value, "strides": chosen.strides}, why)


def _fitting(chosen: BoxChoices) -> Iterator[Line]:
    warm = min(2, max(1, chosen.epochs // 10))
    rate = {"type": "warmup_cosine", "peak": 0.002, "warmup_epochs": warm}
    yield Line(
        "optimizer",
        {"type": "Adam", "learning_rate": rate},
        f"The rate rises for {warm} epoch{'s' * (warm > 1)}, then falls to 0. Divide the peak by 3 "
        "if the loss jumps.",
    )
    training: dict[str, Any] = {
        "epochs": chosen.epochs,
        "measure_every": chosen.measured,
        "early_stopping": {"patience": None},
        "seed": 0,
    }
    yield Line(
        "training",
        training,
        f"{chosen.train:,} pictures are seen {chosen.epochs} times, each time changed: boxes are "
        "learned slowly from nothing. The epoch that is best on dev is kept; no epoch ends it "
        "early.",
    )
    yield Line(
        "evaluation",
        {"optimize": "map_50"},
        "Average precision of boxes that overlap the true ones by half, the mean over classes. "
        "`map` also asks how closely they fit.",
    )


def _notes(survey: BoxSurvey) -> Iterator[str]:
    """What a user should hear at once."""
    if survey.bad:
        yield bad_words(survey.bad, survey.count + len(survey.bad), "pictures")
    yield from survey.said
    if survey.empty:
        yield f"{survey.empty:,} of {survey.count:,} pictures have no box: nothing is to be found."
    if survey.ignored:
        yield (
            f"{survey.ignored:,} boxes are marked difficult or a crowd: neither to be found nor "
            "wrong when found."
        )
    few = {name: count for name, count in survey.classes.items() if count < FEW}
    if few:
        named = ", ".join(f"{name} ({count})" for name, count in list(few.items())[:LISTED])
        more = f" and {len(few) - LISTED} more" if len(few) > LISTED else ""
        yield f"Classes with fewer than {FEW} boxes may be found badly: {named}{more}."
    if not survey.checked:
        yield (
            "Of the pictures only the headers were looked at, to be quick; `dlsuite data check "
            "RECIPE` decodes every one, and so does training."
        )
    for pair, count in survey.shared.items():
        yield (
            f"{count:,} picture{'s lie' if count > 1 else ' lies'} in both "
            f"{pair.replace(' & ', ' and ')}: the score there flatters."
        )
    if survey.repeated:
        more = " is" if survey.repeated == 1 else "s are"
        yield f"{survey.repeated:,} picture{more} equal to another one."


def _found(survey: BoxSurvey) -> dict[str, Any]:
    return {
        "pictures": survey.count,
        "parts": dict(survey.pictures),
        "boxes": len(survey.shapes),
        "classes": survey.classes,
        "most_boxes": survey.most,
        "without_boxes": survey.empty,
        "ignored_boxes": survey.ignored,
        "height": survey.height._asdict(),
        "width": survey.width._asdict(),
        "bad_examples": list(survey.bad),
        "bad_boxes": list(survey.bad_boxes),
        "repeated": survey.repeated,
        "shared": dict(survey.shared),
    }
