"""Precision of each class over its recall."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlsuite.figures.box_labels import CLASS_COLOURS
from dlsuite.figures.look import PALE, SMALL, WIDTH, canvas, shorten, tidy
from dlsuite.metrics.detection import TOLD

NAMED = len(CLASS_COLOURS)  # Classes with a colour; of more those found worst, the rest are grey.
LONGEST_NAME = 24


def precision_recall(
    curves: pd.DataFrame, *, threshold: float = TOLD, split: str | None = None
) -> Figure:
    """The best precision at a recall or beyond it, whose mean is the average precision.

    A dot is where the class stands at the threshold. Up to seven classes are named, of more those
    of lowest average precision.

    Args:
        curves: Table of `metrics.precision_recall_curves`.
        threshold: Score from which a detection is told.
        split: What the pictures are, such as `dev`.

    Raises:
        ValueError: There is no class.
    """
    if not len(curves):
        raise ValueError("`curves` must hold at least one class. Received: an empty table.")
    classes = curves.drop_duplicates("class").sort_values("average_precision", kind="stable")
    named = set(classes["class"].iloc[:NAMED])
    mean = classes["average_precision"].mean()
    of = f", {split} pictures" if split else ""
    more = f"\nnamed are the {NAMED} found worst" if len(classes) > NAMED else ""
    title = f"mAP at an overlap of 0.5{of}: {mean:.3f} over {_classes(classes)}{more}"
    figure = canvas(min(WIDTH, 7.2), 4.2, title)
    axes = figure.add_subplot()
    tidy(axes)
    drawn = [(name, points) for name, points in curves.groupby("class", sort=False)]
    colours = iter(CLASS_COLOURS)
    for name, points in sorted(drawn, key=lambda each: each[0] in named):  # grey ones below
        _line(axes, str(name), points, next(colours) if name in named else PALE, threshold)
    for axis, label in ((axes.xaxis, "recall"), (axes.yaxis, "precision")):
        axis.set_major_formatter(PercentFormatter(xmax=1))
        axis.set_label_text(label, fontsize=SMALL)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    legend = figure.legend(
        loc="outside right center",
        fontsize=SMALL - 1,
        frameon=False,
        title=f"class, average precision\n(dot: score of {threshold:g})",
        title_fontsize=SMALL - 1,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return figure


def _line(axes: Axes, name: str, points: pd.DataFrame, colour: str, threshold: float) -> None:
    recall, precision, score = (
        points[each].to_numpy() for each in ("recall", "precision", "score")
    )
    best = np.maximum.accumulate(np.nan_to_num(precision)[::-1])[::-1]
    label = f"{shorten(name, LONGEST_NAME)}, {points['average_precision'].iloc[0]:.3f}"
    axes.plot(
        np.append(0.0, recall),
        np.append(best[0], best),
        drawstyle="steps-pre",
        color=colour,
        linewidth=1.2 if colour == PALE else 1.8,
        label=None if colour == PALE else label,
    )
    told = np.flatnonzero(score >= threshold)
    if len(told) and colour != PALE:
        axes.plot(recall[told[-1]], best[told[-1]], "o", color=colour, markersize=6)


def _classes(classes: pd.DataFrame) -> str:
    return f"{len(classes)} classes" if len(classes) > 1 else "one class"
