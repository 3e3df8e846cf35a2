"""Images with what in them spoke for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlsuite.figures.look import SMALL, WIDTH, bare, canvas, shorten

COLUMNS = 6
CELL = WIDTH / COLUMNS  # inches
CAPTION, HEADING, TITLE, BELOW = 0.36, 0.28, 0.45, 0.05  # inches
LONGEST_LINE = 19  # characters of a caption that fit into a cell
TALLEST = 1.35  # height over width of a cell
PIXELATED = 64  # pixels; smaller images show theirs instead of a blur
FAINTEST, STRONGEST = 0.25, 0.75  # share of the heat's colour where it is coldest and hottest
PADDED = 0.94  # of a cell's width is its image


class Explained(NamedTuple):
    """An image and its heat maps.

    Attributes:
        image: `[H, W, C]` in [0, 1] as the net got it; other than 1 or 3 channels are averaged.
        caption: Below which it stands, up to two lines.
        heats: Maps `[H, W]` of at least 0, each with its caption; each is shown on its own scale.
    """

    image: np.ndarray
    caption: str
    heats: tuple[tuple[np.ndarray, str], ...]


def heat_gallery(right: Sequence[Explained], wrong: Sequence[Explained], title: str) -> Figure:
    """Right answers with one heat map each, below them wrong ones with two.

    Args:
        right: Up to three in a row.
        wrong: Up to two in a row.
        title: Of the figure.

    Raises:
        ValueError: There is neither.
    """
    if not right and not wrong:
        raise ValueError("There must be at least one image. Received none.")
    images = [each.image for each in (*right, *wrong)]
    tall = CELL * min(TALLEST, max(len(image) / image.shape[1] for image in images)) * PADDED
    sections = [
        ("right", right, 1 + max((len(each.heats) for each in right), default=0)),
        ("wrong", wrong, 1 + max((len(each.heats) for each in wrong), default=0)),
    ]
    shown = [(name, each, cells) for name, each, cells in sections if each]
    rows = [-(-len(each) // (COLUMNS // cells)) for _, each, cells in shown]
    height = sum(rows) * (tall + CAPTION) + len(shown) * HEADING + TITLE + BELOW
    figure = canvas(WIDTH, height)
    # Places are set by hand: a layout engine takes seconds over so many cells.
    figure.set_layout_engine("none")
    figure.text(0.5, 1 - 0.08 / height, title, ha="center", va="top", fontsize=SMALL + 2,
                parse_math=False)  # fmt: skip
    top = height - TITLE
    for (name, each, cells), count in zip(shown, rows, strict=True):
        figure.text(0.01, (top - 0.12) / height, name, va="top", fontsize=SMALL + 1, weight="bold")
        top -= HEADING
        for place, explained in enumerate(each):
            row, column = divmod(place, COLUMNS // cells)
            below = top - (row + 1) * (tall + CAPTION)
            _example(figure, explained, column * cells, below / height, tall / height)
        top -= count * (tall + CAPTION)
    return figure


def _example(figure: Figure, example: Explained, column: int, bottom: float, height: float) -> None:
    picture = as_colours(example.image)
    pictures = [(picture, example.caption)]
    pictures += [(overlaid(picture, heat), caption) for heat, caption in example.heats]
    for place, (shown, caption) in enumerate(pictures, start=column):
        left = (place + (1 - PADDED) / 2) / COLUMNS
        axes = figure.add_axes((left, bottom, PADDED / COLUMNS, height))
        _show(axes, shown, caption)


def _show(axes: Axes, picture: np.ndarray, caption: str) -> None:
    bare(axes)
    axes.set_anchor("N")
    sharp = max(picture.shape[:2]) < PIXELATED
    axes.imshow(picture, interpolation="nearest" if sharp else "antialiased")
    text = "\n".join(shorten(line, LONGEST_LINE) for line in caption.split("\n"))
    axes.set_title(text, fontsize=SMALL - 1, pad=3, parse_math=False)


def as_colours(image: np.ndarray) -> np.ndarray:
    """`[H, W, 3]` in [0, 1]."""
    clipped = np.clip(np.asarray(image, np.float32), 0, 1)
    if clipped.shape[-1] == 3:
        return clipped
    return np.repeat(clipped.mean(axis=-1, keepdims=True), 3, axis=-1)


def overlaid(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The picture in grey below the heat, which is scaled by its largest value."""
    share = heat / max(float(heat.max()), np.finfo(np.float32).tiny)
    colour = matplotlib.colormaps["inferno"](share)[..., :3]
    grey = np.repeat(picture.mean(axis=-1, keepdims=True), 3, axis=-1)
    strength = (FAINTEST + (STRONGEST - FAINTEST) * share)[..., None]
    return np.clip((1 - strength) * grey + strength * colour, 0, 1)
