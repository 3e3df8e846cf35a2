"""Whether a classifier is as often right as it is sure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dlsuite.figures.look import OTHER, OURS, SMALL, canvas, tidy
from dlsuite.metrics import calibration_bins, expected_calibration_error

PERCENT = PercentFormatter(xmax=1, decimals=0)


def calibration(examples: pd.DataFrame, *, split: str | None = None) -> Figure:
    """Reliability diagram over a histogram of confidence (Guo et al. 2017, figure 1).

    Each point is the accuracy of the examples of one confidence bin, with its 95 % interval; on the
    diagonal a classifier is right as often as it says, below it says too much.

    Args:
        examples: Table with `confidence` and `correct`, one row an example.
        split: What the examples are, such as `dev`.

    Raises:
        ValueError: The table is empty.
    """
    sure, right = examples["confidence"].to_numpy(), examples["correct"].to_numpy(dtype=bool)
    bins = calibration_bins(sure, right)
    error = expected_calibration_error(sure, right)
    figure = canvas(
        5.6,
        6.2,
        f"{right.mean():.1%} of {len(sure):,} {f'{split} ' if split else ''}examples right, "
        f"mean confidence {sure.mean():.1%}\nexpected calibration error {error:.1%}",
    )
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _reliability(above, bins)
    _histogram(below, bins)
    return figure


def _reliability(axes: Axes, bins: pd.DataFrame) -> None:
    tidy(axes)
    axes.plot((0, 1), (0, 1), color="0.3", linestyle="--", linewidth=1, label="as right as sure")
    held = bins.dropna()
    places, heights = held["confidence"].tolist(), held["accuracy"].tolist()
    for number, (place, height) in enumerate(zip(places, heights, strict=True)):
        # The gap, whose mean over examples is the error in the title.
        axes.plot(
            (place, place),
            (place, height),
            color=OTHER,
            linewidth=5,
            alpha=0.35,
            solid_capstyle="butt",
            label=None if number else "gap",
        )
    axes.errorbar(
        held["confidence"],
        held["accuracy"],
        yerr=np.maximum(
            [held["accuracy"] - held["low"], held["high"] - held["accuracy"]], 0
        ),  # [2, M]
        fmt="o",
        markersize=5,
        capsize=2.5,
        linewidth=1.2,
        color=OURS,
        label="accuracy, 95 % interval",
    )
    axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02))
    axes.yaxis.set_major_formatter(PERCENT)
    axes.set_ylabel("accuracy in the bin", fontsize=SMALL)
    axes.legend(fontsize=SMALL - 1, loc="upper left", edgecolor="0.75")


def _histogram(axes: Axes, bins: pd.DataFrame) -> None:
    tidy(axes)
    width = bins["up_to"] - bins["above"]
    axes.bar(bins["above"], bins["examples"], width=width, align="edge", color=OURS, edgecolor="w")
    axes.xaxis.set_major_formatter(PERCENT)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.set_ylabel("examples", fontsize=SMALL)
    axes.set_xlabel("confidence: probability of the predicted class", fontsize=SMALL)
