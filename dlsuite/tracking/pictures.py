"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
    outside = drawn.min < canvas.min - SLACK, drawn.max > canvas.max + SLACK
    if np.any(outside):
        figure.savefig(path, bbox_inches="tight")
