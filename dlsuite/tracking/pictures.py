"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SLACK = 0.01  # inches: a pixel


def saved(figure: Figure, path: Path) -> None:
    """Writes a figure with all that is on it, whatever its layout leaves outside of the canvas.

    `bbox_inches="tight"` draws a figure twice, which for a page of pictures takes long, so it is
    only done where something does lie outside.
    """
    figure.savefig(path)
    drawn, canvas = figure.get_tightbbox(), figure.bbox_inches
    inside = (
        min(drawn.x0 - canvas.x0, drawn.y0 - canvas.y0) >= -SLACK
        and max(drawn.x1 - canvas.x1, drawn.y1 - canvas.y1) <= SLACK
    )
    if not inside:
        figure.savefig(path, bbox_inches="tight")
