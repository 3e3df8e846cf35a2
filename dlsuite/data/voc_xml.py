"""One annotation of Pascal VOC: its XML as objects with boxes."""

from pathlib import Path
from typing import Any, NamedTuple

from dlsuite.data.box_checks import Corners, Marked

LARGEST = 2**24  # bytes; an object has about 300
CORNERS = ("xmin", "ymin", "xmax", "ymax")
NOWHERE: Corners = (0.0, 0.0, 0.0, 0.0)


class Annotation(NamedTuple):
    """What an annotation says.

    Attributes:
        objects: What is marked, boxes in pixels.
        stated: Height and width of the picture that it is for, or None where it does not say.
        wrong: Why it cannot be read, or empty.
        from_zero: How many boxes begin at pixel 0.
    """

    objects: list[Marked]
    stated: tuple[int, int] | None = None
    wrong: str = ""
    from_zero: int = 0


def read_voc(file: Path, name: str, *, one_based: bool) -> Annotation:
    """Reads an annotation; document types, and with them entities, are refused.

    Args:
        file: The XML.
        name: What messages call it.
        one_based: Whether pixels count from 1 and x_max, y_max lie inside of the box, as in
            Pascal VOC; pixel 1 to 1 then is the first one, from 0 to 1.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        data = file.read_bytes()
        if len(data) > LARGEST:
            return Annotation([], wrong=f"{len(data):,} bytes, and at most {LARGEST:,} are read")
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        return Annotation([], wrong="it has a document type (<!DOCTYPE …>), which is not read")
    except ParseError as error:
        line, column = error.position
        return Annotation([], wrong=f"it is no XML from line {line}, column {column} on: {error}")
    except OSError as error:
        return Annotation([], wrong=f"it cannot be read: {error.strerror}")
    except (ValueError, LookupError) as error:  # of an encoding that is not known
        return Annotation([], wrong=f"it is no XML that can be read: {error}")
    if root.tag != "annotation":
        return Annotation([], wrong=f"it must begin with <annotation>. Received: <{root.tag}>")
    objects = [
        _object(element, f"{name}, object {number}", one_based)
        for number, element in enumerate(root.findall("object"), start=1)
    ]
    begin = [_numbers(element) for element in root.findall("object")]
    from_zero = sum(isinstance(box, tuple) and min(box[:2]) == 0 for box in begin)
    return Annotation(objects, _stated(root), from_zero=from_zero)


def _object(element: Any, where: str, one_based: bool) -> Marked:
    name = (element.findtext("name") or "").strip()
    box = _numbers(element)
    ignored = (element.findtext("difficult") or "").strip() == "1"
    if not name:
        return Marked("", NOWHERE, ignored, where, "it has no <name>")
    if isinstance(box, str):
        return Marked(name, NOWHERE, ignored, where, box)
    left, top, right, bottom = box
    # Where both corners are one pixel, somebody clicked and did not draw: it stays without area.
    if one_based and right > left and bottom > top:
        left, top = left - 1, top - 1
    return Marked(name, (left, top, right, bottom), ignored, where)


def _numbers(element: Any) -> Corners | str:
    """The four corners as they are written, or what is wrong with them."""
    place = element.find("bndbox")
    if place is None:
        return "it has no <bndbox>"
    texts = [place.findtext(corner) for corner in CORNERS]
    try:
        left, top, right, bottom = (float(text) for text in texts)
    except (TypeError, ValueError):
        found = ", ".join(f"{c} {t!r}" for c, t in zip(CORNERS, texts, strict=True))
        return f"its corners must be four numbers. Received: {found}"
    return left, top, right, bottom


def _stated(root: Any) -> tuple[int, int] | None:
    texts = [(root.findtext(f"size/{side}") or "").strip() for side in ("height", "width")]
    if not all(text.isdecimal() and int(text) for text in texts):
        return None
    return int(texts[0]), int(texts[1])
