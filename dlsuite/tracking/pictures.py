"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def saved(figure: Figure, path: Path) -> None:
    """Writes a figure with all that is on it, whatever its layout leaves outside of the canvas.

    A constrained layout puts everything inside but titles that are wider than the canvas, and so
    does who took the layout away to set places by hand. To look for what is outside draws a figure
    twice, which for a page of pictures takes long, so it is only done where there may be something.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine, PlaceHolderLayoutEngine

    careful = (ConstrainedLayoutEngine, PlaceHolderLayoutEngine)
    if isinstance(figure.get_layout_engine(), careful):
        figure.savefig(path)
        if not _reaches_out(figure):
            return
    figure.savefig(path, bbox_inches="tight")


def _reaches_out(figure: Figure) -> bool:
    """Whether a title of the figure that was just drawn ends beyond the canvas."""
    titles = [*figure.texts, *(axes.title for axes in figure.axes)]
    boxes = [text.get_window_extent() for text in titles if text.get_text()]
    width = figure.bbox.width
    return any(box.x0 < 0 or box.x1 > width for box in boxes)
