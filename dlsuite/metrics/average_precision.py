"""Precision of detections over their recall, and its average, after COCO.

The average is that of the best precision at 101 recalls from 0 to 1 or more (cocoapi,
`COCOeval.accumulate`; Lin et al. 2014, "Microsoft COCO: Common Objects in Context").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.detection_matching import Matching, matched
from dlsuite.metrics.detection_rows import Rows, detections_of, objects_of, overlapping

RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Found:
    """What became of each detection, in A questions at T thresholds.

    Attributes:
        hit: Whether it found an object that counts, `[A, T, D]`.
        idle: Whether it is neither right nor wrong, `[A, T, D]`.
        objects: How many of each class count, `[A, K]`.
    """

    hit: np.ndarray
    idle: np.ndarray
    objects: np.ndarray


def found(
    detections: Rows,
    objects: Rows,
    matching: Matching,
    ignored: np.ndarray,
    outside: np.ndarray,
    classes: int,
) -> Found:
    """Right, wrong or neither.

    Args:
        detections: D of them.
        objects: G of them.
        matching: Of both.
        ignored: Which objects are ignored in each question, `[A, G]`.
        outside: Which detections are neither right nor wrong where they find nothing, `[A, D]`.
        classes: K.
    """
    questions, thresholds = matching.object.shape[:2]
    hit = np.zeros((questions, thresholds, len(detections)), bool)
    idle = np.repeat(outside[:, None], thresholds, axis=1)
    got = matching.object  # [A, T, C]
    # Where none is taken, -1 looks up the last object, which does not matter.
    spared = ignored[np.arange(questions)[:, None, None], got] if len(objects) else got >= 0
    hit[:, :, matching.detection] = (got >= 0) & ~spared
    idle[:, :, matching.detection] = np.where(got >= 0, spared, idle[:, :, matching.detection])
    counting = [np.bincount(objects.label[~each], minlength=classes) for each in ignored]
    return Found(hit, idle, np.stack(counting))


def average_precisions(detections: Rows, came_out: Found) -> np.ndarray:
    """Of each question, threshold and class, `[A, T, K]`; NaN where no object of it counts."""
    questions, thresholds = came_out.hit.shape[:2]
    classes = came_out.objects.shape[1]
    averages = np.full((questions, thresholds, classes), np.nan)
    for label, rows in enumerate(by_class(detections, classes)):
        for question in np.flatnonzero(came_out.objects[:, label]):
            total = came_out.objects[question, label]
            hits, idles = (each[question][:, rows] for each in (came_out.hit, came_out.idle))
            for threshold in range(thresholds):
                _, precision = _steps(hits[threshold], idles[threshold])
                averages[question, threshold, label] = _average(precision, total)
    return averages


def area_under_best(hit: np.ndarray, idle: np.ndarray, total: int) -> float:
    """Area under the best precision at every recall, not at 101 of them alone: of one class.

    Args:
        hit: Of detections by falling score, see `Found`, `[D]`.
        idle: Likewise.
        total: Objects, at least 1.
    """
    return float(_best(_steps(hit, idle)[1]).sum() / total)


def recalls(detections: Rows, came_out: Found, most: int) -> np.ndarray:
    """Share of objects found by the first `most` detections of each picture, `[A, T, K]`.

    NaN where no object of a class counts.
    """
    questions, thresholds = came_out.hit.shape[:2]
    shape = (questions, thresholds, came_out.objects.shape[1])
    question, threshold, which = np.nonzero(came_out.hit & (detections.rank < most))
    places = np.ravel_multi_index((question, threshold, detections.label[which]), shape)
    hits = np.bincount(places, minlength=np.prod(shape)).reshape(shape)
    total = came_out.objects[:, None, :]
    return hits / np.where(total > 0, total, np.nan)


def precision_recall_curves(
    truth: Mapping[str, npt.ArrayLike],
    answers: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str],
    *,
    overlap: float = 0.5,
) -> pd.DataFrame:
    """Precision and recall of each class as the least score that counts falls.

    Args:
        truth: As `detection_scores` takes it.
        answers: As `detection_scores` takes them.
        class_names: Of the K classes.
        overlap: Intersection over union that counts as found, in (0, 1].

    Returns:
        Table with a row for each object found, in the order of classes and falling scores: `class`,
        `score` (of the detection that found it), `precision` and `recall` (of all detections of at
        least that score), `average_precision` (of the class). A class with objects of which none
        is found has one row, with a recall and an average of 0 and no score or precision.
    """
    detections, objects = detections_of(answers), objects_of(truth)
    pairs = overlapping(detections, objects, overlap)
    ignored = objects.ignored[None]
    matching = matched(detections, objects, pairs, np.array([overlap]), ignored)
    outside = np.zeros((1, len(detections)), bool)
    came_out = found(detections, objects, matching, ignored, outside, len(class_names))
    averages = average_precisions(detections, came_out)[0, 0]
    parts = []
    for label, rows in enumerate(by_class(detections, len(class_names))):
        total = came_out.objects[0, label]
        if not total:
            continue
        hits, precision = _steps(came_out.hit[0, 0, rows], came_out.idle[0, 0, rows])
        points = {
            "class": str(class_names[label]),
            "score": detections.score[rows][hits],
            "precision": precision,
            "recall": np.arange(1, len(hits) + 1) / total,
            "average_precision": averages[label],
        }
        if not len(hits):
            points |= {"score": [np.nan], "precision": [np.nan], "recall": [0.0]}
        parts.append(pd.DataFrame(points))
    columns = ["class", "score", "precision", "recall", "average_precision"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def by_class(detections: Rows, classes: int) -> list[np.ndarray]:
    """Rows of each of `classes` classes by falling score, equal ones in the order of pictures."""
    order = np.lexsort((-detections.score, detections.label))
    edges = np.searchsorted(detections.label[order], np.arange(classes + 1))
    return [order[a:b] for a, b in pairwise(edges)]


def _steps(hit: np.ndarray, idle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the hits among detections by falling score, and the precision up to each."""
    places = np.flatnonzero(hit)
    counted = places + 1 - np.cumsum(idle)[places]
    return places, np.arange(1, len(places) + 1) / counted


def _average(precision: np.ndarray, total: int) -> float:
    """Mean of the best precision at a recall or beyond it, from the precision at each hit."""
    if not len(precision):
        return 0.0
    best = _best(precision)
    places = np.searchsorted(np.arange(1, len(best) + 1) / total, RECALLS)
    return float(best[places[places < len(best)]].sum() / len(RECALLS))


def _best(precision: np.ndarray) -> np.ndarray:
    """The best precision at each hit or beyond it."""
    return np.maximum.accumulate(precision[::-1])[::-1]
