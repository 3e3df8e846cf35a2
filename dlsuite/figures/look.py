"""How every figure looks: its canvas, its axes, its colours, its names."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DPI = 100
WIDTH = 8.6  # Inches at most: what the run's page shows without scaling it down.
SMALL = 9  # Points, of ticks, legends and captions.
PALE = "0.75"
GRID = "0.9"
# Blue and vermilion of Okabe and Ito (2008): told apart with every kind of colour vision.
OURS, OTHER = "#0072B2", "#D55E00"


def canvas(width: float, height: float, title: str | None = None) -> Figure:
    """An empty figure; width and height in inches of 100 pixels."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    if title:
        # parse_math=False everywhere that a name may hold a dollar sign.
        figure.suptitle(title, fontsize=SMALL + 2, parse_math=False)
    return figure


def tidy(axes: Axes, title: str = "") -> None:
    """Title, light grid, and no frame where there is nothing to frame."""
    axes.set_title(title, fontsize=SMALL + 1, parse_math=False)
    axes.tick_params(labelsize=SMALL)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def bare(axes: Axes) -> None:
    """Nothing but what is drawn: no frame, and no ticks, whose places take long to work out."""
    axes.set_axis_off()
    axes.xaxis.set_visible(False)
    axes.yaxis.set_visible(False)


def shorten(name: str, most: int) -> str:
    """The name, cut to `most` characters with an ellipsis."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"
