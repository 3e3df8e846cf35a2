"""A drawn figure, and the proof that nothing of it is cut off."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg


def _drawn(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    needed = figure.get_tightbbox(canvas.get_renderer())
    width, height = figure.get_size_inches()
    assert needed.x0 >= 0, needed
    assert needed.y0 >= 0, needed
    assert needed.x1 <= width, needed
    assert needed.y1 <= height, needed
    return figure


@pytest.fixture
def drawn():
    """Draws a figure, asserts that all of it lies on the canvas, and gives it back."""
    return _drawn
