"""What a sweep found: its scores in the order of trials, what mattered, which values went together.

Tables of trials have `trial`, `state` (complete, pruned or failed), `value` where it is complete,
and a column for each parameter; parameters that are no numbers stand there as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlsuite.figures.look import OTHER, OURS, PALE, SMALL, WIDTH, canvas, shorten, tidy

LONGEST_NAME = 34
LONGEST_CHOICE = 14
ROW = 0.34  # Inches, of a bar.
TICKS = 5  # of an axis of numbers
SHADES = "viridis"


def optimization_history(trials: pd.DataFrame, measure: str, *, higher: bool) -> Figure:
    """The score of each trial, and the best so far; pruned and failed ones are ticks below.

    Args:
        trials: See above.
        measure: Name of the score.
        higher: Whether a larger one is better.

    Raises:
        ValueError: No trial is complete.
    """
    complete = _complete(trials)
    figure = canvas(WIDTH * 0.8, 3.8)
    axes = figure.add_subplot()
    tidy(axes)
    axes.plot(complete["trial"], complete["value"], "o", color=OURS, markersize=5, label="trial")
    best = complete["value"].cummax() if higher else complete["value"].cummin()
    axes.step(
        complete["trial"], best, where="post", color=OTHER, linewidth=1.6, label="best so far"
    )
    for state, mark, shade in (("pruned", "|", "0.45"), ("failed", "x", "#000000")):
        places = trials.loc[trials["state"] == state, "trial"]
        if len(places):
            axes.plot(
                places,
                np.full(len(places), 0.02),
                mark,
                transform=axes.get_xaxis_transform(),
                color=shade,
                markersize=7,
                label=state,
            )
    axes.margins(y=0.12)
    axes.set_xlabel("trial", fontsize=SMALL)
    axes.set_ylabel(measure, fontsize=SMALL, parse_math=False)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    figure.legend(loc="outside lower center", ncols=4, fontsize=SMALL - 1, frameon=False)
    return figure


def parameter_importance(importance: Mapping[str, float], measure: str) -> Figure:
    """A bar for each parameter, the most important on top.

    Args:
        importance: Share of the variance of the score by parameter, in [0, 1].
        measure: Name of the score.

    Raises:
        ValueError: There is none.
    """
    if not importance:
        raise ValueError("`importance` must hold at least one parameter. Received: none.")
    ordered = sorted(importance.items(), key=lambda pair: pair[1])
    names = [shorten(name, LONGEST_NAME) for name, _ in ordered]
    values = [value for _, value in ordered]
    figure = canvas(WIDTH * 0.75, 1.1 + ROW * len(names))
    axes = figure.add_subplot()
    tidy(axes)
    axes.barh(range(len(names)), values, color=OURS, height=0.62)
    axes.set_yticks(range(len(names)), names, fontsize=SMALL, parse_math=False)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, max(*values, 0.01) * 1.15)
    for place, value in enumerate(values):
        axes.annotate(
            f"{value:.0%}",
            (value, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL - 1,
        )
    axes.set_xlabel(f"share of the variance of {measure}", fontsize=SMALL, parse_math=False)
    return figure


def parallel_coordinates(
    trials: pd.DataFrame,
    parameters: Sequence[str],
    measure: str,
    *,
    higher: bool,
    log: frozenset[str] = frozenset(),
) -> Figure:
    """A line for each complete trial through its parameters to its score, the best drawn last.

    Args:
        trials: See above.
        parameters: Columns, in the order to draw.
        measure: Name of the score, on the last axis and in colour.
        higher: Whether a larger one is better.
        log: Parameters spaced by their logarithm.

    Raises:
        ValueError: No trial is complete.
    """
    complete = _complete(trials).sort_values("value", ascending=higher, kind="stable")
    figure = canvas(WIDTH, 4.2)
    axes = figure.add_subplot()
    scales = {name: _Scale(complete[name], name in log) for name in parameters}
    scales["value"] = _Scale(complete["value"], False)
    heights = np.stack([scale.heights for scale in scales.values()], axis=1)  # [N, P]
    values = complete["value"].to_numpy(dtype=float)
    spread = Normalize(values.min(), values.max() if values.max() > values.min() else None)
    shades = colormaps[SHADES if higher else f"{SHADES}_r"]
    last = len(values) - 1
    for row, (line, value) in enumerate(zip(heights, values, strict=True)):
        axes.plot(
            range(len(scales)),
            line,
            color=OTHER if row == last else shades(spread(value)),
            linewidth=2.4 if row == last else 1.0,
            alpha=1.0 if row == last else 0.65,
        )
    _axes_of(axes, scales)
    names = [shorten(name, LONGEST_NAME // 2) for name in parameters]
    axes.set_xticks(
        range(len(scales)), [*names, shorten(measure, LONGEST_NAME)], fontsize=SMALL - 1
    )
    bar = figure.colorbar(ScalarMappable(spread, shades), ax=axes, pad=0.01, shrink=0.8)
    bar.ax.tick_params(labelsize=SMALL - 1)
    axes.set_title(f"the best trial is drawn thick ({measure} {values[last]:.4g})", fontsize=SMALL)
    return figure


class _Scale:
    """One axis of parallel coordinates: where values stand on it, and what is written there."""

    def __init__(self, column: pd.Series, log: bool) -> None:
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            values = column.to_numpy(dtype=float)
            at = np.log10(values) if log else values
            low, high = at.min(), at.max()
            shown = np.linspace(low, high, TICKS) if high > low else np.array([low])
            texts = [f"{10**each if log else each:.3g}" for each in shown]
        else:
            named = sorted(set(column.astype(str)))
            at = column.astype(str).map({name: place for place, name in enumerate(named)})
            at = at.to_numpy(dtype=float)
            low, high = 0.0, float(len(named) - 1)
            shown, texts = np.arange(len(named)), [shorten(n, LONGEST_CHOICE) for n in named]
        span = high - low
        self.heights = (at - low) / span if span > 0 else np.full(len(at), 0.5)
        places = (np.asarray(shown, dtype=float) - low) / span if span > 0 else np.array([0.5])
        self.ticks = list(zip(places.tolist(), texts, strict=True))


def _axes_of(axes: Axes, scales: Mapping[str, _Scale]) -> None:
    for place, scale in enumerate(scales.values()):
        axes.axvline(place, color=PALE, linewidth=0.8, zorder=0)
        for height, text in scale.ticks:
            axes.annotate(
                text,
                (place, height),
                xytext=(3, 0),
                textcoords="offset points",
                fontsize=SMALL - 2,
                va="center",
                parse_math=False,
                bbox={"boxstyle": "round,pad=0.1", "color": "white", "alpha": 0.7},
            )
    axes.set_yticks([])
    axes.set_xlim(-0.15, len(scales) - 0.5)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0)


def _complete(trials: pd.DataFrame) -> pd.DataFrame:
    complete = trials[trials["state"] == "complete"]
    if complete.empty:
        raise ValueError(
            "`trials` must hold one that is complete. "
            f"Received: states {sorted(set(trials['state']))}."
        )
    return complete
