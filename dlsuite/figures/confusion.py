"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlsuite.figures.look import PALE, SMALL, WIDTH, bare, canvas, shorten

LETTER = 0.08  # Inches, width of one in a class name.
CELL = 0.48  # Inches, room for a count of five digits.
MOST_COUNTED = 20  # Classes; with more, cells are too small to hold a number.
MOST_NAMED = 50  # Classes; with more, every second, third … is named.
LONGEST_NAME = 18
LISTED = 8  # Confusions written below a matrix without numbers.
LINE = 0.17  # Inches, height of one of them.
# Inches beside the cells: names' axis and colour bar; title and names' axis.
BESIDE, ABOVE_AND_BELOW = 1.75, 0.95


def confusion_matrix(
    examples: pd.DataFrame, class_names: Sequence[str], *, split: str | None = None
) -> Figure:
    """Counts of true against predicted classes, shaded by their share of the true class.

    Past 20 classes the cells hold no counts; the most frequent confusions are listed instead.

    Args:
        examples: Table with class names in `label` and `predicted`, one row an example.
        class_names: In the order to show, K of them.
        split: What the examples are, such as `dev`.

    Raises:
        ValueError: A label or prediction is none of the names.
    """
    names = [str(name) for name in class_names]
    counts = _count(examples, names)
    classes, total = len(names), int(counts.sum())
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # [K, K]
    longest = LETTER * min(LONGEST_NAME, max(map(len, names)))
    side = float(np.clip(CELL * classes, 3.2, WIDTH - BESIDE - longest))
    slanted = longest > 0.9 * side / classes
    listed = [] if classes <= MOST_COUNTED else _confusions(counts, names)
    below = LINE * (len(listed) + 2) if listed else 0.0
    figure = canvas(
        side + BESIDE + longest,
        side + ABOVE_AND_BELOW + (0.75 * longest if slanted else 0) + below,
        f"{counts.trace() / total:.1%} of {total:,} {f'{split} ' if split else ''}examples right",
    )
    rows = (side, below) if listed else (side,)
    cells = figure.add_gridspec(len(rows), 1, height_ratios=rows)
    axes = figure.add_subplot(cells[0])
    _shade(figure, axes, shares, faint=classes > MOST_COUNTED)
    _name_classes(axes, names, slanted=slanted)
    if classes <= MOST_COUNTED:
        _write_counts(axes, counts, shares)
    if listed:
        _list(figure.add_subplot(cells[1]), listed)
    return figure


def _shade(figure: Figure, axes: Axes, shares: np.ndarray, *, faint: bool) -> None:
    # Without counts a confusion of few per cent must show by its shade alone.
    norm = PowerNorm(0.5 if faint else 1, vmin=0, vmax=1)
    image = axes.imshow(shares, cmap="Blues", norm=norm)
    bar = figure.colorbar(
        image, ax=axes, shrink=0.6, aspect=25, pad=0.02, format=PercentFormatter(xmax=1)
    )
    bar.set_label("share of the true class", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)


def _write_counts(axes: Axes, counts: np.ndarray, shares: np.ndarray) -> None:
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(
            column,
            row,
            f"{count}",
            ha="center",
            va="center",
            fontsize=SMALL if counts.max() < 10_000 else SMALL - 2,
            color=colour if count else PALE,
        )


def _confusions(counts: np.ndarray, names: Sequence[str]) -> list[str]:
    """The most frequent mistakes, such as `7 of 30 cat taken for dog`."""
    wrong = counts * (1 - np.eye(len(counts), dtype=int))
    order = np.argsort(-wrong, axis=None, kind="stable")[:LISTED]
    pairs = [divmod(int(place), len(counts)) for place in order]
    return [
        f"{wrong[true, said]:,} of {counts[true].sum():,} {shorten(names[true], LONGEST_NAME)} "
        f"taken for {shorten(names[said], LONGEST_NAME)}"
        for true, said in pairs
        if wrong[true, said]
    ]


def _list(axes: Axes, lines: Sequence[str]) -> None:
    bare(axes)
    axes.set_title("most frequent confusions", fontsize=SMALL + 1)
    axes.text(
        0.5,
        1.0,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="center",
        va="top",
        fontsize=SMALL,
        parse_math=False,
    )


def _name_classes(axes: Axes, names: Sequence[str], *, slanted: bool) -> None:
    step = -(-len(names) // MOST_NAMED)
    places = range(0, len(names), step)
    shown = [shorten(names[place], LONGEST_NAME) for place in places]
    size = SMALL if len(names) <= MOST_COUNTED else SMALL - 2
    axes.set_xticks(places, shown, fontsize=size, parse_math=False)
    axes.set_yticks(places, shown, fontsize=size, parse_math=False)
    if slanted:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlabel("predicted", fontsize=SMALL)
    axes.set_ylabel("true", fontsize=SMALL)


def _count(examples: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    place = {name: index for index, name in enumerate(names)}
    true, predicted = (examples[column].astype(str).map(place) for column in ("label", "predicted"))
    strange = pd.concat([examples["label"][true.isna()], examples["predicted"][predicted.isna()]])
    if len(strange) or not len(examples):
        raise ValueError(
            f"`label` and `predicted` must be among {list(names)}, in at least one row. "
            f"Received: {sorted(set(map(str, strange)))} in {len(examples)} rows."
        )
    counts = np.zeros((len(names), len(names)), dtype=np.int64)  # [K, K]
    np.add.at(counts, (true.to_numpy(dtype=int), predicted.to_numpy(dtype=int)), 1)
    return counts
