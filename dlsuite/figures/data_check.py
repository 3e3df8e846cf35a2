"""What data looks like before anything is trained: classes, sizes, columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from dlsuite.figures.box_labels import of_class
from dlsuite.figures.look import SMALL, canvas, shorten, tidy

ROW = 0.28  # Inches, of a class.
MOST_CLASSES = 60  # With more, the most and the least frequent are shown.
LONGEST_NAME = 24
MOST_COLUMNS = 24  # Panels of a table.
PANELS = 4  # In a row.
MOST_SPOTS = 3_000  # Boxes that are drawn.
MOST_NAMED = 7  # Classes of them, as there are colours.
MOST_VALUES = 8  # Categories of a column that are named.


def class_counts(
    counts: Mapping[str, Mapping[str, int]], *, what: str = "examples", title: str | None = None
) -> Figure:
    """Examples of each class, a bar for each split behind the other.

    Args:
        counts: Split -> class -> examples.
        what: Plural of what is counted.
        title: Without one the number of classes is stated.

    Raises:
        ValueError: There is no class.
    """
    names = list(dict.fromkeys(name for classes in counts.values() for name in classes))
    if not names:
        raise ValueError(f"`counts` must hold at least one class. Received: {dict(counts)}.")
    table = np.array([[classes.get(name, 0) for name in names] for classes in counts.values()])
    order = np.argsort(-table.sum(axis=0), kind="stable")
    if len(order) > MOST_CLASSES:
        order = np.concatenate([order[: MOST_CLASSES // 2], order[-MOST_CLASSES // 2 :]])
    told = title or f"{len(names):,} classes"
    if len(names) > len(order):
        told += f", the {len(order) // 2} largest and the {len(order) // 2} smallest"
    figure = canvas(8.0, 1.2 + ROW * len(order), told)
    axes = figure.add_subplot()
    tidy(axes, "")
    places = np.arange(len(order))
    left = np.zeros(len(order))
    for split, row in zip(counts, table, strict=True):
        axes.barh(places, row[order], left=left, height=0.75, label=split)
        left += row[order]
    shown = [shorten(names[index], LONGEST_NAME) for index in order]
    axes.set_yticks(places, shown, fontsize=SMALL, parse_math=False)
    axes.invert_yaxis()
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlabel(what, fontsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def picture_sizes(
    sizes: Sequence[tuple[tuple[int, int], int]], *, title: str | None = None
) -> Figure:
    """Heights over widths, a spot for each size that grows with how many pictures have it.

    Args:
        sizes: ((height, width), pictures of it), in pixels.
        title: Without one the number of sizes is stated.

    Raises:
        ValueError: There is no size.
    """
    if not sizes:
        raise ValueError("`sizes` must hold at least one. Received: none.")
    heights = np.array([height for (height, _), _ in sizes])
    widths = np.array([width for (_, width), _ in sizes])
    counts = np.array([count for _, count in sizes])
    figure = canvas(5.5, 5.0, title or f"{len(sizes):,} sizes of {counts.sum():,} pictures")
    axes = figure.add_subplot()
    tidy(axes, "")
    axes.scatter(widths, heights, s=12 + 300 * counts / counts.sum(), alpha=0.5, linewidths=0)
    longest = 1.08 * max(heights.max(), widths.max())
    axes.plot([0, longest], [0, longest], color="0.6", linewidth=1, linestyle="--", zorder=0)
    axes.set(xlim=(0, longest), ylim=(0, longest), aspect="equal")
    axes.set_xlabel("width, pixels", fontsize=SMALL)
    axes.set_ylabel("height, pixels", fontsize=SMALL)
    return figure


def box_sizes(
    sides: np.ndarray, labels: np.ndarray, class_names: Sequence[str], *, title: str | None = None
) -> Figure:
    """Heights of boxes over their widths, both in logarithms, a colour for each class.

    Args:
        sides: (width, height) in pixels, above 0, `[N, 2]`; of more than 3,000 some are drawn.
        labels: Class of each, `[N]`.
        class_names: Of the K classes; of more than seven the most frequent are told apart.
        title: Without one the number of boxes is stated.

    Raises:
        ValueError: There is no box.
    """
    if not len(sides):
        raise ValueError("`sides` must hold at least one box. Received: none.")
    figure = canvas(7.0, 5.0, title or f"{len(sides):,} boxes")
    axes = figure.add_subplot()
    tidy(axes, "")
    some = np.random.default_rng(0).permutation(len(sides))[:MOST_SPOTS]
    shown, classes = np.asarray(sides)[some], np.asarray(labels)[some]
    often = np.argsort(-np.bincount(labels, minlength=len(class_names)), kind="stable")
    named = [int(label) for label in often[:MOST_NAMED] if (classes == label).any()]
    rest = ~np.isin(classes, named)
    if rest.any():
        across, up = shown[rest].T
        axes.scatter(across, up, s=8, color="0.7", linewidths=0, label="other classes")
    for label in named:
        name = shorten(str(class_names[label]), LONGEST_NAME)
        across, up = shown[classes == label].T
        colour = of_class(label)
        axes.scatter(across, up, s=8, alpha=0.5, color=colour, linewidths=0, label=name)
    axes.set(xscale="log", yscale="log", aspect="equal")
    axes.set_xlabel("width, pixels", fontsize=SMALL)
    axes.set_ylabel("height, pixels", fontsize=SMALL)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.legend(fontsize=SMALL, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def columns(values: Mapping[str, np.ndarray], *, title: str | None = None) -> Figure:
    """A panel for each column of a table: a histogram of numbers, bars of frequent categories.

    Args:
        values: Column -> numbers or strings `[N]`; of more than 24 the first are drawn.
        title: Without one the number of columns is stated.

    Raises:
        ValueError: There is no column.
    """
    if not values:
        raise ValueError("`values` must hold at least one column. Received: none.")
    drawn = dict(list(values.items())[:MOST_COLUMNS])
    rows = -(-len(drawn) // PANELS)
    across = min(PANELS, len(drawn))
    told = title or f"{len(values):,} columns"
    if len(values) > len(drawn):
        told += f", the first {len(drawn)}"
    figure = canvas(2.7 * across, 0.4 + 2.1 * rows, told)
    for place, (name, column) in enumerate(drawn.items(), start=1):
        axes = figure.add_subplot(rows, across, place)
        tidy(axes, shorten(name, LONGEST_NAME))
        axes.tick_params(labelsize=SMALL - 1)
        if column.dtype.kind in "OUS":
            found, counts = np.unique(column.astype(str), return_counts=True)
            top = np.argsort(-counts, kind="stable")[:MOST_VALUES]
            axes.barh(np.arange(len(top)), counts[top], color="C1")
            shown = [shorten(str(found[index]), 12) for index in top]
            axes.set_yticks(np.arange(len(top)), shown, fontsize=SMALL - 1, parse_math=False)
            axes.invert_yaxis()
        else:
            finite = column[np.isfinite(column)]
            axes.hist(finite, bins=min(30, max(1, len(np.unique(finite)))))
            axes.set_yticks([])
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    return figure
