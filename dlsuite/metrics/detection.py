"""Scores of detected boxes over a whole split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.average_precision import precision_recall_curves
from dlsuite.metrics.coco import Coco, coco
from dlsuite.metrics.detection_checks import TOLD, check
from dlsuite.metrics.detection_matching import errors_of, spared
from dlsuite.metrics.detection_mistakes import KINDS, MEANINGS, confusion, mistakes, set_right
from dlsuite.metrics.detection_rows import Rows, detections_of, objects_of, overlapping
from dlsuite.metrics.detection_threshold import best_threshold
from dlsuite.metrics.influence import parts
from dlsuite.metrics.scores import Scores

__all__ = [
    "KINDS",
    "MEANINGS",
    "TOLD",
    "best_threshold",
    "confusion",
    "detection_scores",
    "errors_of",
    "mistakes",
    "precision_recall_curves",
    "set_right",
]

MOST_CLASSES = 100  # of more the precision of each is no figure to look at


def detection_scores(
    keys: npt.ArrayLike,
    truth: Mapping[str, npt.ArrayLike],
    answers: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str],
    *,
    threshold: float = TOLD,
) -> Scores:
    """COCO's figures, and how the boxes of each picture were answered.

    Of all answers, whatever their score, as pycocotools has them: `map` is the mean over classes
    and over the overlaps 0.5, 0.55 … 0.95 of the average precision, `map_50` and `map_75` that at
    one overlap, `map_small`, `map_medium` and `map_large` that of objects below 32 x 32 square
    pixels, up to 96 x 96, and above; `recall_1`, `recall_10`, `recall_100` is the mean over classes
    and overlaps of the share of objects found by so many detections of a class in a picture,
    `recall_small`, `recall_medium`, `recall_large` that of 100 for objects of one size. Up to 100
    classes have `ap_of_CLASS` and `ap_50_of_CLASS`.

    Of the answers of at least the threshold's score, at an overlap of 0.5: `precision`, `recall`
    and `f1` of all boxes together, `mean_iou` (over all objects, the largest overlap with an answer
    of any class), `exact_match` (share of pictures with every object found and no false alarm) and
    `loss` (mean over pictures of 1 - F1). The threshold is given, so that a picture's loss depends
    on that picture alone and can be resampled; on the split that chose it (`best_threshold`) these
    figures are a little too good.

    What a split does not tell is left out of the values, where pycocotools writes -1: `map_small`
    where no object is small, `ap_50_of_cat` without cats, all but `exact_match` and `loss` without
    objects (`precision` stays where anything is told).

    Args:
        keys: Content hashes, shape `[E]`.
        truth: `boxes` (x_min, y_min, x_max, y_max) in pixels of the original picture `[E, M, 4]`,
            `labels` in [0, K), -1 where there is no box, `[E, M]`, and `ignored` `[E, M]`: objects
            that need not be found and are not wrong when found (COCO's crowds, VOC's difficult
            ones), by as many detections of their class as lie in them.
        answers: `boxes` in the same pixels `[E, D, 4]`, `labels`, -1 where there is none, and
            `scores` `[E, D]`.
        class_names: Names of the K classes.
        threshold: Score in [0, 1] from which an answer is told.

    Returns:
        Scores whose table has `key`, `label` and `predicted` (such as `2 cat, 1 dog`), `confidence`
        (mean score of what is told; where nothing is, 1 less the highest score), `objects`,
        `found`, `missed`, `false_alarms`, `mean_iou` (NaN without objects), `error` and `loss`
        (both 1 - F1; 0 where there is nothing and nothing is told), `correct`, and `map_50_part`,
        of which `map_50` is the mean (see `metrics.influence`), which alone depends on the others.

    Raises:
        ValueError: A part is missing, shapes disagree, a label is out of range, or a number of a
            box that is present is not finite.
    """
    check(truth, answers, class_names, threshold, keys)
    detections, objects = detections_of(answers), objects_of(truth)
    came_out = coco(detections, objects, len(class_names))
    examples = _examples(np.asarray(keys), detections, objects, came_out, class_names, threshold)
    at_half = came_out.average_precision[0, 0]
    examples["map_50_part"] = parts(
        keys, detections, objects, _taken(came_out, detections), at_half
    )
    values = {
        **came_out.values(),
        **_told_values(examples),
        **_class_values(came_out, class_names),
    }
    told = {name: float(value) for name, value in values.items() if not np.isnan(value)}
    return Scores(told, examples.drop(columns="overlap"))


def _examples(
    keys: np.ndarray,
    detections: Rows,
    objects: Rows,
    came_out: Coco,
    class_names: Sequence[str],
    threshold: float,
) -> pd.DataFrame:
    count = len(keys)
    taken = _taken(came_out, detections)
    told = detections.score >= threshold
    counted, said = ~objects.ignored, told & ~spared(objects, taken)
    held = _counts(objects.picture[counted], count)
    found = _counts(detections.picture[said & (taken >= 0)], count)
    alarms = _counts(detections.picture[said & (taken < 0)], count)
    error = errors_of(held, found, alarms)
    overlap = _overlaps(detections.where(told), objects.where(counted), count)
    return pd.DataFrame(
        {
            "key": keys,
            "label": _in_words(objects.where(counted), count, class_names),
            "predicted": _in_words(detections.where(said), count, class_names),
            "confidence": _confidence(detections, told, count),
            "objects": held,
            "found": found,
            "missed": held - found,
            "false_alarms": alarms,
            "overlap": overlap,
            "mean_iou": np.where(held > 0, overlap / np.maximum(held, 1), np.nan),
            "error": error,
            "loss": error,
            "correct": (found == held) & (alarms == 0),
        }
    )


def _taken(came_out: Coco, detections: Rows) -> np.ndarray:
    """The object that each detection has found at an overlap of 0.5, -1 where none, `[D]`."""
    taken = np.full(len(detections), -1)
    taken[came_out.matching.detection] = came_out.matching.object[0, 0]
    return taken


def _told_values(examples: pd.DataFrame) -> dict[str, float]:
    held, found, alarms = (
        examples[name].to_numpy().sum() for name in ("objects", "found", "false_alarms")
    )
    return {
        "precision": _share(found, found + alarms),
        "recall": _share(found, held),
        "f1": _share(2 * found, held + found + alarms) if held else float("nan"),
        "mean_iou": _share(examples["overlap"].sum(), held),
        "exact_match": examples["correct"].mean(),
        "loss": examples["loss"].mean(),
    }


def _class_values(came_out: Coco, class_names: Sequence[str]) -> dict[str, float]:
    if len(class_names) > MOST_CLASSES:
        return {}
    precision = came_out.average_precision[0]  # [T, K]
    at_half = {f"ap_50_of_{name}": precision[0, i] for i, name in enumerate(class_names)}
    return at_half | {f"ap_of_{name}": precision[:, i].mean() for i, name in enumerate(class_names)}


def _overlaps(told: Rows, objects: Rows, count: int) -> np.ndarray:
    """Sum over the objects of each picture of their largest overlap with what is told, `[E]`."""
    pairs = overlapping(told, objects, np.finfo(float).tiny, of_class=False)
    best = np.zeros(len(objects))
    np.maximum.at(best, pairs.object, pairs.overlap)
    return np.bincount(objects.picture, best, minlength=count)


def _confidence(detections: Rows, told: np.ndarray, count: int) -> np.ndarray:
    number = _counts(detections.picture[told], count)
    total = np.bincount(detections.picture[told], detections.score[told], minlength=count)
    highest = np.zeros(count)
    np.maximum.at(highest, detections.picture, detections.score)
    return np.where(number > 0, total / np.maximum(number, 1), 1 - highest)


def _in_words(rows: Rows, count: int, class_names: Sequence[str]) -> list[str]:
    """Such as `2 cat, 1 dog` for each picture, in the order of classes; `nothing` without any."""
    classes = len(class_names)
    kinds, numbers = np.unique(rows.picture * classes + rows.label, return_counts=True)
    words: list[list[str]] = [[] for _ in range(count)]
    for kind, number in zip(kinds.tolist(), numbers.tolist(), strict=True):
        picture, label = divmod(kind, classes)
        words[picture].append(f"{number} {class_names[label]}")
    return [", ".join(each) or "nothing" for each in words]


def _counts(pictures: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(pictures, minlength=count)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
