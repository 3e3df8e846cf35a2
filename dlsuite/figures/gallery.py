"""Images side by side with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlsuite.figures.look import SMALL, WIDTH, bare, canvas, shorten

COLUMNS = 6
CELL = WIDTH / COLUMNS  # Inches.
LONGEST_LINE = 19  # Characters of a caption that fit into a cell.
TALLEST = 1.35  # Height over width of an image's cell.
PIXELATED = 64  # Smaller images show their pixels instead of a blur.
PAIRS = 8  # Training examples in a row.
LONGEST_CLASS = 13  # Characters above one of them.


def image_grid(
    images: Sequence[np.ndarray],
    captions: Sequence[str],
    *,
    columns: int = COLUMNS,
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
    tall = [_tallest(images[row * columns : (row + 1) * columns]) for row in range(rows)]
    height = CELL * sum(tall) + rows * 0.17 * lines
    narrowest = 3.0 if title is None else min(WIDTH, 0.1 * max(map(len, title.split("\n"))))
    figure = canvas(max(narrowest, columns * CELL), height + (0.3 if title else 0.1), title)
    grid = figure.add_gridspec(rows, columns, height_ratios=tall)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
        axes = figure.add_subplot(grid[divmod(place, columns)])
        # Captions of a row stand on one line whatever the images' sizes.
        _show(axes, image, anchor="N")
        text = "\n".join(shorten(line, LONGEST_LINE) for line in caption.split("\n"))
        axes.set_title(text, fontsize=SMALL - 1, pad=3, parse_math=False)
    return figure


def training_examples(
    originals: Sequence[np.ndarray],
    seen: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    told: Sequence[Sequence[str]] | None = None,
    batch_size: int | None = None,
) -> Figure:
    """Training examples as the net sees them, scaled and augmented, each below its original.

    Args:
        originals: N images `[h, w, C]` as they were read, as `image_grid` takes them.
        seen: The same as they enter the net, `[N, H, W, C]`, in each of D draws of augmentation;
            shown as far as they lie in [0, 1].
        names: Of their classes, N.
        told: Targets of each draw in words, D times N, where they are others than `names`.
        batch_size: Examples in the batch that they are the first of; N without it.

    Raises:
        ValueError: There is no example, or not one original, image and name each.
    """
    count = len(originals)
    counts = {*map(len, seen), *map(len, told or ()), len(names)}
    if not count or not len(seen) or counts != {count}:
        raise ValueError(
            "There must be at least one example, each with its original and its name. "
            f"Received: {count} originals, {[len(draw) for draw in seen]} as seen, "
            f"{len(names)} names."
        )
    columns = min(PAIRS, count)
    blocks = -(-count // columns)
    side = (WIDTH - 0.4) / PAIRS
    rows: list[tuple[Sequence[np.ndarray] | np.ndarray, str]] = [
        (originals, "original"),
        *((draw, _row(seen, number)) for number, draw in enumerate(seen)),
    ]
    tall = [
        _tallest(images[block * columns : (block + 1) * columns])
        for block in range(blocks)
        for images, _ in rows
    ]
    lines = max((text.count(" + ") + 1 for draw in told or () for text in draw), default=0)
    written = blocks * (0.2 + 0.14 * lines * len(seen))
    figure = canvas(
        max(6.2, columns * side + 0.4),
        side * sum(tall) + written + (0.6 if len(seen) == 1 else 0.8),
        _seen_title(seen, batch_size),
    )
    grid = figure.add_gridspec(
        len(rows) * blocks, 1 + columns, width_ratios=(0.12, *[1] * columns), height_ratios=tall
    )
    for row, (_, word) in enumerate(rows * blocks):
        axes = figure.add_subplot(grid[row, 0])
        bare(axes)
        axes.text(0.5, 0.5, word, rotation=90, ha="center", va="center", fontsize=SMALL - 1)
    captions = [[[name] for name in names]]
    captions += [
        [text.split(" + ") for text in draw] for draw in told or [[""] * count] * len(seen)
    ]
    for number in range(count):
        block, column = divmod(number, columns)
        for row, (images, _) in enumerate(rows):
            axes = figure.add_subplot(grid[len(rows) * block + row, 1 + column])
            _captioned(axes, images[number], captions[row][number], "N" if row else "S")
    return figure


def _captioned(
    axes: Axes, image: np.ndarray, lines: Sequence[str], anchor: Literal["N", "S"]
) -> None:
    _show(axes, image, anchor=anchor)
    text = "\n".join(shorten(line, LONGEST_CLASS) for line in lines)
    axes.set_title(text, fontsize=SMALL - 1, pad=3, parse_math=False)


def _row(seen: Sequence[np.ndarray], number: int) -> str:
    return "as seen" if len(seen) == 1 else f"step {number + 1}"


def _seen_title(seen: Sequence[np.ndarray], batch_size: int | None) -> str:
    count, height, width = seen[0].shape[:3]
    lowest, highest = (float(end([end(draw) for draw in seen])) for end in (np.min, np.max))
    whole = f"{count} of the {batch_size:,}" if count < (batch_size or count) else f"The {count}"
    steps = ": " if len(seen) == 1 else f", as {len(seen)} steps draw them:\n"
    return (
        f"{whole} examples in the first batch of training\nas the net sees them{steps}"
        f"{height} x {width} pixels, values from {lowest:.2f} to {highest:.2f}"
    )


def worst_mistakes(
    examples: pd.DataFrame,
    image_of: Callable[[int], np.ndarray],
    *,
    count: int = 18,
    columns: int = COLUMNS,
    split: str | None = None,
) -> Figure:
    """The wrong answers of highest loss: those that the classifier was surest of.

    Where fewer than `count` are wrong, all of them are shown; where none is, the right answers of
    highest loss.

    Args:
        examples: Table with `label`, `predicted`, `confidence`, `loss` and `correct`.
        image_of: Row number in the table -> its image `[H, W, C]`, as `image_grid` takes it.
        count: Images at most.
        columns: Images in a row.
        split: What the examples are, such as `dev`.
    """
    wrong = np.flatnonzero(~examples["correct"].to_numpy(dtype=bool))
    pool = wrong if len(wrong) else np.arange(len(examples))
    worst = pool[np.argsort(-examples["loss"].to_numpy()[pool], kind="stable")][:count]
    captions = [
        f"true {row.label}\nsaid {row.predicted}\n{row.confidence:.0%} sure"
        for row in examples.iloc[worst].itertuples()
    ]
    where = f"{len(examples):,} {f'{split} ' if split else ''}examples"
    if not len(wrong):
        title = f"No mistake in {where}; the {len(worst)} least certain"
    elif len(worst) == len(wrong):
        title = (
            f"All {len(wrong)} mistakes in {where}" if len(wrong) > 1 else f"1 mistake in {where}"
        )
    else:
        title = f"The {len(worst)} worst of {len(wrong):,} mistakes in {where}"
    return image_grid([image_of(int(row)) for row in worst], captions, columns=columns, title=title)


def _tallest(images: Sequence[np.ndarray] | np.ndarray) -> float:
    """Height over width of the tallest image, as far as a cell follows it."""
    return float(min(TALLEST, max(len(image) / image.shape[1] for image in images)))


def _show(axes: Axes, image: np.ndarray, *, anchor: Literal["N", "S"]) -> None:
    bare(axes)
    axes.set_anchor(anchor)
    scaled = image / 255 if image.dtype == np.uint8 else np.clip(image, 0, 1)
    sharp = max(image.shape[:2]) < PIXELATED
    axes.imshow(
        scaled[..., 0] if scaled.shape[-1] == 1 else scaled,
        cmap="gray",
        vmin=0,
        vmax=1,
        interpolation="nearest" if sharp else "antialiased",
    )
