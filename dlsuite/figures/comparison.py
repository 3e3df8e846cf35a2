"""Runs beside each other: curves overlaid, differences with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from dlsuite.figures.look import SMALL, canvas, shorten, tidy

# Okabe and Ito (2008), told apart with every kind of colour vision; the first run is black.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LONGEST_NAME = 28
UNSHOWN = frozenset({"learning_rate", "seconds"})
LOG_SPAN = 20  # Losses that span more than this factor are drawn on a log scale.

Epochs = Sequence[Mapping[str, float]]


def overlaid_curves(histories: Mapping[str, Epochs], *, metric: str | None = None) -> Figure:
    """Loss and one metric over the epochs, a colour for each run, dev drawn through, train dashed.

    Args:
        histories: Epochs of each run by its name, as `figures.curves` takes them.
        metric: Name without split of the metric to draw; without one the first that dev has.

    Raises:
        ValueError: There is nothing to draw.
    """
    names = list(
        dict.fromkeys(n for epochs in histories.values() for epoch in epochs for n in epoch)
    )
    metrics = [n.removeprefix("dev.") for n in names if n.startswith("dev.") and n != "dev.loss"]
    chosen = metric or next(iter(metrics), None)
    panels = {
        heading: [name for name in (heading, f"dev.{heading}") if name in names]
        for heading in ("loss", chosen)
        if heading is not None
    }
    panels = {heading: found for heading, found in panels.items() if found}
    if not panels:
        raise ValueError(f"`histories` must hold losses or metrics. Received: {names}.")
    figure = canvas(4.3 * len(panels), 3.9)
    colours = colours_of(list(histories))
    for place, (heading, found) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(1, len(panels), place)
        tidy(axes, heading.replace("_", " "))
        lows: list[float] = []
        for run, epochs in histories.items():
            for name in found:
                values = np.array([epoch.get(name, np.nan) for epoch in epochs], dtype=float)
                known = np.isfinite(values)
                lows += values[known].tolist()
                axes.plot(
                    np.flatnonzero(known) + 1,
                    values[known],
                    color=colours[run],
                    linewidth=1.4 if name.startswith("dev.") else 0.9,
                    linestyle="-" if name.startswith("dev.") else (0, (4, 2)),
                    alpha=1.0 if name.startswith("dev.") else 0.7,
                )
        if heading == "loss" and lows and min(lows) > 0 and max(lows) > LOG_SPAN * min(lows):
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("epoch", fontsize=SMALL)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    _legend(figure, colours, panels)
    return figure


def colours_of(names: Sequence[str]) -> dict[str, str]:
    """A colour for each run, the same in every picture of a comparison."""
    if len(names) <= len(COLOURS):
        return dict(zip(names, COLOURS, strict=False))
    shades = colormaps["viridis"](np.linspace(0, 0.92, len(names)))
    return {name: tuple(shade) for name, shade in zip(names, shades, strict=True)}  # type: ignore[misc]


def _legend(figure: Figure, colours: Mapping[str, str], panels: Mapping[str, list[str]]) -> None:
    marks = [Line2D([], [], color=colour, linewidth=2) for colour in colours.values()]
    labels = [shorten(name, LONGEST_NAME) for name in colours]
    kinds = {name.startswith("dev.") for found in panels.values() for name in found}
    if kinds == {True, False}:
        marks += [Line2D([], [], color="0.4"), Line2D([], [], color="0.4", linestyle=(0, (4, 2)))]
        labels += ["dev", "train, epoch mean"]
    figure.legend(
        marks,
        labels,
        loc="outside lower center",
        ncols=min(4, len(marks)),
        fontsize=SMALL - 1,
        frameon=False,
    )
