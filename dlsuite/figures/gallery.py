"""Images side by side with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlsuite.figures.look import SMALL, canvas, shorten

CELL = 1.6  # Inches.
LONGEST_LINE = 22  # Characters of a caption that fit into a cell.
LONGEST_NAME = 12  # Of them, where `said … 100%` stands around a name.
PIXELATED = 64  # Smaller images show their pixels instead of a blur.


def image_grid(
    images: Sequence[np.ndarray],
    captions: Sequence[str],
    *,
    columns: int = 8,
    title: str | None = None,
) -> Figure:
    """Images row by row, each under its caption.

    Args:
        images: Each `[H, W, C]` with C of 1, 3 or 4, uint8 or float in [0, 1]; sizes may differ.
        captions: One each; a line break makes a second line.
        columns: Images in a row.
        title: Of the figure.

    Raises:
        ValueError: There is no image, or not one caption each.
    """
    if not len(images) or len(images) != len(captions):
        raise ValueError(
            "There must be at least one image, and one caption each. "
            f"Received: {len(images)} images, {len(captions)} captions."
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    lines = max(caption.count("\n") + 1 for caption in captions)
    height = rows * (CELL + 0.18 * lines)
    figure = canvas(max(3.0, columns * CELL), height + (0.3 if title else 0.1), title)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.set_axis_off()
        axes.set_anchor("N")  # Captions of a row stand on one line whatever the images' sizes.
        sharp = max(image.shape[:2]) < PIXELATED
        axes.imshow(
            _picture(image),
            cmap="gray",
            vmin=0,
            vmax=1,
            interpolation="nearest" if sharp else "antialiased",
        )
        text = "\n".join(shorten(line, LONGEST_LINE) for line in caption.split("\n"))
        axes.set_title(text, fontsize=SMALL - 1, pad=3, parse_math=False)
    return figure


def worst_mistakes(
    examples: pd.DataFrame,
    image_of: Callable[[int], np.ndarray],
    *,
    count: int = 24,
    columns: int = 8,
) -> Figure:
    """The wrong answers of highest loss: those that the classifier was surest of.

    Where fewer than `count` are wrong, all of them are shown; where none is, the right answers of
    highest loss.

    Args:
        examples: Table with `label`, `predicted`, `confidence`, `loss` and `correct`.
        image_of: Row number in the table -> its image `[H, W, C]`, as `image_grid` takes it.
        count: Images at most.
        columns: Images in a row.
    """
    wrong = np.flatnonzero(~examples["correct"].to_numpy(dtype=bool))
    pool = wrong if len(wrong) else np.arange(len(examples))
    worst = pool[np.argsort(-examples["loss"].to_numpy()[pool], kind="stable")][:count]
    captions = [
        f"true {row.label}\nsaid {shorten(str(row.predicted), LONGEST_NAME)} {row.confidence:.0%}"
        for row in examples.iloc[worst].itertuples()
    ]
    title = f"{len(worst)} worst of {len(wrong):,} mistakes in {len(examples):,} examples"
    if not len(wrong):
        title = f"No mistake in {len(examples):,} examples; the least certain {len(worst)}"
    return image_grid([image_of(int(row)) for row in worst], captions, columns=columns, title=title)


def _picture(image: np.ndarray) -> np.ndarray:
    scaled = image / 255 if image.dtype == np.uint8 else np.clip(image, 0, 1)
    return scaled[..., 0] if scaled.shape[-1] == 1 else scaled
