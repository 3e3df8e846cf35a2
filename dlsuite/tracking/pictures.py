"""Figures as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SLACK = 0.01  # inches: a pixel


def saved(figure: Figure, path: Path) -> None:
    """Writes a figure with all that is on it, whatever its layout leaves outside of the canvas.

    `Figure.savefig` draws twice, and with `bbox_inches="tight"` once more, which for a page of
    pictures takes long; so a PNG whose figure keeps inside of its canvas is written by itself.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    if path.suffix == ".png":
        canvas.draw()
        if _keeps_inside(figure):
            pixels = canvas.buffer_rgba()
            picture = Image.frombuffer("RGBA", pixels.shape[1::-1], pixels, "raw", "RGBA", 0, 1)
            picture.save(path, dpi=(figure.dpi, figure.dpi))
            return
    figure.savefig(path, bbox_inches="tight")


def _keeps_inside(figure: Figure) -> bool:
    drawn, page = figure.get_tightbbox(), figure.bbox_inches
    return (
        min(drawn.x0 - page.x0, drawn.y0 - page.y0) >= -SLACK
        and max(drawn.x1 - page.x1, drawn.y1 - page.y1) <= SLACK
    )
