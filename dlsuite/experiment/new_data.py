"""Data that a model was not made for, in its own terms; and what its inputs are like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from dlsuite.data import Collection, DataError, Examples, TableStatistics
from dlsuite.data.appearance import WORDS, appearance
from dlsuite.data.box_rows import to_be_found
from dlsuite.data.hashing import array_keys, column_keys
from dlsuite.progress import followed
from dlsuite.strategy.drift import Sample
from dlsuite.strategy.shift_words import Direction
from dlsuite.targets import Target

SHOWN = 10  # names that a message lists
OF_BOXES = {
    "objects": ("richer in objects", "poorer in objects"),
    "object size": ("larger in their objects", "smaller in their objects"),
}
DIRECTIONS = {name: Direction("Pictures", *words) for name, words in {**WORDS, **OF_BOXES}.items()}


def feature_names(statistics: TableStatistics) -> list[str]:
    """Names of the features of a table in the order of `table_features`, `[D]`."""
    names: list[str] = []
    for column, kind in statistics.columns.items():
        if kind == "number":
            names += [column, *([f"{column} missing"] if column in statistics.incomplete else [])]
        else:
            words = statistics.vocabularies[column]
            names += [f"{column} other", *(f"{column} = {word}" for word in words)]
    return names


def admitted_pictures(collection: Collection, target: Target, channels: int) -> Collection:
    """Pictures with targets in the model's numbering.

    Raises:
        DataError: They are no pictures, have other channels, or classes that the model does not
            know.
    """
    first = next(iter(collection.parts.values())).read(0)
    if "image" not in first:
        raise DataError("The model answers for pictures. Received: data without any.")
    came = first["image"].shape[-1]
    if came != channels:
        raise DataError(
            f"Pictures must have {channels} channel{'s' if channels > 1 else ''}, as those that "
            f"the model was trained on. Received: {came}."
        )
    return _relabelled(collection, target)


def admitted_boxes(collection: Collection, class_names: Sequence[str]) -> Collection:
    """Pictures with boxes, their classes numbered as the model does.

    Raises:
        DataError: They are no pictures with boxes, or of classes that the model does not know.
    """
    if any("boxes" not in part.rows for part in collection.parts.values()):
        raise DataError("The model answers with boxes. Received: data without any.")
    theirs = list(collection.about["class_names"])
    unknown = [name for name in theirs if name not in class_names]
    if unknown:
        raise DataError(
            f"Boxes must be of the classes that the model knows, {_listed(list(class_names))}. "
            f"Received: {_listed(unknown)}."
        )
    number = np.array([list(class_names).index(name) for name in theirs] + [-1], np.int32)
    parts = {
        name: replace(part, rows={**part.rows, "labels": number[part.rows["labels"]]})
        for name, part in collection.parts.items()
    }
    return Collection(parts, {**collection.about, "class_names": list(class_names)})


def admitted_rows(collection: Collection, target: Target, columns: Mapping[str, str]) -> Collection:
    """Rows with the model's columns, in its order, and targets in its numbering.

    Keys are those of the model's columns alone, so that a row with more of them is known again.

    Args:
        collection: As its source reads it.
        target: Of the model.
        columns: `number` or `category` by name, of the model.

    Raises:
        DataError: A column is missing or of another kind, or the model does not know a class.
    """
    came = collection.about.get("columns")
    if came is None:
        raise DataError("The model answers for rows of a table. Received: data without columns.")
    missing = [name for name in columns if name not in came]
    if missing:
        raise DataError(
            f"The table must have the model's columns; {_listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. Received: {_listed(list(came))}."
        )
    wrong = [f"{name} holds texts" for name in columns if columns[name] == "number" != came[name]]
    if wrong:
        raise DataError(f"Columns of numbers must hold numbers. Received: {'; '.join(wrong)}.")
    parts = {name: _with_columns(part, columns) for name, part in collection.parts.items()}
    return _relabelled(Collection(parts, collection.about), target)


def described_pictures(examples: Examples) -> Sample:
    """How pictures look, see `dlsuite.data.appearance`."""
    looked = appearance(followed(_pictures(examples), "looking at pictures", total=len(examples)))
    return Sample(inputs=looked.traits, features=looked.thumbnails, directions=DIRECTIONS)


def described_boxes(examples: Examples) -> Sample:
    """How pictures look, how many objects they have (`objects`), and how large these are.

    `object size` is the mean over objects of the root of their share of the picture's area, NaN
    where there is no object. Those to be ignored do not count.
    """
    described, rows = described_pictures(examples), examples.rows
    there = to_be_found(rows)
    count = there.sum(axis=1)
    sides = np.clip(rows["boxes"][..., 2:] - rows["boxes"][..., :2], 0, None)  # [E, M, 2]
    whole = rows["size"].astype(np.float64).prod(axis=-1)[:, None]
    roots = np.sqrt(sides.prod(axis=-1) / whole) * there
    size = np.where(count > 0, roots.sum(axis=1) / np.maximum(count, 1), np.nan)
    inputs = {**described.inputs, "objects": count.astype(np.float32), "object size": size}
    return replace(described, inputs=inputs)


def described_rows(examples: Examples, columns: Mapping[str, str]) -> Sample:
    """The columns themselves."""
    return Sample(inputs={name: examples.rows["columns"][name] for name in columns})


def picture_keys(examples: Examples) -> np.ndarray:
    """Content hashes of decoded pictures: those that sources of arrays give them."""
    pictures = followed(_pictures(examples), "comparing pictures", total=len(examples))
    return np.concatenate([array_keys(np.asarray(picture)[np.newaxis]) for picture in pictures])


def _relabelled(collection: Collection, target: Target) -> Collection:
    parts = {
        name: target.relabel(part, collection.about) for name, part in collection.parts.items()
    }
    return Collection(parts, {**collection.about, **target.about})


def _with_columns(examples: Examples, columns: Mapping[str, str]) -> Examples:
    given = examples.rows["columns"]
    inputs = {
        name: given[name].astype(str).astype(object) if kind == "category" else given[name]
        for name, kind in columns.items()
    }
    rows = {**examples.rows, "columns": inputs}
    return replace(examples, rows=rows, keys=column_keys(list(inputs.values())))


def _pictures(examples: Examples) -> Iterator[np.ndarray]:
    if examples.decode is None:
        yield from examples.rows["image"]
        return
    with ThreadPoolExecutor() as pool:  # decoding leaves Python
        yield from pool.map(lambda index: examples.read(index)["image"], range(len(examples)))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
