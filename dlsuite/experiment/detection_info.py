"""What a detector learns about its data, and what its answers to dev settle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dlsuite.data import Examples
from dlsuite.data.box_rows import truth_of
from dlsuite.experiment.box_shapes import Anchors
from dlsuite.metrics.detection import TOLD, best_threshold
from dlsuite.types import Tree


@dataclass(frozen=True)
class DetectionInfo:
    """What the model learns about the data.

    Attributes:
        input_shape: `[H, W, C]` of its input.
        class_names: By label.
        anchors: (width, height) in pixels of the letterboxed picture, smallest area first.
        mean_best_iou: Of train's boxes with the anchor that suits each best.
        proposals: Regions of a picture that it judges, P; None where it finds its own.
        threshold: Score from which a box is told where one answer counts: in F1, mistakes, pictures
            and answers of an export. The best on dev; 0.5 without dev.
    """

    input_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    anchors: Anchors
    mean_best_iou: float
    proposals: int | None = None
    threshold: float = TOLD


def settled(settings: Any, info: Any, dev: Examples, answers: Tree) -> tuple[Any, str | None]:
    """`info` with the score from which boxes are best told, see `Pipeline.settle`."""
    threshold = best_threshold(dev.keys, truth_of(dev.rows), answers, info.class_names)
    if threshold is None:
        return info, None
    words = f"A box is told from a score of {threshold:g} on, where F1 on dev is best."
    return replace(info, threshold=threshold), words
