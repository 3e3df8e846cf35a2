"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlsuite.figures.look import PALE, SMALL, canvas, shorten

LETTER = 0.08  # Inches, width of one in a class name.
CELL = 0.48  # Inches, room for a count of five digits.
MOST_COUNTED = 25  # Classes; with more, cells are too small to hold a number.
SIDES = (3.2, 12.0)  # Inches, least and most.
MOST_NAMED = 60  # Classes; with more, every second, third … is named.
LONGEST_NAME = 18


def confusion_matrix(
    examples: pd.DataFrame, class_names: Sequence[str], *, title: str | None = None
) -> Figure:
    """Counts of true against predicted classes, shaded by their share of the true class.

    Args:
        examples: Table with class names in `label` and `predicted`, one row an example.
        class_names: In the order to show, K of them.
        title: Without one the accuracy is stated.

    Raises:
        ValueError: A label or prediction is none of the names.
    """
    names = [str(name) for name in class_names]
    counts = _count(examples, names)
    classes, total = len(names), int(counts.sum())
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # [K, K]
    side = float(np.clip(CELL * classes, *SIDES))
    longest = min(LONGEST_NAME, max(map(len, names)))
    figure = canvas(
        side + 2.2 + LETTER * longest,
        side + 1.2 + LETTER * longest,
        title or f"{counts.trace() / total:.1%} of {total:,} right",
    )
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    bar = figure.colorbar(
        image, ax=axes, shrink=0.6, aspect=25, pad=0.02, format=PercentFormatter(xmax=1)
    )
    bar.set_label("share of the true class", fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
    _name_classes(axes, names, slanted=LETTER * longest > 0.9 * side / classes)
    if classes <= MOST_COUNTED:
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
    return figure


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
