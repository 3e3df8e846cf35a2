"""Arrays and tables in, matplotlib figures out; no run, no model, no pyplot."""

from dlsuite.figures.calibration import calibration
from dlsuite.figures.confusion import confusion_matrix
from dlsuite.figures.curves import curves
from dlsuite.figures.gallery import image_grid, training_examples, worst_mistakes
from dlsuite.figures.labels import label_scores
from dlsuite.figures.regression import predicted_against_true
from dlsuite.figures.scores import score_intervals

__all__ = [
    "calibration",
    "confusion_matrix",
    "curves",
    "image_grid",
    "label_scores",
    "predicted_against_true",
    "score_intervals",
    "training_examples",
    "worst_mistakes",
]
