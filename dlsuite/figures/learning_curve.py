"""Errors against the number of training examples, with the law through those of dev."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from dlsuite.figures.look import OTHER, OURS, SMALL, canvas, tidy

TWO_SIDED = 1.96  # standard errors


def learning_curve_picture(
    points: pd.DataFrame,
    law: pd.DataFrame | None,
    *,
    error: str = "error",
    reference: float | None = None,
) -> Figure:
    """Train and dev error of each training, the law with its 95 % band, the reference.

    Args:
        points: `examples`, `train`, `dev` and `standard_error` of dev, a row for each training.
        law: A row for each number of `examples`: the `error` expected, its bounds `low` and
            `high`; None for none.
        error: What an error is.
        reference: Error that cannot be beaten.

    Raises:
        ValueError: There is no point.
    """
    if points.empty:
        raise ValueError("A learning curve needs a training. Received: none.")
    figure = canvas(6.4, 4.2)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    n = points["examples"].to_numpy(float)
    axes.plot(n, points["train"], "o", color=OURS, label="train", clip_on=False)
    bars = TWO_SIDED * points["standard_error"]
    axes.errorbar(n, points["dev"], bars, fmt="D", color=OTHER, capsize=3, label="dev")
    if law is not None:
        axes.plot(law["examples"], law["error"], color=OTHER, label="power law")
        band = (law["examples"], law["low"], law["high"])
        axes.fill_between(*band, color=OTHER, alpha=0.15, linewidth=0)
        axes.axvline(n.max(), color="0.6", linewidth=1, linestyle=":")
    if reference is not None:
        axes.axhline(reference, color="0.3", linewidth=1, linestyle="--", label="reference")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("training examples")
    axes.set_ylabel(error)
    axes.legend(fontsize=SMALL, frameon=False)
    tidy(axes)
    return figure
