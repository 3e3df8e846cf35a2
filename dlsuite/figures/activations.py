"""What the layers of a net give, layer by layer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dlsuite.figures.look import OTHER, OURS, PALE, SMALL, WIDTH, canvas, shorten, tidy

ROW, TALLEST = 0.26, 10.5  # inches: of a layer, and of all of them
ABOVE, BELOW = 0.7, 0.75  # inches: title and headings; axis and legend
LETTER = 0.0095  # inches for a point of size: the width of one in a name
SMALLEST = 5.0  # points
LONGEST_NAME = 24


def activation_bars(table: pd.DataFrame, *, split: str | None = None) -> Figure:
    """Share of dead units, share of zeros, and mean with standard deviation of each layer.

    The first layer is on top. Shown are the layers behind a nonlinearity, where there are any.

    Args:
        table: A row for each layer: `layer`, `nonlinearity`, `units`, `mean`, `std`, `zeros`,
            `dead`, `stuck` and `examples`, see `inspection.activation_statistics`.
        split: What the examples are, such as `dev`.

    Raises:
        ValueError: There is no layer.
    """
    if not len(table):
        raise ValueError("`table` must hold at least one layer. Received none.")
    bent = table[table["nonlinearity"] != "linear"]
    shown = bent if len(bent) else table
    rows = np.arange(len(shown))
    row = min(ROW, TALLEST / len(shown))
    size = float(np.clip(row * 72 * 0.85, SMALLEST, SMALL))
    where = "behind a nonlinearity" if len(bent) else "of which none is a nonlinearity"
    layers = f"{len(shown)} layers" if len(shown) > 1 else "1 layer"
    of = f"{split} examples" if split else "examples"
    title = f"{layers} {where}, over {int(shown['examples'].iloc[0]):,} {of}"
    height = ABOVE + row * len(shown) + BELOW
    figure = canvas(WIDTH, height, title)
    names = [shorten(str(name), LONGEST_NAME) for name in shown["layer"]]
    # Places are set by hand: a layout engine takes seconds over a hundred names.
    figure.set_layout_engine("none")
    left = (0.2 + LETTER * size * max(map(len, names))) / WIDTH
    inside = {"bottom": BELOW / height, "top": 1 - ABOVE / height, "wspace": 0.2}
    panels = figure.subplots(1, 3, sharey=True, gridspec_kw={"left": left, "right": 0.97, **inside})
    for axes, heading in zip(panels, ("silent units", "zeros", "mean ± std"), strict=True):
        tidy(axes, heading)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", labelsize=size, length=0)
        axes.xaxis.set_major_locator(MaxNLocator(3))
    _shares(panels[0], rows, shown, size)
    panels[1].barh(rows, shown["zeros"], height=0.7, color=PALE)
    for axes in panels[:2]:
        axes.set_xlim(0, 1)
        axes.set_xticks((0, 0.5, 1))
        axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    panels[2].axvline(0, color=PALE, linewidth=1)
    panels[2].errorbar(
        shown["mean"], rows, xerr=shown["std"], fmt="o", color=OURS, markersize=min(4, size / 2),
        elinewidth=1,
    )  # fmt: skip
    panels[0].set_yticks(rows, names, fontsize=size, parse_math=False)
    panels[0].set_ylim(len(shown) - 0.5, -0.5)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=2, fontsize=SMALL - 1, frameon=False)
    return figure


def _shares(axes: Axes, rows: np.ndarray, shown: pd.DataFrame, size: float) -> None:
    """Shares of units that are dead or stuck; a layer can have but one of them."""
    units = shown["units"].to_numpy(dtype=float)
    kinds = (("dead", "dead: a rectifier that never opens", OTHER),
             ("stuck", "stuck: always within 1 % of a limit", OURS))  # fmt: skip
    for column, label, colour in kinds:
        counts = shown[column].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        if np.isnan(counts).all():
            continue
        axes.barh(rows, np.nan_to_num(counts / units), height=0.7, color=colour, label=label)
        for row, (count, of) in enumerate(zip(counts, units, strict=True)):
            if count > 0:
                inside = count / of > 0.6
                axes.annotate(
                    f"{int(count)} of {int(of)}", (count / of, row), va="center",
                    ha="right" if inside else "left", xytext=(-3 if inside else 3, 0),
                    textcoords="offset points", color="white" if inside else "black",
                    fontsize=min(size, SMALL - 1),
                )  # fmt: skip
