"""What is proposed for pictures of one class each: the lines of a draft with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlsuite.drafting.draft import Draft, Line
from dlsuite.drafting.lines import (
    IMBALANCE,
    bad_lines,
    bad_words,
    batch_line,
    class_words,
    imbalance,
    size_words,
    weight_words,
)
from dlsuite.drafting.picture_choices import FILES, LENET_LEAST, PictureChoices
from dlsuite.survey.picture_survey import PictureSurvey


def picture_draft(pipeline: str, survey: PictureSurvey) -> Draft:
    """A recipe that trains a first, small classifier of pictures.

    Args:
        pipeline: The application's name.
        survey: What a look at the pictures found.
    """
    chosen = PictureChoices(survey)
    kind = "grey pictures" if chosen.grey else "pictures"
    what = f"{survey.count:,} {kind} of {len(survey.classes)} classes, from {survey.path}."
    lines = (
        _source(chosen),
        _size(chosen),
        chosen.division.line("pictures"),
        *bad_lines(survey.bad, _looked_at(survey), "files", survey.empty),
        batch_line(chosen.train, chosen.batch, chosen.step_bytes),
        *_cache(chosen),
        _augment(chosen),
        _model(chosen),
        *_fitting(chosen),
    )
    return Draft(
        pipeline=pipeline,
        what=what,
        why=f"{survey.path} holds pictures of {len(survey.classes)} classes",
        lines=lines,
        seconds=chosen.seconds,
        fit=0.9,  # boxes beside pictures say more than the folders that they lie in
        notes=tuple(_notes(survey)),
        found=_found(survey),
    )


def _source(chosen: PictureChoices) -> Line:
    survey = chosen.survey
    value: dict[str, Any] = {"type": survey.source, "path": survey.path, **survey.arguments}
    why = f"{survey.count:,} pictures: {class_words(survey.classes)}"
    if survey.source in FILES and chosen.grey:
        value["channels"] = 1
        why += " None shows colour, so one channel does."
    elif chosen.grey is False and survey.coloured < 0.95:
        why += f" {1 - survey.coloured:.0%} of them are grey; all are read as colour."
    return Line("data.source", value, why)


def _size(chosen: PictureChoices) -> Line:
    survey, (height, width) = chosen.survey, chosen.size
    high, wide = survey.height, survey.width
    sampled = survey.source in FILES and survey.sampled < survey.count
    some = f", by {survey.sampled} of them" if sampled else ""
    if survey.sides_differ:
        why = (
            f"They are {high.least} to {high.most} pixels high (median {high.median}) and "
            f"{wide.least} to {wide.most} wide (median {wide.median}){some}; the model sees them "
            "all at this [height, width]."
        )
    else:
        why = f"They are {high.median} pixels high and {wide.median} wide{some}."
    if min(height, width) > chosen.short:
        why += f" LeNet-5 needs sides of at least {LENET_LEAST}, so they are enlarged."
    elif (height, width) != (high.median, wide.median):
        if not survey.sides_differ:
            why += " The model sees them at this [height, width]."
        why += " Twice the side shows more detail and takes four times as long."
    return Line("data.image_size", [height, width], why)


def _cache(chosen: PictureChoices) -> Iterator[Line]:
    size = size_words(chosen.kept_bytes)
    if chosen.cached:
        yield Line("data.cache", "memory", f"Decoded once and kept: {size} of memory.")
    elif chosen.survey.source in FILES:
        why = f"`disk` keeps them decoded ({size}), which is quicker if there is room."
        yield Line("data.cache", "disk", why, active=False)


def _augment(chosen: PictureChoices) -> Line:
    if not chosen.augmented:
        why = f"Changed copies in every epoch; {chosen.train:,} pictures do well without."
        return Line("data.augment", chosen.layers, why, active=False)
    if chosen.mirrors:
        why = f"Every epoch shifts each picture a little. It is not mirrored: {chosen.mirrors}."
    else:
        why = (
            "Every epoch shifts each picture a little and mirrors every other one. Take RandomFlip "
            "out where left and right mean something."
        )
    return Line("data.augment", chosen.layers, why)


def _model(chosen: PictureChoices) -> Line:
    if chosen.model == "mlp":
        why = f"Without convolutions, which sides under {LENET_LEAST} pixels leave little to do."
        return Line("model", {"type": "mlp", "hidden": [128, 64]}, why)
    each = chosen.train // len(chosen.survey.classes)
    why = f"A small convolutional net, quick on a CPU. It learns from about {each:,} a class;"
    why += " 1,000 would be comfortable." if each < 1_000 else " that is comfortable."
    return Line("model", {"type": "lenet5"}, why)


def _fitting(chosen: PictureChoices) -> Iterator[Line]:
    rate = {"type": "warmup_cosine", "peak": 0.002, "warmup_epochs": 1}
    yield Line(
        "optimizer",
        {"type": "Adam", "learning_rate": rate},
        "The rate rises for one epoch, then falls to 0. Divide the peak by 3 if the loss jumps.",
    )
    yield Line(
        "regularization",
        {"dropout": chosen.dropout},
        "More where training scores well above dev, less where both score low.",
    )
    patience = max(3, chosen.epochs // 4)
    training: dict[str, Any] = {
        "epochs": chosen.epochs,
        "early_stopping": {"patience": patience},
        "seed": 0,
    }
    why = f"The best epoch on dev is kept; {patience} without a gain end the training."
    if imbalance(chosen.survey.classes) > IMBALANCE:
        training["class_weight"] = "balanced"
        yield Line("training", training, f"{why} {weight_words(chosen.survey.classes)}")
        yield Line("evaluation", {"optimize": "f1_macro"})
    else:
        yield Line("training", training, why)
        yield Line("evaluation", {"optimize": "accuracy"})


def _looked_at(survey: PictureSurvey) -> int:
    return survey.total if survey.checked else survey.sampled + len(survey.bad)


def _notes(survey: PictureSurvey) -> Iterator[str]:
    """What a user should hear at once."""
    if survey.guessed:
        yield (
            f"The classes are those of the column {survey.arguments['target']}, taken "
            f"{survey.guessed}; --target NAME says another."
        )
    if survey.bad or survey.empty:
        yield bad_words(survey.bad, _looked_at(survey), "files", survey.empty)
    if not survey.checked:
        yield (
            f"{_looked_at(survey)} of {survey.total:,} files were looked at, to be quick; "
            "`dlsuite data check RECIPE` checks every one, and so does training."
        )
    for pair, count in survey.shared.items():
        yield (
            f"{count:,} picture{'s lie' if count > 1 else ' lies'} in both "
            f"{pair.replace(' & ', ' and ')}: the score there flatters."
        )
    if survey.repeated:
        more = survey.repeated > 1
        yield (
            f"{survey.repeated:,} picture{'s are' if more else ' is'} equal to another one; a "
            "division made here never parts them."
        )
    if survey.lying:
        yield (
            f"{survey.lying} of {survey.sampled} pictures looked at carry a tag that turns them "
            "upright, which is not obeyed: the model sees them lying. `exiftran -ai` or "
            "`mogrify -auto-orient` turns the files themselves."
        )


def _found(survey: PictureSurvey) -> dict[str, Any]:
    return {
        "pictures": survey.count,
        "files": survey.total,
        "parts": {part: sum(counts.values()) for part, counts in survey.counts.items()},
        "classes": survey.classes,
        "height": survey.height._asdict(),
        "width": survey.width._asdict(),
        "coloured": survey.coloured,
        "looked_at": survey.sampled,
        "bad_examples": list(survey.bad),
        "empty_classes": list(survey.empty),
        "repeated": survey.repeated,
        "shared": dict(survey.shared),
    }
