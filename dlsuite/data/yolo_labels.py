"""One label file of YOLO: a line for each object, a class and shares of the picture."""

from collections.abc import Sequence
from pathlib import Path

from dlsuite.data.box_checks import Corners, Marked

LARGEST = 2**24  # bytes; a box has about 40
MOST_SHARE = 2.0  # a box that sticks out can be wider than its picture, but numbers are no pixels
NOWHERE: Corners = (0.0, 0.0, 0.0, 0.0)
FEWEST_CORNERS = 3  # of an outline


def read_labels(file: Path, name: str, names: Sequence[str] | None) -> tuple[list[Marked], str]:
    """The objects of a file, boxes in shares of the picture, and why it cannot be read, or empty.

    A line is `class cx cy w h`, or `class x1 y1 x2 y2 x3 y3 …`, an outline with its extents.

    Args:
        file: The text.
        name: What messages call it.
        names: Of the classes 0, 1, …; their numbers if None.
    """
    try:
        data = file.read_bytes()
        if len(data) > LARGEST:
            return [], f"{len(data):,} bytes, and at most {LARGEST:,} are read"
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return [], f"it is no text in UTF-8; it begins with {data[:8]!r}"
    except OSError as error:
        return [], f"it cannot be read: {error.strerror}"
    numbered = enumerate((line.split() for line in lines), start=1)
    return [_object(words, f"{name}:{line}", names) for line, words in numbered if words], ""


def _object(words: Sequence[str], where: str, names: Sequence[str] | None) -> Marked:
    outline = len(words) > 2 * FEWEST_CORNERS and len(words) % 2 == 1
    if len(words) != 5 and not outline:
        return _unread(
            where,
            "a line must be a class with cx cy w h, or with three or more corners of an outline. "
            f"Received: {len(words)} words",
        )
    try:
        number, *values = (float(word) for word in words)
    except ValueError:
        return _unread(where, f"a line must be of numbers. Received: {' '.join(words)[:60]!r}")
    if number < 0 or not number.is_integer() or (names is not None and number >= len(names)):
        known = "a whole number" if names is None else f"a number from 0 to {len(names) - 1}"
        return _unread(where, f"its class must be {known}. Received: {words[0]}")
    if max(map(abs, values)) > MOST_SHARE:
        return _unread(
            where,
            "numbers must be shares of the picture's width and height, 0 to 1. "
            f"Received: {' '.join(words[1:])[:60]}",
        )
    name = str(int(number)) if names is None else names[int(number)]
    return Marked(name, _extents(values) if outline else _corners(values), False, where)


def _unread(where: str, wrong: str) -> Marked:
    return Marked("", NOWHERE, False, where, wrong)


def _corners(values: Sequence[float]) -> Corners:
    middle_x, middle_y, width, height = values
    return (
        middle_x - width / 2,
        middle_y - height / 2,
        middle_x + width / 2,
        middle_y + height / 2,
    )


def _extents(values: Sequence[float]) -> Corners:
    across, down = values[::2], values[1::2]
    return min(across), min(down), max(across), max(down)
