"""Boxes of many pictures as arrays of one length, and which classes each picture has."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dlsuite.ops.box_labels import ABSENT
from dlsuite.types import Tensor


class Boxed(NamedTuple):
    """The boxes of one picture.

    Attributes:
        boxes: (x_min, y_min, x_max, y_max) in its pixels, float32 `[n, 4]`. Pixel i covers i to
            i + 1, so that a box around pixels 2 to 4 goes from 2 to 5.
        labels: Class of each, int32 `[n]`.
        ignored: Which are neither to be found nor wrong when found, bool `[n]`.
        size: Height and width of the picture.
    """

    boxes: np.ndarray
    labels: np.ndarray
    ignored: np.ndarray
    size: tuple[int, int]


def box_rows(pictures: Sequence[Boxed]) -> dict[str, np.ndarray]:
    """Rows of E pictures: `boxes` `[E, M, 4]`, `labels` and `ignored` `[E, M]`, `size` `[E, 2]`.

    M is the largest number of boxes of a picture, and at least 1. What a picture has less is filled
    up with boxes of zeros whose label is -1.
    """
    most = max([1, *(len(each.labels) for each in pictures)])
    count = len(pictures)
    rows = {
        "boxes": np.zeros((count, most, 4), np.float32),
        "labels": np.full((count, most), ABSENT, np.int32),
        "ignored": np.zeros((count, most), bool),
        "size": np.array([each.size for each in pictures], np.int32).reshape(count, 2),
    }
    for place, each in enumerate(pictures):
        number = len(each.labels)
        rows["boxes"][place, :number] = each.boxes
        rows["labels"][place, :number] = each.labels
        rows["ignored"][place, :number] = each.ignored
    return rows


def truth_of(rows: Mapping[str, Any]) -> dict[str, Any]:
    """What is true of pictures, as scores and figures take it: `boxes`, `labels`, `ignored`."""
    return {name: rows[name] for name in ("boxes", "labels", "ignored")}


def to_be_found(rows: Mapping[str, Any]) -> Tensor:
    """Which boxes are there and not ignored, bool of the form of the rows' `labels`."""
    return (rows["labels"] >= 0) & ~rows["ignored"]


def classes_present(labels: np.ndarray, class_count: int) -> np.ndarray:
    """Which of K classes each picture has, uint8 `[E, K]`, for a split to balance.

    Args:
        labels: Classes of boxes, -1 where there is none, `[E, M]`.
        class_count: K.
    """
    marks = np.zeros((len(labels), class_count), np.uint8)
    picture, place = np.nonzero(labels != ABSENT)
    marks[picture, labels[picture, place]] = 1
    return marks
