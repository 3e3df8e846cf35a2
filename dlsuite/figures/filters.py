"""What a first layer learned, as pictures."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dlsuite.figures.look import WIDTH, bare, canvas

COLUMNS = 16  # pictures in a row
MOST_FILTERS = 64
MOST_CHANNELS = 8  # of a filter that is shown channel by channel
GAP = 1  # weights' width between two pictures
LARGEST_CELL = 0.75  # inches
LETTER = 0.085  # inches, width of one in a title


def filter_grid(pictures: np.ndarray, layer: str) -> Figure:
    """Filters side by side, those of several channels as that many pictures side by side.

    Args:
        pictures: In [0, 1], `[N, G, h, w, C]` with C of 1 or 3: N filters of G pictures each, where
            0.5 is a weight of 0.
        layer: Name of their layer.

    Raises:
        ValueError: Another shape, or no filter.
    """
    if pictures.ndim != 5 or pictures.shape[-1] not in (1, 3) or not pictures.size:
        raise ValueError(
            "`pictures` must have shape [N, G, h, w, C] with C of 1 or 3. "
            f"Received: {list(pictures.shape)}."
        )
    height, width, colours = pictures.shape[2:]
    shown = pictures[:MOST_FILTERS, :MOST_CHANNELS]
    if shown.shape[1] > 1:
        columns = shown.shape[1] * (COLUMNS // shown.shape[1])  # whole filters in a row
    else:
        columns = _columns(len(shown))
    mosaic = _mosaic(shown.reshape(-1, height, width, colours), columns)
    cell = min(LARGEST_CELL, (WIDTH - 0.3) / columns)
    rows = -(-shown.shape[0] * shown.shape[1] // columns)
    title = _title(layer, pictures.shape, shown.shape)
    across = max(columns * cell, LETTER * max(map(len, title.split("\n")))) + 0.2
    figure = canvas(min(WIDTH, across), rows * cell * (height + GAP) / (width + GAP) + 0.6, title)
    axes = figure.add_subplot()
    bare(axes)
    picture = mosaic if colours == 3 else mosaic[..., 0]
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    return figure


def _columns(count: int) -> int:
    """As many as make full rows where that can be had."""
    most = min(COLUMNS, count)
    full = [columns for columns in range(max(1, most // 2), most + 1) if count % columns == 0]
    return full[-1] if full else most


def _mosaic(pictures: np.ndarray, columns: int) -> np.ndarray:
    """`[P, h, w, C]` on a white ground, `columns` in a row."""
    count, height, width, colours = pictures.shape
    rows = -(-count // columns)
    down, across = rows * (height + GAP) - GAP, columns * (width + GAP) - GAP
    ground = np.ones((down, across, colours), np.float32)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = row * (height + GAP), column * (width + GAP)
        ground[top : top + height, left : left + width] = picture
    return ground


def _title(layer: str, there: tuple[int, ...], shown: tuple[int, ...]) -> str:
    count, channels, height, width, colours = there
    some = f"{shown[0]} of the {count:,}" if shown[0] < count else f"The {count}"
    of = " in colour" if colours == 3 else ""
    if channels > 1:
        part = f"the first {shown[1]} of {channels}" if shown[1] < channels else f"{channels}"
        of = f", {part} channels side by side"
    scale = "each scaled by its largest weight; mid-grey is a weight of 0"
    return f"{some} filters of {layer}, {height} x {width} weights{of}\n{scale}"
