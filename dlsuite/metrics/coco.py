"""COCO's twelve figures of detections, as pycocotools has them.

Lin et al. 2014; https://cocodataset.org/#detection-eval. pycocotools writes -1 where there is
nothing to find; here that is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlsuite.metrics.average_precision import Found, average_precisions, found, recalls
from dlsuite.metrics.detection_matching import Matching, matched
from dlsuite.metrics.detection_rows import Pairs, Rows, overlapping

# Intersections over union that count as found: 0.5, 0.55 … 0.95.
THRESHOLDS = np.linspace(0.5, 0.95, 10)
# Square pixels of the true box: all of them, and below 32 x 32, up to 96 x 96, above.
AREAS = {
    "all": (0.0, 1e5**2),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e5**2),
}
COUNTS = (1, 10, 100)  # detections of a class in a picture that average recall is told at


@dataclass(frozen=True)
class Coco:
    """What COCO tells of a split.

    Attributes:
        average_precision: By area, threshold and class, `[4, 10, K]`; NaN without objects.
        recall: Of the first 1, 10 and 100 detections of each picture and class, by threshold and
            class, `[3, 10, K]`.
        recall_by_area: Of the first 100, by area, threshold and class, `[4, 10, K]`.
        pairs: Detections and objects of one class that overlap by at least a half.
        matching: Of them, by area and threshold.
    """

    average_precision: np.ndarray
    recall: np.ndarray
    recall_by_area: np.ndarray
    pairs: Pairs
    matching: Matching

    def values(self) -> dict[str, float]:
        """The twelve figures by name; NaN where there is nothing to find."""
        sizes = [name for name in AREAS if name != "all"]
        precision = self.average_precision
        return {
            "map": _mean(precision[0]),
            "map_50": _mean(precision[0, 0]),
            "map_75": _mean(precision[0, 5]),
            **{f"map_{size}": _mean(precision[1 + i]) for i, size in enumerate(sizes)},
            **{f"recall_{most}": _mean(self.recall[i]) for i, most in enumerate(COUNTS)},
            **{f"recall_{size}": _mean(self.recall_by_area[1 + i]) for i, size in enumerate(sizes)},
        }


def coco(detections: Rows, objects: Rows, classes: int) -> Coco:
    """Match and average.

    Args:
        detections: Of a split.
        objects: Of the same split.
        classes: K.
    """
    ignored, outside = (
        np.stack([(rows.area < low) | (rows.area > high) for low, high in AREAS.values()])
        for rows in (objects, detections)
    )  # [A, G], [A, D]
    ignored |= objects.ignored
    pairs = overlapping(detections, objects, float(THRESHOLDS[0]))
    matching = matched(detections, objects, pairs, THRESHOLDS, ignored)
    came_out = found(detections, objects, matching, ignored, outside, classes)
    everything = Found(came_out.hit[:1], came_out.idle[:1], came_out.objects[:1])
    return Coco(
        average_precision=average_precisions(detections, came_out),
        recall=np.concatenate([recalls(detections, everything, most) for most in COUNTS]),
        recall_by_area=recalls(detections, came_out, COUNTS[-1]),
        pairs=pairs,
        matching=matching,
    )


def _mean(values: np.ndarray) -> float:
    told = values[~np.isnan(values)]
    return float(told.mean()) if len(told) else float("nan")
