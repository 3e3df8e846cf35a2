"""Boxes on a picture, and their names where they cover each other least."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from dlsuite.figures.look import SMALL, shorten

# Okabe and Ito (2008), without black.
CLASS_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
SIZE = SMALL - 2.5  # points
CROWDED = 14  # Boxes; with more, names are smaller
CROWDED_SIZE = SMALL - 4
LONGEST_NAME = 22
# Of the size of the letters: width of one, height of a line with its rim (DejaVu Sans).
LETTER, LINE = 0.6, 1.35
RIM = 0.15  # of the size of the letters

Style = Literal["-", "--", ":"]  # of a line, as matplotlib writes it


class Drawn(NamedTuple):
    """A box on a picture.

    Attributes:
        box: Corners in pixels.
        name: Written beside it; empty for nothing.
        colour: Of both.
        style: Of the line.
    """

    box: tuple[float, ...]
    name: str
    colour: str
    style: Style


def of_class(label: int) -> str:
    """The colour of a class; they repeat after seven."""
    return CLASS_COLOURS[label % len(CLASS_COLOURS)]


def draw(
    axes: Axes, boxes: Sequence[Drawn], size: tuple[int, int], width: float, height: float
) -> None:
    """Draws boxes on the axes of a picture, the later ones on top, then all names.

    Args:
        axes: They show the picture, and count in pixels from its corner.
        boxes: What to draw.
        size: (height, width) of the picture in pixels.
        width: Inches that the picture may take.
        height: Inches that it may take.
    """
    letters = SIZE if len(boxes) <= CROWDED else CROWDED_SIZE
    pixels = max(size[1] / width, size[0] / height) / 72  # those of a point
    taken: list[np.ndarray] = []
    for each in boxes:
        _outline(axes, each)
    # Small boxes have least choice of where their name can stand.
    for each in sorted(boxes, key=lambda each: _area(each.box)):
        if not each.name:
            continue
        name = shorten(each.name, LONGEST_NAME)
        wide = (LETTER * len(name) + 3 * RIM) * letters * pixels
        high = LINE * letters * pixels
        place = _place(each.box, wide, high, size, taken)
        taken.append(np.array([*place, place[0] + wide, place[1] + high]))
        dark = np.dot(to_rgb(each.colour), (0.299, 0.587, 0.114)) < 0.55
        axes.text(
            place[0] + RIM * letters * pixels,
            place[1] + high / 2,
            name,
            fontsize=letters,
            color="white" if dark else "black",
            ha="left",
            va="center_baseline",
            parse_math=False,
            clip_on=True,
            bbox={"boxstyle": f"square,pad={RIM}", "color": each.colour, "linewidth": 0},
        )


def _outline(axes: Axes, each: Drawn) -> None:
    left, top, right, bottom = each.box
    # A rim makes every colour stand out from every picture.
    rim = withStroke(linewidth=2.6, foreground="black" if each.colour == "white" else "white")
    axes.add_patch(
        Rectangle(
            (left, top),
            right - left,
            bottom - top,
            fill=False,
            edgecolor=each.colour,
            linewidth=1.4,
            linestyle=each.style,
            path_effects=[rim],
        )
    )


def _place(
    box: Sequence[float], wide: float, high: float, size: tuple[int, int], taken: list[np.ndarray]
) -> tuple[float, float]:
    """Left and top of a name, inside of the picture: above, below, or within the box."""
    left, top, right, bottom = box
    wished = [
        (left, top - high),
        (right - wide, top - high),
        (left, bottom),
        (right - wide, bottom),
        (left, top),
        (left, bottom - high),
    ]
    inside = [
        (float(np.clip(x, 0, max(size[1] - wide, 0))), float(np.clip(y, 0, max(size[0] - high, 0))))
        for x, y in wished
    ]
    covered = [_covered((x, y, x + wide, y + high), taken) for x, y in inside]
    return inside[int(np.argmin(covered))]


def _covered(name: tuple[float, ...], taken: list[np.ndarray]) -> float:
    """Square pixels that a name shares with those that stand already."""
    if not taken:
        return 0.0
    others = np.stack(taken)
    sides = np.minimum(others[:, 2:], name[2:]) - np.maximum(others[:, :2], name[:2])
    return float(np.prod(np.maximum(sides, 0), axis=1).sum())


def _area(box: Sequence[float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
