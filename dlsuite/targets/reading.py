"""The target of a collection: which kind it is, and what training examples say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlsuite.data import moments
from dlsuite.targets.many_labels import ManyLabels
from dlsuite.targets.many_outputs import ManyOutputs, Output
from dlsuite.targets.number import Number
from dlsuite.targets.one_class import OneClass


def read_target(
    about: Mapping[str, Any], train: np.ndarray
) -> OneClass | ManyLabels | ManyOutputs | Number:
    """The target that a collection describes.

    Args:
        about: Its facts, see `Collection.about`.
        train: Targets of the training part, `[N]`, or `[N, L]` for labels, `[N, O]` for outputs.
    """
    if "class_names" in about:
        return OneClass(*_classes(about["class_names"], train))
    if "label_names" in about:
        return ManyLabels(
            label_names=tuple(map(str, about["label_names"])),
            label_counts=tuple(map(int, train.sum(axis=0, dtype=np.int64))),
            count=len(train),
            separator=about.get("label_separator", "|"),
        )
    if "output_classes" in about:
        columns = zip(about["output_classes"].items(), train.T, strict=True)
        return ManyOutputs(
            tuple(Output(str(name), *_classes(names, column)) for (name, names), column in columns)
        )
    return Number(str(about["target"]), *moments(train))


def _classes(names: Sequence[str], train: np.ndarray) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names of classes, and how many training examples each has."""
    counts = np.bincount(train, minlength=len(names))
    return tuple(map(str, names)), tuple(map(int, counts))
