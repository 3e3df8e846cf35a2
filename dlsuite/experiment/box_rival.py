"""What would be found without looking: the boxes that train has most often."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dlsuite.data import Examples
from dlsuite.data.box_rows import to_be_found
from dlsuite.metrics.detection import TOLD
from dlsuite.ops.boxes import iou
from dlsuite.types import Tree

ALIKE = 0.5  # intersection over union from which two usual boxes are one
MOST_COMPARED = 4_000  # boxes of train that are compared with one another


def usual_boxes(train: Examples, count: int) -> Callable[[Examples], Tree]:
    """The rival that sees nothing: boxes that train has most often, of their classes.

    Boxes are taken as shares of their pictures and gathered greedily: a box stands for all of its
    class that overlap it by at least a half, the one that stands for most comes first, and its
    score is the share of pictures that have one of them. That of the first is at least `TOLD`, so
    that one box is told of every picture where no threshold is chosen.

    Args:
        train: What it learns from.
        count: Boxes that it answers at most.

    Returns:
        Examples -> answers for each, boxes in pixels of its picture.
    """
    rows = train.rows
    there = to_be_found(rows)
    pictures, _ = np.nonzero(there)
    sizes = rows["size"][pictures].astype(np.float64)[:, ::-1]
    shares = rows["boxes"][there] / np.tile(sizes, 2)  # [N, 4]
    labels = rows["labels"][there]
    boxes, scores, classes = _gathered(shares, labels, pictures, len(train), count)
    scores[0] = max(scores[0], TOLD)

    def answer(examples: Examples) -> Tree:
        own = np.tile(examples.rows["size"].astype(np.float64)[:, ::-1], 2)  # [E, 4]
        repeated = (len(examples), 1)
        return {
            "boxes": (boxes[None] * own[:, None]).astype(np.float32),
            "scores": np.tile(scores.astype(np.float32), repeated),
            "labels": np.tile(classes.astype(np.int32), repeated),
        }

    return answer


def _gathered(
    shares: np.ndarray, labels: np.ndarray, pictures: np.ndarray, total: int, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes `[D, 4]`, scores and labels `[D]` that stand for most others, padded to `count`."""
    some = np.random.default_rng(0).permutation(len(shares))[:MOST_COMPARED]
    shares, labels, pictures = shares[some], labels[some], pictures[some]
    alike = np.asarray(iou(shares, shares)) >= ALIKE
    alike &= labels[:, None] == labels[None]
    left = np.ones(len(shares), bool)
    boxes, scores = np.zeros((count, 4)), np.zeros(count)
    classes = np.full(count, -1)
    for place in range(count):
        stands_for = alike & left
        best = int(stands_for.sum(axis=1).argmax())
        mine = stands_for[best]
        if not mine.any():
            break
        boxes[place], classes[place] = shares[mine].mean(axis=0), labels[best]
        scores[place] = len(np.unique(pictures[mine])) / total
        left &= ~mine
    order = np.argsort(-scores, kind="stable")
    return boxes[order], scores[order], classes[order]
