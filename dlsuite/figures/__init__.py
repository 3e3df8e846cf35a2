"""Arrays and tables in, matplotlib figures out; no run, no model, no pyplot."""

from dlsuite.figures.confusion import confusion_matrix
from dlsuite.figures.curves import curves
from dlsuite.figures.gallery import image_grid, worst_mistakes
from dlsuite.figures.regression import predicted_against_true

__all__ = [
    "confusion_matrix",
    "curves",
    "image_grid",
    "predicted_against_true",
    "worst_mistakes",
]
