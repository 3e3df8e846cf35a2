"""Pictures with the boxes that are in them and those that were found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlsuite.figures.box_labels import draw
from dlsuite.figures.boxes_drawn import Boxes, boxes_to_draw, legend_of
from dlsuite.figures.look import SMALL, WIDTH, bare, canvas, shorten
from dlsuite.metrics.detection import TOLD

COLUMNS = 3
TALLEST = 1.35  # height over width of a picture's cell
PIXELATED = 64  # Smaller pictures show their pixels instead of a blur.
LINE = 0.17  # inches, height of one of a caption
LETTER = 0.075  # inches, width of one in a caption


def detection_grid(
    images: Sequence[np.ndarray],
    captions: Sequence[str],
    class_names: Sequence[str],
    *,
    truth: Boxes | None = None,
    answers: Boxes | None = None,
    threshold: float = TOLD,
    columns: int = COLUMNS,
    title: str | None = None,
) -> Figure:
    """Pictures row by row with their boxes, each named.

    With truth and answers, what is told is blue where it is right and vermilion where it is wrong,
    true boxes are dashed, and named where they are not found. With one of them each class has its
    colour.

    Args:
        images: E of them, each `[H, W, C]` with C of 1, 3 or 4, uint8 or float in [0, 1]; sizes may
            differ.
        captions: One each; a line break makes a second line.
        class_names: Of the K classes.
        truth: `boxes` in pixels of the pictures `[E, M, 4]`, `labels`, -1 where there is none, and
            `ignored` `[E, M]`.
        answers: `boxes` `[E, D, 4]`, `labels` and `scores` `[E, D]`.
        threshold: Score from which an answer is drawn.
        columns: Pictures in a row.
        title: Of the figure.

    Raises:
        ValueError: There is no picture, not one caption each, neither truth nor answers, or the
            boxes are not of the form that `metrics.detection_scores` takes.
    """
    if not len(images) or len(images) != len(captions) or (truth is None and answers is None):
        raise ValueError(
            "There must be at least one picture, one caption each, and truth or answers. Received: "
            f"{len(images)} pictures, {len(captions)} captions, truth {truth is not None}, answers "
            f"{answers is not None}."
        )
    drawn = boxes_to_draw(len(images), class_names, truth, answers, threshold)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    cell = WIDTH / max(columns, 2)
    tall = [_tallest(images[row * columns : (row + 1) * columns]) for row in range(rows)]
    lines = max(caption.count("\n") + 1 for caption in captions)
    legend = legend_of(drawn) if truth is not None and answers is not None else []
    height = cell * sum(tall) + rows * LINE * (lines + 0.5)
    height += 0.3 * (title.count("\n") + 1 if title else 0) + (0.3 if legend else 0)
    narrowest = 0.1 * max(map(len, (title or "").split("\n")))
    figure = canvas(min(WIDTH, max(columns * cell, narrowest)), height, title)
    grid = figure.add_gridspec(rows, columns, height_ratios=tall)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(place, columns)
        axes = figure.add_subplot(grid[row, column])
        show_picture(axes, image)
        # Shares of the cell are lost to the space between cells.
        draw(axes, drawn[place], image.shape[:2], 0.94 * cell, 0.94 * cell * tall[row])
        text = "\n".join(shorten(line, int(cell / LETTER)) for line in caption.split("\n"))
        axes.set_title(text, fontsize=SMALL - 1, pad=3, parse_math=False)
    if legend:
        figure.legend(
            handles=legend,
            loc="outside lower center",
            ncols=len(legend),
            fontsize=SMALL - 1,
            frameon=False,
        )
    return figure


def worst_detections(
    examples: pd.DataFrame,
    image_of: Callable[[int], np.ndarray],
    truth: Boxes,
    answers: Boxes,
    class_names: Sequence[str],
    *,
    threshold: float = TOLD,
    count: int = 9,
    columns: int = COLUMNS,
    files: Sequence[str] | None = None,
    split: str | None = None,
) -> Figure:
    """The pictures of highest loss, 1 - F1; of equal ones those with more mistakes first.

    Args:
        examples: Table of `metrics.detection_scores`, E rows.
        image_of: Row of the table -> its picture `[H, W, C]`.
        truth: As `detection_grid` takes it, of all E pictures.
        answers: As `detection_grid` takes them, of all E pictures.
        class_names: Of the K classes.
        threshold: Score from which an answer is told, the one that the table was made with.
        count: Pictures at most.
        columns: Pictures in a row.
        files: Name of each picture, shown above it, E of them.
        split: What the examples are, such as `dev`.
    """
    wrong = np.flatnonzero(~examples["correct"].to_numpy(dtype=bool))
    pool = wrong if len(wrong) else np.arange(len(examples))
    table = examples.iloc[pool]
    many = (table["missed"] + table["false_alarms"]).to_numpy()
    worst = pool[np.lexsort((-many, -table["loss"].to_numpy()))][:count]
    chosen, told = (
        {name: np.asarray(part[name])[worst] for name in part} for part in (truth, answers)
    )
    where = f"{len(examples):,} {f'{split} ' if split else ''}pictures"
    if not len(wrong):
        title = f"No mistake in {where}; {len(worst)} of them"
    elif len(worst) == len(wrong):
        title = f"All {len(wrong)} with a mistake of {where}"
    else:
        title = f"The {len(worst)} worst of {len(wrong):,} with a mistake, of {where}"
    return detection_grid(
        [image_of(int(row)) for row in worst],
        [
            _in_words(row) + (f"\n{files[place]}" if files and files[place] else "")
            for place, row in zip(worst, examples.iloc[worst].itertuples(), strict=True)
        ],
        class_names,
        truth=chosen,
        answers=told,
        threshold=threshold,
        columns=columns,
        title=title,
    )


def show_picture(axes: Axes, image: np.ndarray) -> None:
    """A picture on axes that count its pixels from its corner, as boxes do."""
    height, width = image.shape[:2]
    bare(axes)
    axes.set_anchor("N")
    scaled = image / 255 if image.dtype == np.uint8 else np.clip(image, 0, 1)
    axes.imshow(
        scaled[..., 0] if scaled.shape[-1] == 1 else scaled,
        cmap="gray",
        vmin=0,
        vmax=1,
        # Boxes are told from the edges of pixels, not from their middles.
        extent=(0, width, height, 0),
        interpolation="nearest" if max(height, width) < PIXELATED else "antialiased",
    )
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)


def _in_words(row: object) -> str:
    objects, found, alarms = (
        int(getattr(row, name)) for name in ("objects", "found", "false_alarms")
    )
    told = f"{found} of {objects} found" if objects else "nothing there"
    return f"{told}, {alarms} false alarm{'' if alarms == 1 else 's'}"


def _tallest(images: Sequence[np.ndarray]) -> float:
    return float(min(TALLEST, max(len(image) / image.shape[1] for image in images)))
