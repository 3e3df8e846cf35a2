"""Models as points: what they cost against what they reach, and which none beats in both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from dlsuite.figures.look import OTHER, OURS, SMALL, canvas, shorten, tidy

STRONG, LIMIT = OURS, OTHER
NAME = (150, 14)  # pixels that a name takes
NAMED = 8  # models whose names fit beside their points
LOG_SPAN = 20  # costs that span more than this factor are drawn on a log scale


def pareto_picture(
    table: pd.DataFrame,
    goal: str,
    cost: str,
    *,
    pareto: Collection[str] = (),
    feasible: Collection[str] = (),
    winner: str | None = None,
    limit: float | None = None,
    names: Sequence[str] = (),
) -> Figure:
    """Each model's cost and goal; those that meet every limit are filled.

    Args:
        table: A row for each model.
        goal: The column drawn upwards, the metric to optimize.
        cost: The column drawn to the right.
        pareto: Labels of rows that no other beats; joined by a line.
        feasible: Labels of rows that meet every limit.
        winner: Label of the row that is taken, drawn as a star.
        limit: Of the cost, drawn as a line.
        names: Of the rows, in their order; labels where not given.

    Raises:
        ValueError: No model has both numbers.
    """
    shown = table[[goal, cost]].dropna()
    if shown.empty:
        raise ValueError(f"A model must have {goal} and {cost}. Received: none that has both.")
    called = dict(zip(table.index, names or map(str, table.index), strict=True))
    figure = canvas(6.4, 4.2)
    axes = figure.add_subplot()
    if (shown[cost] > 0).all() and shown[cost].max() > LOG_SPAN * shown[cost].min():
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    front = shown.loc[[label for label in shown.index if label in pareto]].sort_values(cost)
    axes.plot(front[cost], front[goal], color=STRONG, linewidth=1, alpha=0.6, label="Pareto set")
    good = [label in feasible for label in shown.index]
    rest = [not each for each in good]
    for chosen, face, word in ((good, STRONG, "meets every limit"), (rest, "none", "misses one")):
        points = shown[chosen]
        if len(points):
            axes.scatter(points[cost], points[goal], 32, facecolors=face, edgecolors=STRONG)
            axes.scatter([], [], 32, facecolors=face, edgecolors=STRONG, label=word)
    if winner is not None and winner in shown.index:
        place = shown.loc[[winner]]
        axes.plot(place[cost], place[goal], "*", color=LIMIT, markersize=14, label="taken")
    if limit is not None:
        axes.axvline(limit, color=LIMIT, linestyle="--", linewidth=1, label=f"limit {limit:g}")
    first = [winner, *front.index[::-1], *shown.index]
    _name(axes, shown[[cost, goal]], called, [each for each in first if each in shown.index])
    axes.set_xlabel(cost)
    axes.set_ylabel(goal)
    axes.legend(fontsize=SMALL, frameon=False)
    tidy(axes)
    return figure


def _name(
    axes: Axes, points: pd.DataFrame, called: Mapping[str, str], order: Sequence[str]
) -> None:
    """Names beside the first points of `order`, those left out that another name would cover."""
    placed: list[tuple[float, float]] = []
    axes.autoscale_view()
    for label in dict.fromkeys(order):
        x, y = axes.transData.transform(points.loc[label].to_numpy(float))
        covered = any(
            abs(x - other) < NAME[0] and abs(y - level) < NAME[1] for other, level in placed
        )
        if covered or len(placed) == NAMED:
            continue
        placed.append((x, y))
        axes.annotate(
            shorten(called[label], 24),
            tuple(points.loc[label]),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=SMALL - 1,
            parse_math=False,
        )
