"""Which detection has found which object, after COCO's rules (cocoapi, `COCOeval.evaluateImg`).

In each picture and class detections choose in the order of falling score. Each takes the object
that it overlaps most among those that are left, at least by the threshold; ignored objects only
where no other can be had. An ignored object is what need not be found and is not wrong when found:
one marked so, which many detections may share, or one of another size than is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlsuite.metrics.detection_rows import Pairs, Rows, overlapping, ranks


@dataclass(frozen=True)
class Matching:
    """Objects that detections have taken.

    Attributes:
        detection: Rows of the detections that overlap any object enough, `[C]`; the others have
            found none.
        object: Row of the object that each has taken, -1 where none, `[A, T, C]`.
    """

    detection: np.ndarray
    object: np.ndarray


def matched(
    detections: Rows, objects: Rows, pairs: Pairs, thresholds: np.ndarray, ignored: np.ndarray
) -> Matching:
    """Match all pictures and classes at once: first all best detections, then all second ones ...

    Args:
        detections: D of them.
        objects: G of them.
        pairs: Those of one class and picture that overlap by at least the lowest threshold.
        thresholds: Overlaps that count as found, `[T]`.
        ignored: Which objects are ignored in each of A questions, `[A, G]`.
    """
    # Of a detection's pairs the last one that can be had is the best: falling back to the later
    # object where two overlap alike, as COCO does.
    order = np.lexsort((pairs.object, pairs.overlap, pairs.detection))
    said, true, overlap = (each[order] for each in (pairs.detection, pairs.object, pairs.overlap))
    contested, starts = np.unique(said, return_index=True)  # [C]
    chosen = np.full((len(ignored), len(thresholds), len(contested)), -1)  # [A, T, C]
    taken = np.zeros((len(ignored), len(thresholds), len(objects)), bool)
    counts = np.diff(np.append(starts, len(said)))
    enough = overlap >= thresholds[:, None]  # [T, P]
    turns = ranks(detections.picture[contested], detections.label[contested])
    for members in np.split(np.argsort(turns, kind="stable"), np.cumsum(np.bincount(turns))[:-1]):
        if not len(members):
            break
        size = counts[members]
        ends = np.cumsum(size)
        rows = np.repeat(starts[members] - (ends - size), size) + np.arange(ends[-1])
        mine = true[rows]
        free = enough[:, rows] & (~taken[:, :, mine] | objects.ignored[mine])
        worth = np.where(free, rows + len(said) * ~ignored[:, None, mine], -1)
        best = np.maximum.reduceat(worth, ends - size, axis=-1)  # [A, T, members]
        got = np.where(best >= 0, true[best % len(said)], -1)
        chosen[:, :, members] = got
        question, threshold, which = np.nonzero(got >= 0)
        taken[question, threshold, got[question, threshold, which]] = True
    return Matching(contested, chosen)


def objects_taken(detections: Rows, objects: Rows, overlap: float) -> np.ndarray:
    """Row of the object that each detection takes at an overlap in (0, 1], -1 where none, `[D]`."""
    pairs = overlapping(detections, objects, overlap)
    match = matched(detections, objects, pairs, np.array([overlap]), objects.ignored[None])
    taken = np.full(len(detections), -1)
    taken[match.detection] = match.object[0, 0]
    return taken


def errors_of(objects: np.ndarray, found: np.ndarray, alarms: np.ndarray) -> np.ndarray:
    """1 - F1 of pictures, 0 where there is nothing and nothing is told, `[E]`.

    Args:
        objects: How many are to be found in each, `[E]`.
        found: How many of those are.
        alarms: Boxes told that find none.
    """
    sum_ = objects + found + alarms
    return 1 - np.where(sum_ > 0, 2 * found / np.maximum(sum_, 1), 1.0)


def spared(objects: Rows, taken: np.ndarray) -> np.ndarray:
    """Which detections have taken an ignored object, so that they are neither right nor wrong.

    Args:
        objects: G of them.
        taken: Row of the object that each detection takes, -1 where none, `[D]`.
    """
    there = taken >= 0
    of_ignored = np.zeros(len(taken), bool)
    of_ignored[there] = objects.ignored[taken[there]]
    return of_ignored
