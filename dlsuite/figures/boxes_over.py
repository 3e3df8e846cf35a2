"""Boxes that lie over a picture on a page, as lines that stay sharp at any size."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

from dlsuite.figures.html_page import Markup

LETTERS = 11  # pixels of the page
CARD = (300, 260)  # (width, height) in pixels of the page that a picture may take
DASHES = {"-": "", "--": ' stroke-dasharray="6 4"', ":": ' stroke-dasharray="2 4"'}

STYLE = """
.views figure.boxed { flex: 1 1 100%; }
.boxed div { position: relative; line-height: 0; }
.views .boxed img { max-height: 260px; }
.boxed svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; }
.boxed rect { fill: none; vector-effect: non-scaling-stroke; stroke-width: 2; }
.boxed rect.rim { stroke-width: 4; stroke-opacity: .75; }
.boxed text { paint-order: stroke; stroke-linejoin: round; font-weight: 600; }
"""


class Box(Protocol):
    """A box to draw, such as `figures.box_labels.Drawn`."""

    @property
    def box(self) -> tuple[float, ...]:
        """Corners (x_min, y_min, x_max, y_max) in pixels of the picture."""
        ...

    @property
    def name(self) -> str:
        """Written beside it; empty for nothing."""
        ...

    @property
    def colour(self) -> str:
        """Of both."""
        ...

    @property
    def style(self) -> str:
        """Of the line, `-`, `--` or `:`."""
        ...


def boxes_over(boxes: Sequence[Box], size: tuple[int, int]) -> Markup:
    """An SVG that lies over a picture of `size` (height, width), the later boxes on top."""
    height, width = size
    letter = LETTERS * max(width / CARD[0], height / CARD[1])  # in pixels of the picture
    lines = "".join(map(_outline, boxes))
    names = "".join(_name(each, letter, size) for each in boxes if each.name)
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMin meet" '
        f'aria-hidden="true">{lines}{names}</svg>'
    )


def _outline(each: Box) -> str:
    left, top, right, bottom = each.box
    place = (
        f'x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 0):.1f}" '
        f'height="{max(bottom - top, 0):.1f}"'
    )
    # A rim makes every colour stand out from every picture.
    return (
        f'<rect class="rim" {place} stroke="{_rim(each)}"/>'
        f'<rect {place} stroke="{escape(each.colour)}"{DASHES[each.style]}/>'
    )


def _name(each: Box, letter: float, size: tuple[int, int]) -> str:
    left, top, _, bottom = each.box
    above, below = top - 0.3 * letter, bottom + letter
    y = above if above > letter else below if below < size[0] else top + letter
    wide = 0.6 * letter * len(each.name)
    x = max(min(left, size[1] - wide), 0)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{letter:.2f}" fill="{escape(each.colour)}" '
        f'stroke="{_rim(each)}" stroke-width="{0.25 * letter:.2f}">{escape(each.name)}</text>'
    )


def _rim(each: Box) -> str:
    return "black" if each.colour == "white" else "white"
