"""Arrays and tables in, matplotlib figures out; no run, no model, no pyplot."""

from dlsuite.figures.activations import activation_bars
from dlsuite.figures.calibration import calibration
from dlsuite.figures.confusion import confusion_matrix
from dlsuite.figures.curves import curves
from dlsuite.figures.filters import filter_grid
from dlsuite.figures.gallery import image_grid, training_examples, worst_mistakes
from dlsuite.figures.heat import Explained, heat_gallery
from dlsuite.figures.labels import label_scores
from dlsuite.figures.regression import predicted_against_true
from dlsuite.figures.scores import score_intervals

__all__ = [
    "Explained",
    "activation_bars",
    "calibration",
    "confusion_matrix",
    "curves",
    "filter_grid",
    "heat_gallery",
    "image_grid",
    "label_scores",
    "predicted_against_true",
    "score_intervals",
    "training_examples",
    "worst_mistakes",
]
