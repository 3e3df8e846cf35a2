"""How far a regression's answers lie from the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlsuite.figures.look import OURS, SMALL, canvas, tidy

MOST_POINTS = 5000  # With more, points hide each other: their density is drawn instead.


def predicted_against_true(
    examples: pd.DataFrame, *, quantity: str = "target", split: str | None = None
) -> Figure:
    """Predictions over targets with the line where both are equal.

    Args:
        examples: Table with `target` and `predicted`, one row an example.
        quantity: What the target is, with its unit.
        split: What the examples are, such as `dev`.

    Raises:
        ValueError: The table is empty.
    """
    if not len(examples):
        raise ValueError("`examples` must have at least one row. Received: 0.")
    true = examples["target"].to_numpy(dtype=float)
    predicted = examples["predicted"].to_numpy(dtype=float)
    rmse = float(np.sqrt(np.mean((true - predicted) ** 2)))
    figure = canvas(5.4, 5.0)
    axes = figure.add_subplot()
    which = f"{len(true):,} {f'{split} ' if split else ''}examples"
    tidy(axes, f"{which}, root mean squared error {rmse:.4g}")
    low, high = min(true.min(), predicted.min()), max(true.max(), predicted.max())
    margin = 0.04 * (high - low) or 1.0
    limits = (low - margin, high + margin)
    axes.plot(limits, limits, color="0.3", linewidth=1, linestyle="--", label="predicted = true")
    if len(true) <= MOST_POINTS:
        axes.scatter(true, predicted, s=16, alpha=0.5, linewidths=0, color=OURS)
    else:
        density = axes.hexbin(
            true, predicted, gridsize=60, extent=2 * limits, bins="log", mincnt=1, cmap="Blues"
        )
        bar = figure.colorbar(density, ax=axes, fraction=0.04, pad=0.02)
        bar.set_label("examples", fontsize=SMALL)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set_xlabel(f"true {quantity}", fontsize=SMALL, parse_math=False)
    axes.set_ylabel(f"predicted {quantity}", fontsize=SMALL, parse_math=False)
    axes.legend(fontsize=SMALL - 1, loc="upper left", edgecolor="0.75")
    return figure
