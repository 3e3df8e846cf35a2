"""Boxes as annotations give them: which cannot be right, and which are cut off at the edge."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from dlsuite.data.bad_examples import SHOWN, listed
from dlsuite.data.box_rows import Boxed
from dlsuite.data.examples import DataError

OnBadBox = Literal["drop", "error"]
Corners = tuple[float, float, float, float]  # x_min, y_min, x_max, y_max

ROUNDING = 0.5  # pixels by which a box may stick out without a word
ALIKE = 2  # decimal places of a pixel in which boxes that are one and the same agree


class Marked(NamedTuple):
    """One object as an annotation has it.

    Attributes:
        name: Its class.
        box: In pixels, or in shares of the picture.
        ignored: Whether it is neither to be found nor wrong when found.
        where: File and line or place in it.
        wrong: Why nothing can be read of it, or empty.
    """

    name: str
    box: Corners
    ignored: bool
    where: str
    wrong: str = ""


class Sound(NamedTuple):
    """What is good of a picture's boxes, what is bad, and where boxes were cut off."""

    boxed: Boxed
    bad: list[dict[str, str]]
    cut: list[str]


def sound(
    objects: Sequence[Marked],
    size: tuple[int, int],
    labels: Mapping[str, int],
    *,
    shares: bool = False,
) -> Sound:
    """Looks at each object of a picture.

    Bad are boxes without area, outside of the picture, given twice with one class, or of a class
    that is not in the list. What sticks out is cut off.

    Args:
        objects: As they are annotated.
        size: Height and width of the picture.
        labels: Number of each class.
        shares: Whether boxes are in shares of the width and height instead of pixels.
    """
    height, width = size
    scale = (width, height, width, height) if shares else (1, 1, 1, 1)
    boxes, numbers, ignored = list[Corners](), list[int](), list[bool]()
    bad, cut, seen = list[dict[str, str]](), list[str](), dict[tuple[object, ...], str]()
    for each in objects:
        raw = _scaled(each.box, scale)
        box = _inside(raw, size)
        twin = (each.name, *(round(edge, ALIKE) for edge in box))
        reason = each.wrong or _wrong(each.name, raw, box, size, labels)
        if not reason and twin in seen:
            reason = f"the same box and class as {seen[twin]}"
        if reason:
            bad.append({"path": each.where, "reason": reason})
            continue
        seen[twin] = each.where
        if max(abs(a - b) for a, b in zip(raw, box, strict=True)) > ROUNDING:
            cut.append(f"{each.where} {_text(raw)}")
        boxes.append(box)
        numbers.append(labels[each.name])
        ignored.append(each.ignored)
    boxed = Boxed(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(numbers, np.int32),
        np.array(ignored, bool),
        size,
    )
    return Sound(boxed, bad, cut)


def settle_boxes(
    bad: Sequence[Mapping[str, str]],
    cut: Sequence[str],
    total: int,
    on_bad_box: OnBadBox,
    place: str,
) -> list[str]:
    """Sentences about boxes that were dropped and cut off.

    Args:
        bad: `{"path": where, "reason": why}` of each that is bad.
        cut: Where boxes were cut off.
        total: Boxes looked at.
        on_bad_box: `drop` or `error`.
        place: Where the data is.

    Raises:
        DataError: There are bad ones and they are not to be dropped, or none is good.
    """
    if bad and (on_bad_box == "error" or len(bad) == total):
        advice = "None is left." if len(bad) == total else "`on_bad_box: drop` leaves them out."
        lines = [f"  {item['path']}: {item['reason']}" for item in bad[:SHOWN]]
        more = [f"  and {len(bad) - SHOWN:,} more"] if len(bad) > SHOWN else []
        head = f"{len(bad):,} of {total:,} boxes in {place} cannot be used. {advice}"
        raise DataError("\n".join([head, *lines, *more]))
    said = []
    if bad:
        first = "; ".join(f"{item['path']}: {item['reason']}" for item in bad[:SHOWN])
        more_text = f"; and {len(bad) - SHOWN:,} more" if len(bad) > SHOWN else ""
        said.append(f"{len(bad):,} of {total:,} boxes were dropped: {first}{more_text}.")
    if cut:
        said.append(
            f"{len(cut):,} of {total:,} boxes stick out of their picture and were cut off at its "
            f"edge, such as {cut[0]}."
        )
    return said


def _scaled(box: Corners, scale: Corners) -> Corners:
    left, top, right, bottom = (edge * by for edge, by in zip(box, scale, strict=True))
    return left, top, right, bottom


def _inside(box: Corners, size: tuple[int, int]) -> Corners:
    """The part of a box that lies in the picture."""
    height, width = size
    left, right = (min(max(x, 0.0), float(width)) for x in box[::2])
    top, bottom = (min(max(y, 0.0), float(height)) for y in box[1::2])
    return left, top, right, bottom


def _wrong(
    name: str, raw: Corners, box: Corners, size: tuple[int, int], labels: Mapping[str, int]
) -> str:
    """Why an object is bad whatever the others are, or an empty string."""
    if name not in labels:
        return f"class {name!r} is none of {listed([*labels])}"
    if not all(math.isfinite(edge) for edge in raw):
        return f"a corner is no finite number: {_text(raw)}"
    if raw[2] <= raw[0] or raw[3] <= raw[1]:
        return f"no area, or corners the wrong way round: {_text(raw)}"
    if box[2] <= box[0] or box[3] <= box[1]:
        return f"outside of the picture of {size[1]} x {size[0]} pixels: {_text(raw)}"
    return ""


def _text(box: Corners) -> str:
    return f"({', '.join(f'{edge:.6g}' for edge in box)})"
