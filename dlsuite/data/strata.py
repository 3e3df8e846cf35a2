"""What a split balances: classes, or the labels that an example has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def stratum_codes(strata: np.ndarray) -> np.ndarray:
    """The stratum of each example, `[N]` from 0 on.

    Args:
        strata: Classes `[N]`; or marks `[N, L]` of the labels that an example has, of which the
            rarest is its stratum (the last one where it has none).
    """
    if strata.ndim == 1:
        return np.unique(strata, return_inverse=True)[1]
    marks = np.asarray(strata, bool)
    rarest_first = np.argsort(marks.sum(axis=0), kind="stable")
    has = marks[:, rarest_first]
    return np.where(has.any(axis=1), has.argmax(axis=1), marks.shape[1])


def stratum_counts(strata: np.ndarray, names: Sequence[str] | None) -> dict[str, int]:
    """How many examples each class or label has; without `names` those that occur, by number."""
    if strata.ndim == 2:
        known = range(strata.shape[1]) if names is None else names
        return dict(zip(map(str, known), strata.sum(axis=0, dtype=int).tolist(), strict=True))
    values, counts = np.unique(strata, return_counts=True)
    found = dict(zip(values.tolist(), counts.tolist(), strict=True))
    if names is None:
        return {str(value): count for value, count in found.items()}
    return {name: found.get(number, 0) for number, name in enumerate(names)}


def stratum_words(strata: np.ndarray) -> list[str]:
    """The class, or the marks of all labels, of each example in one word, `[N]`."""
    if strata.ndim == 1:
        return [str(stratum) for stratum in strata]
    return ["".join(map(str, marks)) for marks in np.asarray(strata, np.uint8).tolist()]


def stratum_names(about: Mapping[str, Any]) -> list[str] | None:
    """Names of a collection's classes or labels, see `Collection.about`."""
    if "output_classes" in about:
        return [
            f"{output}: {name}"
            for output, names in about["output_classes"].items()
            for name in names
        ]
    names = about.get("class_names", about.get("label_names"))
    return None if names is None else [str(name) for name in names]


def class_marks(classes: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Classes of several outputs, `[N, O]`, as marks `[N, K]` of all their classes side by side.

    Args:
        classes: Class of each output.
        sizes: Number of classes of each output, K in all.
    """
    starts = np.cumsum([0, *sizes[:-1]])
    marks = np.zeros((len(classes), sum(sizes)), np.uint8)
    np.put_along_axis(marks, classes + starts, 1, axis=1)
    return marks
