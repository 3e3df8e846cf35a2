"""Training curves: losses, a metric and the learning rate over the epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from dlsuite.figures.look import SMALL, canvas, tidy

RATE = "learning_rate"
UNSHOWN = frozenset({RATE, "seconds"})
COLOURS = ("C0", "C1")  # Of train and of a measure on another split, in every panel.
LOG_SPAN = 20  # Losses that span more than this factor are drawn on a log scale.
MOST_MARKED = 60  # With more epochs the markers of a line touch.


def curves(
    epochs: Sequence[Mapping[str, float]],
    *,
    metric: str | None = None,
    best_epoch: int | None = None,
    title: str | None = None,
) -> Figure:
    """Losses, one metric of train and dev, and the learning rate, one panel each.

    A panel without any values is left out, and so is a value that is missing in an epoch (dev need
    not be measured in each) or not finite.

    Args:
        epochs: One mapping an epoch, the first is epoch 1: `loss` and metrics as means over the
            epoch's batches, `dev.loss` and other measures after it, `learning_rate`.
        metric: Name without split of the metric to draw; without one the first that dev has.
        best_epoch: Counted from 1; marked in every panel.
        title: Of the figure.

    Raises:
        ValueError: There is no epoch, or nothing in them to draw.
    """
    names = list(dict.fromkeys(name for epoch in epochs for name in epoch if name not in UNSHOWN))
    losses = [name for name in names if "loss" in _plain(name).split("_")]
    metric = metric or _first_metric([name for name in names if name not in losses])
    panels = {
        "loss": losses,
        metric or "": [name for name in names if _plain(name) == metric],
        "learning rate": [RATE],
    }
    drawn = {
        heading: series
        for heading, found in panels.items()
        if (series := {name: _series(epochs, name) for name in found if _known(epochs, name)})
    }
    if not drawn:
        raise ValueError(f"`epochs` must hold finite numbers to draw. Received: {list(epochs)!r}.")
    figure = canvas(4.3 * len(drawn), 4.0, title)
    for place, (heading, series) in enumerate(drawn.items(), start=1):
        axes = figure.add_subplot(1, len(drawn), place)
        _draw(axes, heading, series, len(epochs), best_epoch)
    return figure


def _draw(
    axes: Axes,
    heading: str,
    series: Mapping[str, tuple[np.ndarray, np.ndarray]],
    epochs: int,
    best_epoch: int | None,
) -> None:
    tidy(axes, heading.replace("_", " "))
    marker = "o" if epochs <= MOST_MARKED else None
    several = len({_plain(name) for name in series}) > 1
    for name, (x, y) in series.items():
        colour = None if several else COLOURS[bool(_split(name))]
        label = _label(name, several)
        axes.plot(x, y, marker=marker, markersize=3, linewidth=1.5, label=label, color=colour)
    if best_epoch is not None:
        axes.axvline(
            best_epoch, color="0.4", linestyle="--", linewidth=1, label=f"best: {best_epoch}"
        )
    if heading == "loss" and _spans_decades(y for _, y in series.values()):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("epoch", fontsize=SMALL)
    margin = 0.5 if epochs == 1 else 0.03 * epochs
    axes.set_xlim(1 - margin, epochs + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))
    axes.legend(
        # Below the panel, where it hides no curve.
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
        ncols=1 if several else 3,
        fontsize=SMALL - 1,
        frameon=False,
    )


def _first_metric(names: Sequence[str]) -> str | None:
    ordered = [name for name in names if "." in name] + list(names)
    return _plain(ordered[0]) if ordered else None


def _plain(name: str) -> str:
    return name.rsplit(".", maxsplit=1)[-1]


def _split(name: str) -> str:
    return name.rpartition(".")[0]


def _label(name: str, several: bool) -> str:
    if name == RATE:
        return "learning rate"
    split = _split(name) or "train, epoch mean"
    return f"{_plain(name).replace('_', ' ')} ({split})" if several else split


def _known(epochs: Sequence[Mapping[str, float]], name: str) -> bool:
    return bool(len(_series(epochs, name)[0]))


def _series(epochs: Sequence[Mapping[str, float]], name: str) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([epoch.get(name, np.nan) for epoch in epochs], dtype=float)
    known = np.isfinite(values)
    return np.flatnonzero(known) + 1, values[known]


def _spans_decades(series: Iterable[np.ndarray]) -> bool:
    values = np.concatenate(list(series))
    return bool(values.min() > 0 and values.max() > LOG_SPAN * values.min())
