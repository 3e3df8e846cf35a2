"""Training curves: losses, a metric and the learning rate over the epochs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from dlsuite.figures.look import OTHER, OURS, SMALL, WIDTH, canvas, tidy

RATE = "learning_rate"
UNSHOWN = frozenset({RATE, "seconds"})
# Of train and of a measure on another split, in every panel.
COLOURS, MARKERS = (OURS, OTHER), ("o", "D")
HANDLE, LETTER = 0.7, 0.08  # Inches, widths in a legend of a line and of a letter.
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
    width = max(5.0, WIDTH * len(drawn) / 3)
    figure = canvas(width, 3.6, title)
    handles: dict[str, Artist] = {}
    for place, (heading, series) in enumerate(drawn.items(), start=1):
        axes = figure.add_subplot(1, len(drawn), place)
        _draw(axes, heading, series, len(epochs), best_epoch)
        lines, labels = axes.get_legend_handles_labels()
        handles |= dict(zip(labels, lines, strict=True))
    handles.pop(_label(RATE, several=False), None)  # Its panel's heading says it.
    longest = HANDLE + LETTER * max(map(len, handles), default=0)
    figure.legend(
        # One for all panels and below them, where it hides no curve.
        handles.values(),
        handles.keys(),
        loc="outside lower center",
        ncols=max(1, min(3, int(width / longest))),
        fontsize=SMALL,
        frameon=False,
    )
    return figure


def _draw(
    axes: Axes,
    heading: str,
    series: Mapping[str, tuple[np.ndarray, np.ndarray]],
    epochs: int,
    best_epoch: int | None,
) -> None:
    tidy(axes, "R²" if heading == "r2" else heading.replace("_", " "))
    several = len({_plain(name) for name in series}) > 1
    for name, (x, y) in series.items():
        of_dev = bool(_split(name))
        axes.plot(
            x,
            y,
            marker=MARKERS[of_dev] if epochs <= MOST_MARKED else None,
            markersize=3,
            linewidth=1.5,
            label=_label(name, several=several),
            color=None if several else COLOURS[of_dev],
        )
    if best_epoch is not None:
        axes.axvline(
            best_epoch, color="0.4", linestyle="--", linewidth=1, label=f"best epoch: {best_epoch}"
        )
    if heading == "loss" and _spans_decades(y for _, y in series.values()):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
    if heading == "learning rate" and np.ptp(series[RATE][1]) == 0:
        axes.set_ylim(0, 2 * series[RATE][1][0])  # Else a constant's ticks differ in noise alone.
    axes.set_xlabel("epoch", fontsize=SMALL)
    margin = 0.5 if epochs == 1 else 0.03 * epochs
    axes.set_xlim(1 - margin, epochs + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def _first_metric(names: Sequence[str]) -> str | None:
    ordered = [name for name in names if "." in name] + list(names)
    return _plain(ordered[0]) if ordered else None


def _plain(name: str) -> str:
    return name.rsplit(".", maxsplit=1)[-1]


def _split(name: str) -> str:
    return name.rpartition(".")[0]


def _label(name: str, *, several: bool) -> str:
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
