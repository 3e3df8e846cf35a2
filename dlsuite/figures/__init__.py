"""Arrays and tables in, matplotlib figures out; no run, no model, no pyplot."""

from dlsuite.figures.activations import activation_bars
from dlsuite.figures.calibration import calibration
from dlsuite.figures.confusion import confusion_matrix
from dlsuite.figures.curves import curves
from dlsuite.figures.detection_mistakes import (
    detection_confusion,
    mistake_bars,
    mistake_examples,
)
from dlsuite.figures.detections import detection_grid, worst_detections
from dlsuite.figures.filters import filter_grid
from dlsuite.figures.gallery import image_grid, training_examples, worst_mistakes
from dlsuite.figures.heat import Explained, heat_gallery
from dlsuite.figures.labels import label_scores
from dlsuite.figures.precision_recall import precision_recall
from dlsuite.figures.regression import predicted_against_true
from dlsuite.figures.scores import score_intervals

__all__ = [
    "Explained",
    "activation_bars",
    "calibration",
    "confusion_matrix",
    "curves",
    "detection_confusion",
    "detection_grid",
    "filter_grid",
    "heat_gallery",
    "image_grid",
    "label_scores",
    "mistake_bars",
    "mistake_examples",
    "precision_recall",
    "predicted_against_true",
    "score_intervals",
    "training_examples",
    "worst_detections",
    "worst_mistakes",
]
