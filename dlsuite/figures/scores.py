"""A net's scores beside its baseline's, split by split, with what chance leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlsuite.figures.look import OTHER, OURS, SMALL, WIDTH, canvas, tidy
from dlsuite.metrics import Interval, Scores, mean_interval

ROW = 0.62  # Inches.
APART = 0.15  # Of a row: net and baseline stand that far above and below its middle.


def score_intervals(
    scores: Mapping[str, Scores],
    baseline: Mapping[str, Scores],
    *,
    quantity: str = "target",
    title: str | None = None,
) -> Figure:
    """A dot for the net and one for the baseline in each split, with 95 % bootstrap intervals.

    Shown is the accuracy where the tables of the scores have `correct` and no `error`, a share of
    each answer, the root mean squared error where they have `target`, else the mean loss.

    Args:
        scores: Of the net, by split.
        baseline: Of the baseline, by split; a split that it lacks has no second dot.
        quantity: What a target is, with its unit.
        title: Of the figure.

    Raises:
        ValueError: There is no split, or a table lacks the column that the first one has.
    """
    if not scores:
        raise ValueError("`scores` must hold at least one split. Received none.")
    tables, rivals = ({split: s.examples for split, s in of.items()} for of in (scores, baseline))
    columns = set(next(iter(tables.values())).columns)
    whole = "correct" in columns and "error" not in columns
    measure = "correct" if whole else "loss"
    squared = measure == "loss" and "target" in columns
    figure = canvas(min(WIDTH, 7.0), 1.2 + ROW * len(tables) + (0.3 if title else 0), title)
    axes = figure.add_subplot()
    tidy(axes)
    sizes = [len(table) for table in tables.values()]
    write = "{:.1%}" if measure == "correct" else "{:.4g}"
    ours, theirs = (_intervals(tables, of, measure, squared) for of in (tables, rivals))
    _dots(axes, ours, -APART, "o", OURS, "net", write)
    _dots(axes, theirs, APART, "D", OTHER, "baseline", write)
    axes.set_ylim(len(tables) - 0.5, -0.5)  # The first split on top.
    shown = [
        f"{split.replace('_', '-')}\n{size:,} examples"
        for split, size in zip(tables, sizes, strict=True)
    ]
    axes.set_yticks(range(len(tables)), shown, fontsize=SMALL)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.12)
    if measure == "correct":
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    words = {"correct": "accuracy, higher is better", "loss": "mean loss, lower is better"}
    error = f"root mean squared error of {quantity}, lower is better"
    axes.set_xlabel(error if squared else words[measure], fontsize=SMALL, parse_math=False)
    figure.legend(
        loc="outside lower center", ncols=3, fontsize=SMALL - 1, frameon=False, title_fontsize=SMALL
    )
    return figure


def _intervals(
    splits: Mapping[str, pd.DataFrame],
    tables: Mapping[str, pd.DataFrame],
    measure: str,
    squared: bool,
) -> list[tuple[int, Interval]]:
    """The place of a split among `splits` with its interval, for those that `tables` have."""
    found = []
    for place, split in enumerate(splits):
        if split not in tables:
            continue
        if measure not in tables[split]:
            raise ValueError(
                f"Every table must have the column `{measure}`, as the first one has. "
                f"Received: {split} with {list(tables[split].columns)}."
            )
        interval = mean_interval(tables[split][measure])
        found.append((place, Interval(*np.sqrt(interval)) if squared else interval))
    return found


def _dots(
    axes: Axes,
    intervals: Sequence[tuple[int, Interval]],
    shift: float,
    marker: str,
    colour: str,
    name: str,
    write: str,
) -> None:
    for number, (place, interval) in enumerate(intervals):
        height = place + shift
        axes.plot(
            (interval.low, interval.high),
            (height, height),
            color=colour,
            linewidth=2,
            solid_capstyle="butt",
        )
        axes.plot(
            interval.estimate,
            height,
            marker=marker,
            markersize=7,
            color=colour,
            linestyle="none",
            label=f"{name}, 95 % interval" if not number else None,
        )
        axes.annotate(
            write.format(interval.estimate),
            (interval.high, height),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL - 1,
            color=colour,
        )
