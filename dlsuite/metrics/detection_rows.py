"""Objects and detections of a whole split, one row each, and which of them overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

MOST_DETECTIONS = 100  # of a class in a picture that count, COCO's largest `maxDets`
PORTION = 1_000_000  # pairs looked at together: some 100 MB


@dataclass(frozen=True)
class Rows:
    """Boxes of a split.

    Objects come in the order of pictures. Detections come in the order of pictures, there of
    classes, there of falling scores.

    Attributes:
        picture: Number of the picture that each is in, `[N]`.
        label: Class in [0, K), `[N]`.
        box: Corners in pixels, float64 `[N, 4]`.
        place: Row among the boxes of its picture, `[N]`.
        ignored: Of objects, whether each is one that need not be found, `[N]`.
        score: Of detections, `[N]`.
        rank: Of detections, how many of higher score have its class in its picture, `[N]`.
    """

    picture: np.ndarray
    label: np.ndarray
    box: np.ndarray
    place: np.ndarray
    ignored: np.ndarray
    score: np.ndarray
    rank: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    @property
    def area(self) -> np.ndarray:
        """In square pixels, `[N]`; 0 where a box is turned inside out."""
        return _areas(self.box)

    def where(self, chosen: np.ndarray) -> Rows:
        """The rows that a mask `[N]` chooses."""
        return Rows(**{name: column[chosen] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Pairs:
    """Overlapping detections and objects, in the order of detections, there of objects.

    Attributes:
        detection: Rows of detections, `[P]`.
        object: Rows of objects, `[P]`.
        overlap: Intersection over union, with an ignored object over the detection's area, `[P]`.
    """

    detection: np.ndarray
    object: np.ndarray
    overlap: np.ndarray


def objects_of(truth: Mapping[str, npt.ArrayLike]) -> Rows:
    """All true boxes of `boxes` [E, M, 4], `labels` and `ignored` [E, M]; label -1 is absent."""
    labels = np.asarray(truth["labels"])
    picture, place = np.nonzero(labels >= 0)
    boxes, ignored = (np.asarray(truth[name])[picture, place] for name in ("boxes", "ignored"))
    nothing = np.zeros(len(picture))
    return Rows(
        picture=picture,
        label=labels[picture, place].astype(np.int64),
        box=boxes.astype(np.float64),
        place=place,
        ignored=ignored.astype(bool),
        score=nothing,
        rank=nothing.astype(np.int64),
    )


def detections_of(answers: Mapping[str, npt.ArrayLike]) -> Rows:
    """All boxes of `boxes` [E, D, 4], `scores` and `labels` [E, D]; label -1 is absent.

    Of each class in each picture the 100 of highest score count, as COCO has it.
    """
    labels = np.asarray(answers["labels"])
    present = np.nonzero(labels >= 0)
    scores = np.asarray(answers["scores"])[present].astype(np.float64)
    # Stable: the first of equal scores stays first.
    order = np.lexsort((-scores, labels[present], present[0]))
    picture, place, score = present[0][order], present[1][order], scores[order]
    label = labels[picture, place].astype(np.int64)
    rank = ranks(picture, label)
    rows = Rows(
        picture=picture,
        label=label,
        box=np.asarray(answers["boxes"])[picture, place].astype(np.float64),
        place=place,
        ignored=np.zeros(len(label), bool),
        score=score,
        rank=rank,
    )
    return rows.where(rank < MOST_DETECTIONS) if (rank >= MOST_DETECTIONS).any() else rows


def overlapping(detections: Rows, objects: Rows, least: float, *, of_class: bool = True) -> Pairs:
    """Detections and objects of the same picture that overlap by at least so much.

    Args:
        detections: D of them.
        objects: G of them.
        least: In (0, 1].
        of_class: Whether both must be of one class.
    """
    keys = [rows.picture.astype(np.int64) for rows in (detections, objects)]
    if of_class:
        classes = 1 + max((rows.label.max(initial=0) for rows in (detections, objects)), default=0)
        keys = [
            key * classes + rows.label
            for key, rows in zip(keys, (detections, objects), strict=True)
        ]
    order = np.argsort(keys[1], kind="stable")
    firsts, ends = (np.searchsorted(keys[1][order], keys[0], side) for side in ("left", "right"))
    areas = detections.area, objects.area
    found = [
        _portion(detections, objects, areas, order, firsts, ends, rows, least)
        for rows in _portions(ends - firsts)
    ]
    if not found:
        return Pairs(*(np.empty(0, kind) for kind in (np.int64, np.int64, np.float64)))
    return Pairs(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _portion(
    detections: Rows,
    objects: Rows,
    areas: tuple[np.ndarray, np.ndarray],
    order: np.ndarray,
    firsts: np.ndarray,
    ends: np.ndarray,
    rows: slice,
    least: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = ends[rows] - firsts[rows]
    said = np.repeat(np.arange(rows.start, rows.stop), counts)  # [P]
    within = np.arange(len(said)) - np.repeat(np.cumsum(counts) - counts, counts)
    true = order[np.repeat(firsts[rows], counts) + within]
    a, b = detections.box[said], objects.box[true]  # [P, 4]
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.maximum(sides[:, 0], 0) * np.maximum(sides[:, 1], 0)
    union = areas[0][said] + areas[1][true] - shared
    whole = np.where(objects.ignored[true], areas[0][said], union)
    overlap = shared / np.where(whole > 0, whole, 1)
    near = overlap >= least
    return said[near], true[near], overlap[near]


def _portions(counts: np.ndarray) -> Iterator[slice]:
    """Slices of detections with some `PORTION` pairs each."""
    if not len(counts):
        return
    ends = np.cumsum(counts)
    cuts = np.searchsorted(ends, np.arange(PORTION, ends[-1], PORTION), side="right")
    edges = np.unique([0, *cuts, len(counts)])
    yield from (slice(int(a), int(b)) for a, b in pairwise(edges))


def _areas(boxes: np.ndarray) -> np.ndarray:
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def ranks(picture: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Place of each row in its run of equal pictures and labels, all `[N]`."""
    rows = np.arange(len(label))
    begins = np.ones(len(label), bool)
    begins[1:] = (picture[1:] != picture[:-1]) | (label[1:] != label[:-1])
    return rows - np.maximum.accumulate(np.where(begins, rows, 0))
