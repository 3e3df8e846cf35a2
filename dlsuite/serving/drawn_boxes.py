"""A detector's answers as people look at them: pictures with the boxes drawn, and one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.data.replacing import replacing
from dlsuite.progress import followed

if TYPE_CHECKING:
    import pandas
    from PIL.Image import Image

ANSWERS = "detections.json"
# Told apart by most people, light and dark (Okabe and Ito 2008), one a class in turn.
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
THIN = 400  # pixels of the longer side for each pixel of a line, at least 2 of these
SMALLEST_LETTERS = 10  # pixels


def write_drawn(answers: pandas.DataFrame, folder: Path) -> list[Path]:
    """Each picture of `answers` with its boxes as PNG in `folder`, and all boxes as JSON.

    Args:
        answers: As `serving.answer` gives them for a detector; of rows with an error nothing is
            drawn.
        folder: Made where it does not exist. Pictures keep their names, numbered where two are the
            same; `detections.json` is a list of `{"file", "drawn", "detections"}`, where `drawn` is
            the picture's name here, or `{"file", "error"}` of a file that could not be answered.

    Returns:
        The files, JSON last.

    Raises:
        ValueError: The answers are not of a detector.
    """
    if "detections" not in answers:
        raise ValueError(
            "Boxes can be drawn of a detector's answers. Received: answers with the columns "
            f"{', '.join(map(str, answers.columns))}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    fine = answers[answers["error"] == ""]
    names = list(_names(list(fine["file"])))
    classes = sorted({each["class_name"] for found in fine["detections"] for each in found})
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(classes)}
    rows = zip(names, fine["file"], fine["detections"], strict=True)
    written = []
    for name, file, found in followed(rows, "drawing boxes", total=len(fine), unit="files"):
        with replacing(folder / name, shared=True) as out:
            drawn(file, found, colours).save(out, "PNG")
        written.append(folder / name)
    pictures = iter(names)
    told = [
        {"file": str(file), "error": error}
        if error
        else {"file": str(file), "drawn": next(pictures), "detections": found}
        for file, found, error in zip(
            answers["file"], answers["detections"], answers["error"], strict=True
        )
    ]
    text = json.dumps(told, indent=1, ensure_ascii=False)
    with replacing(folder / ANSWERS, shared=True) as out:
        out.write(f"{text}\n".encode())
    return [*written, folder / ANSWERS]


def drawn(
    file: str | Path, found: Sequence[Mapping[str, Any]], colours: Mapping[str, str]
) -> Image:
    """A picture with boxes, class names and scores.

    Args:
        file: The picture.
        found: `class_name`, `score` in [0, 1] and `box` in pixels of each.
        colours: Of each class, such as `#E69F00`.
    """
    from PIL import ImageDraw, ImageFont

    from dlsuite.data.picture_bytes import of_eight_bits, opened

    with opened(Path(file).read_bytes()) as image:
        picture = of_eight_bits(image).convert("RGB")
    draw = ImageDraw.Draw(picture)
    width = max(max(picture.size) // THIN, 2)
    letters = ImageFont.load_default(max(SMALLEST_LETTERS, max(picture.size) // 45))
    for each in sorted(found, key=lambda one: one["score"]):  # the surest on top
        colour = colours[each["class_name"]]
        left, top, right, bottom = each["box"]
        draw.rectangle((left, top, max(right, left), max(bottom, top)), outline=colour, width=width)
        text = f"{each['class_name']} {each['score']:.2f}"
        _, _, wide, high = draw.textbbox((0, 0), text, font=letters)
        x = min(max(left, 0), max(picture.width - wide - 2, 0))
        y = top - high - 2 if top >= high + 2 else top
        draw.rectangle((x, y, x + wide + 2, y + high + 2), fill=colour)
        draw.text((x + 1, y), text, fill="black", font=letters)
    return picture


def _names(files: Sequence[str]) -> Iterator[str]:
    taken: dict[str, int] = {}
    for file in files:
        stem = Path(file).stem
        taken[stem] = taken.get(stem, 0) + 1
        yield f"{stem}.png" if taken[stem] == 1 else f"{stem}-{taken[stem]}.png"
