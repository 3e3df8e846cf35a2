"""Labels that people corrected: a file that lies over the data, which stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.data.bad_examples import listed
from dlsuite.data.examples import DataError, Examples
from dlsuite.data.spreadsheet import Sheet, as_csv, read_csv, write_csv

COLUMNS = ("key", "label", "relabel")
SHOWN = 5  # names that a message lists
KEY_DIGITS = 32


class RelabelsError(DataError):
    """A file of relabels is wrong, or not for this data; `key` is the recipe's."""

    key = "data.relabels"


@dataclass(frozen=True)
class Relabel:
    """A corrected label.

    Attributes:
        key: Content hash of the example, as `Examples.keys` has it.
        label: What the data says; a list of labels as one text.
        relabel: What is right.
    """

    key: str
    label: str
    relabel: str


@dataclass(frozen=True)
class Applied:
    """What a file of relabels did to data.

    Attributes:
        path: Of the file.
        sha256: Of its content as it is written.
        counts: Examples that got another label, by split.
        relabels: All of them.
    """

    path: str
    sha256: str
    counts: Mapping[str, int]
    relabels: tuple[Relabel, ...]

    @property
    def total(self) -> int:
        """Examples that got another label."""
        return sum(self.counts.values())

    def text(self) -> str:
        """A sentence for the run's page."""
        where = ", ".join(f"{count:,} in {name}" for name, count in self.counts.items() if count)
        plural = "label is" if self.total == 1 else "labels are"
        return f"{self.total:,} {plural} not those of the data but of {self.path}: {where}."


def read_relabels(path: str | Path) -> tuple[Relabel, ...]:
    """The relabels of a file, in its order.

    Raises:
        RelabelsError: It is not there, or not such a file: columns `key`, `label` and `relabel`, a
            row for each example.
    """
    try:
        sheet = read_csv(Path(path).expanduser(), needed=COLUMNS)
    except DataError as error:
        raise RelabelsError(str(error)) from error
    found = dict[str, Relabel]()
    cells = zip(*(sheet.column(name) for name in COLUMNS), strict=True)
    for number, (key, label, relabel) in enumerate(cells, start=2):
        if len(key) != KEY_DIGITS or set(key) - set("0123456789abcdef"):
            raise RelabelsError(
                f"`key` must be the {KEY_DIGITS} hexadecimal digits of an example. Received in "
                f"row {number} of {path}: {key!r}."
            )
        if key in found:
            raise RelabelsError(f"Each key must come once in {path}. Received twice: {key}.")
        found[key] = Relabel(key, label, relabel)
    return tuple(found.values())


def relabels_sheet(relabels: Sequence[Relabel]) -> Sheet:
    """The relabels as a table."""
    return Sheet(COLUMNS, tuple((each.key, each.label, each.relabel) for each in relabels))


def write_relabels(relabels: Sequence[Relabel], path: str | Path) -> None:
    """Write the file that recipes name under `data.relabels`."""
    write_csv(relabels_sheet(relabels), path)


def relabelled(
    parts: Mapping[str, Examples], about: Mapping[str, Any], path: str | Path
) -> tuple[dict[str, Examples], Applied]:
    """The examples by split with the labels of a file, and what it did.

    Which split an example is in does not change with its label, so that scores before and after are
    of the same examples.

    Args:
        parts: As they were divided.
        about: Facts of their collection; they must have classes, or labels.
        path: Of the file.

    Raises:
        RelabelsError: A key is not in the data, a class is none of the data's, or the data says
            another label than the file does.
    """
    relabels = read_relabels(path)
    names = _Names.of(about)
    targets = {r.key: names.target(r.relabel, f"the relabel of {r.key}") for r in relabels}
    said = {r.key: names.target(r.label, f"the label of {r.key}") for r in relabels}
    keys = np.array(list(targets))
    known = np.concatenate([np.unique(part.keys) for part in parts.values()])
    _check_known(keys, known, path)
    changed, counts = {}, {}
    for name, part in parts.items():
        places = np.flatnonzero(np.isin(part.keys, keys))
        changed[name], counts[name] = _changed(part, places, targets, said, names, path)
    content = sha256(as_csv(relabels_sheet(relabels))).hexdigest()
    return changed, Applied(str(path), content, counts, relabels)


@dataclass(frozen=True)
class _Names:
    """Names of the classes, or of labels that may be many."""

    names: tuple[str, ...]
    separator: str | None

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> _Names:
        if "class_names" in about:
            return cls(tuple(map(str, about["class_names"])), None)
        if "label_names" in about:
            separator = str(about.get("label_separator", "|"))
            return cls(tuple(map(str, about["label_names"])), separator)
        came = "several outputs" if "output_classes" in about else "a number"
        raise RelabelsError(
            f"Relabels are for data with one class or with labels. Received: a target of {came}."
        )

    def target(self, text: str, what: str) -> np.ndarray:
        """The class number `[]`, or marks of the labels `[L]`, that a text stands for."""
        if self.separator is None:
            return np.int32(self._number(text, what))  # type: ignore[return-value]
        marks = np.zeros(len(self.names), np.uint8)
        for name in filter(None, map(str.strip, text.split(self.separator))):
            marks[self._number(name, what)] = 1
        return marks

    def text(self, target: np.ndarray) -> str:
        """The inverse of `target`."""
        if self.separator is None:
            return self.names[int(target)]
        return self.separator.join(n for n, mark in zip(self.names, target, strict=True) if mark)

    def _number(self, name: str, what: str) -> int:
        if name not in self.names:
            raise RelabelsError(
                f"Classes must be those of the data, {listed(self.names, SHOWN)}. "
                f"Received as {what}: {name!r}."
            )
        return self.names.index(name)


def _check_known(keys: np.ndarray, known: np.ndarray, path: str | Path) -> None:
    unknown = keys[~np.isin(keys, known)]
    if len(unknown):
        raise RelabelsError(
            f"Keys must be those of examples in the data. Received in {path}: {len(unknown):,} of "
            f"{len(keys):,} that are not, such as {', '.join(unknown[:SHOWN])}."
        )


def _changed(
    part: Examples,
    places: np.ndarray,
    targets: Mapping[str, np.ndarray],
    said: Mapping[str, np.ndarray],
    names: _Names,
    path: str | Path,
) -> tuple[Examples, int]:
    """The examples with labels changed at some places, and how many were."""
    column = "label" if "label" in part.rows else "target"
    before = part.rows[column]
    after, count = np.array(before), 0
    for place in places.tolist():
        key = str(part.keys[place])
        if np.array_equal(before[place], targets[key]):
            continue  # corrected in the data by now, or an equal example that was right
        if not np.array_equal(before[place], said[key]):
            raise RelabelsError(
                f"The data must say what {path} says that it does: {names.text(said[key])!r} for "
                f"{key}. Received: {names.text(before[place])!r}."
            )
        after[place] = targets[key]
        count += 1
    strata = part.strata
    if strata is not None and np.array_equal(strata, before):
        strata = after
    return replace(part, rows={**part.rows, column: after}, strata=strata), count
