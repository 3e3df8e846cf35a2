"""Are the boxes that an export answers those that suppression may leave of what was proposed?

Two boxes of nearly one score may come in either order, and of two that overlap either may stay, as
the last digit of a float32 has it. So the proof of a detector asks not for the same list but for
one that its candidates justify.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

ANSWERS = ("boxes", "scores", "labels")  # what is chosen
PREFIX = "candidate_"
PARTS = ("boxes", "scores", "labels", "shapes", "overlap", "threshold")
SLACK = 2e-4  # of an overlap, by which float32 may move it for a small box


class Candidates(NamedTuple):
    """What the answer to one picture was chosen from.

    Attributes:
        boxes: `[M, 4]` in pixels of the picture, as they are answered.
        scores: `[M]`.
        labels: `[M]`, -1 for what only fills up.
        shapes: `[M, 4]`, the same boxes where their overlaps are measured.
        overlap: From which the lower of two boxes of a class goes.
        threshold: Only scores above this are answered.
    """

    boxes: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    shapes: np.ndarray
    overlap: float
    threshold: float


def has_candidates(expected: Mapping[str, np.ndarray]) -> bool:
    """Whether expected answers come with what they were chosen from."""
    return PREFIX + "boxes" in expected


def judged(
    rows: Sequence[int],
    answer: Mapping[str, np.ndarray],
    expected: Mapping[str, np.ndarray],
    tolerance: float,
) -> tuple[str, float]:
    """What is wrong with an answer, in words that name the example, and its largest difference.

    Args:
        rows: Places of the pictures asked among the expected.
        answer: `boxes` `[B, D, 4]`, `scores` `[B, D]`, `labels` `[B, D]`.
        expected: The candidates of all pictures, arrays `[N, ...]`.
        tolerance: As of `fault`.
    """
    largest = 0.0
    for place, row in enumerate(rows):
        one = {name: np.asarray(answer[name])[place] for name in ANSWERS}
        wrong, apart = fault(one, candidates_of(expected, row), tolerance)
        if wrong:
            return f"example {row}: {wrong}", apart
        largest = max(largest, apart)
    return "", largest


def candidates_of(expected: Mapping[str, np.ndarray], row: int) -> Candidates:
    """Those of one picture, kept beside the expected answers."""
    parts = [np.asarray(expected[PREFIX + name][row]) for name in PARTS]
    there = parts[2] >= 0
    boxes, scores, labels, shapes = (part[there] for part in parts[:4])
    return Candidates(boxes, scores, labels, shapes, float(parts[4]), float(parts[5]))


def fault(
    answer: Mapping[str, np.ndarray], candidates: Candidates, tolerance: float
) -> tuple[str, float]:
    """What is wrong with the answer to one picture, in words, and its largest difference.

    A right answer is empty words: falling scores, every box a candidate of its class with its
    score, none overlapped by another, and every candidate left out for a box that is at least as
    good or for want of room.

    Args:
        answer: `boxes` `[D, 4]`, `scores` `[D]`, `labels` `[D]`.
        candidates: What it was chosen from.
        tolerance: Of a score, and of a corner as a share of the largest corner of the picture.
    """
    boxes, scores, labels = (np.asarray(answer[name]) for name in ANSWERS)
    there = labels >= 0
    found = int(there.sum())
    if not there[:found].all() or boxes[found:].any() or scores[found:].any():
        return "what is absent must come last, with box 0 and score 0", np.inf
    boxes, scores, labels = boxes[:found], scores[:found].astype("float64"), labels[:found]
    if (np.diff(scores) > tolerance).any():
        return f"scores must fall. Received: {scores.tolist()}", np.inf
    apart = _apart(boxes, scores, labels, candidates)  # [n, M]
    which = apart.argmin(axis=1) if apart.shape[1] else np.zeros(found, int)
    if found and not (apart.shape[1] and (apart[np.arange(found), which] <= tolerance).all()):
        nearest = apart.min(axis=1, initial=np.inf)
        place = int(nearest.argmax())
        return (
            f"box {place} must be one that the training code sees, numbers within {tolerance} "
            "(`export.tolerance`). "
            f"Received: {boxes[place].tolist()} of label {labels[place]} with score "
            f"{scores[place]}, {nearest[place]:.3g} from the nearest",
            float(nearest[place]),
        )
    same = labels[:, None] == candidates.labels[None]
    overlaps = np.where(same, _iou(candidates.shapes[which], candidates.shapes), 0)  # [n, M]
    twice = overlaps[:, which] > candidates.overlap + SLACK
    if (twice & ~np.eye(found, dtype=bool)).any():
        return "boxes of a class must overlap no more than the threshold", np.inf
    better = scores[:, None] >= candidates.scores[None] - 2 * tolerance
    goes = ((overlaps > candidates.overlap - SLACK) & better).any(axis=0)
    if found == len(there) and found:
        goes |= candidates.scores <= scores[-1] + 2 * tolerance
    goes |= candidates.scores <= candidates.threshold + tolerance
    goes[which] = True
    if not goes.all():
        missed = int(np.flatnonzero(~goes)[0])
        return (
            f"a box that nothing suppresses must be answered, {candidates.boxes[missed].tolist()} "
            f"of label {candidates.labels[missed]} with score {candidates.scores[missed]}",
            np.inf,
        )
    return "", float(apart[np.arange(found), which].max(initial=0))


def _apart(
    boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, candidates: Candidates
) -> np.ndarray:
    """The largest difference of each answered box from each candidate, `[n, M]`.

    That of a corner is a share of the largest in the picture: corners near 0 are differences of
    numbers as large as those, and no more exact.
    """
    wanted = candidates.boxes.astype("float64")
    largest = np.abs(wanted).max(initial=1)
    apart = np.abs(scores[:, None] - candidates.scores[None])
    for side in range(4):
        off = np.abs(boxes[:, None, side] - wanted[None, :, side]) / largest
        apart = np.maximum(apart, off)
    return np.where(labels[:, None] == candidates.labels[None], apart, np.inf)


def _iou(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Intersection over union of all pairs, `[n, M]`."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(each[:, 2:] - each[:, :2]).clip(0).prod(axis=-1) for each in (first, second)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12)
