"""Columns of a table that say what is to be predicted: a class, a number, labels, several classes.

| `target` | with | an example has |
|---|---|---|
| a column | | a class, or a number where its values are numbers |
| a column | `label_separator` | the labels that its field lists; an empty field is no label |
| columns | `task: multilabel` | the labels whose columns hold 1 (or true) and not 0 (or false) |
| columns | | a class of each column |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from dlsuite.data.bad_examples import OnBadExample, check_classes
from dlsuite.data.delimited import is_missing
from dlsuite.data.examples import DataError
from dlsuite.data.strata import class_marks

Task = Literal["auto", "classification", "multilabel", "regression"]
Columns = Mapping[str, np.ndarray]  # each `[N]`
MARKS = {"1": 1, "0": 0, "true": 1, "false": 0, "1.0": 1, "0.0": 0}


class Targets(NamedTuple):
    """Targets `[N, ...]` of the examples of a part, and what a split should balance, or None."""

    values: np.ndarray
    strata: np.ndarray | None


@dataclass(frozen=True)
class TargetColumns:
    """Which columns they are, and how they are to be read.

    Attributes:
        names: Of the columns.
        form: `value` is a class or a number, `listed` labels in one field, `marked` a column for
            each label, `classes` a column for each of several classes.
        separator: Between labels that are listed.
    """

    names: tuple[str, ...]
    form: Literal["value", "listed", "marked", "classes"]
    separator: str = ""

    @property
    def target(self) -> str | list[str]:
        """As `Collection.about` has it."""
        return self.names[0] if len(self.names) == 1 else list(self.names)

    def amend(
        self, columns: Columns, missing: dict[int, list[str]], wrong: dict[int, list[str]]
    ) -> None:
        """Corrects what was found missing and wrong in rows: an empty list of labels is no gap."""
        if self.form == "listed":
            for row in [row for row in missing if columns[self.names[0]][row] == ""]:
                missing[row] = [name for name in missing[row] if name != self.names[0]]
        if self.form == "marked":
            for name in self.names:
                for row, field in enumerate(columns[name]):
                    if field.lower() not in MARKS and not is_missing(field):
                        reason = f"{name} is neither 0 nor 1: {field!r}"
                        wrong.setdefault(row, []).append(reason)

    def read(
        self, parts: Mapping[str, Columns], on_bad_example: OnBadExample
    ) -> tuple[dict[str, Any], dict[str, Targets]]:
        """What all parts together say of their targets, see `Collection.about`, and these.

        Args:
            parts: Columns of the rows that can be used, by part: words, or numbers to predict.
            on_bad_example: Whether labels that no example has are an error.
        """
        whole = {
            name: np.concatenate([columns[name] for columns in parts.values()])
            for name in self.names
        }
        first = whole[self.names[0]]
        if self.form == "value" and first.dtype.kind == "f":
            return {}, {part: Targets(c[self.names[0]], None) for part, c in parts.items()}
        if self.form == "value":
            return self._one_class(class_names(first), parts)
        if self.form == "classes":
            return self._classes({name: class_names(whole[name]) for name in self.names}, parts)
        if self.form == "marked":
            return self._many_labels(self.names, parts, on_bad_example)
        names = class_names(label for field in first for label in self._labels(field))
        if not names:
            raise DataError(f"No row has a label in the column {self.names[0]}.", argument="target")
        about, targets = self._many_labels(names, parts, on_bad_example)
        return {**about, "label_separator": self.separator}, targets

    def _one_class(
        self, names: Sequence[str], parts: Mapping[str, Columns]
    ) -> tuple[dict[str, Any], dict[str, Targets]]:
        found = {part: _numbers(columns[self.names[0]], names) for part, columns in parts.items()}
        return {"class_names": list(names)}, {p: Targets(c, c) for p, c in found.items()}

    def _classes(
        self, outputs: Mapping[str, Sequence[str]], parts: Mapping[str, Columns]
    ) -> tuple[dict[str, Any], dict[str, Targets]]:
        sizes = [len(names) for names in outputs.values()]
        targets = {}
        for part, columns in parts.items():
            each = [_numbers(columns[name], names) for name, names in outputs.items()]
            classes = np.stack(each, axis=1)  # [N, O]
            targets[part] = Targets(classes, class_marks(classes, sizes))
        return {"output_classes": {name: list(names) for name, names in outputs.items()}}, targets

    def _many_labels(
        self, names: Sequence[str], parts: Mapping[str, Columns], on_bad_example: OnBadExample
    ) -> tuple[dict[str, Any], dict[str, Targets]]:
        marks = {part: self._marks(columns, names) for part, columns in parts.items()}
        counts = np.sum([found.sum(axis=0, dtype=int) for found in marks.values()], axis=0)
        check_classes(dict(zip(names, counts.tolist(), strict=True)), on_bad_example)
        return {"label_names": list(names)}, {
            p: Targets(found, found) for p, found in marks.items()
        }

    def _marks(self, columns: Columns, names: Sequence[str]) -> np.ndarray:
        """1 for the labels of each row, uint8 `[N, L]`."""
        if self.form == "marked":
            marks = [[MARKS[field.lower()] for field in columns[name]] for name in names]
            return np.array(marks, np.uint8).T
        place = {name: number for number, name in enumerate(names)}
        fields = columns[self.names[0]]
        found = np.zeros((len(fields), len(names)), np.uint8)
        for row, field in enumerate(fields):
            found[row, [place[label] for label in self._labels(field)]] = 1
        return found

    def _labels(self, field: str) -> Iterator[str]:
        return (label.strip() for label in field.split(self.separator) if label.strip())


def target_columns(
    target: str | Sequence[str], task: Task, label_separator: str | None
) -> TargetColumns:
    """What a recipe means by its arguments, see above.

    Raises:
        DataError: They contradict each other.
    """
    names = (target,) if isinstance(target, str) else tuple(target)
    listed = ", ".join(names)
    if not names or len(set(names)) < len(names):
        raise DataError(
            f"`target` must name columns, each once. Received: {listed or 'none'}.",
            argument="target",
        )
    if label_separator is not None:
        if len(names) > 1 or task in ("classification", "regression"):
            raise DataError(
                "`label_separator` is for one column whose fields list labels. "
                f"Received: target {listed}, task {task}.",
                argument="label_separator",
            )
        return TargetColumns(names, "listed", label_separator)
    if task == "multilabel":
        if len(names) == 1:
            raise DataError(
                "`task: multilabel` needs a column of 0 and 1 for each label in `target`, or "
                f"`label_separator` for one column that lists them. Received: target {listed}.",
                argument="task",
            )
        return TargetColumns(names, "marked")
    if len(names) == 1:
        return TargetColumns(names, "value")
    if task == "regression":
        raise DataError(
            f"A single number can be predicted. Received: target {listed}.", argument="target"
        )
    return TargetColumns(names, "classes")


def class_names(values: Any) -> list[str]:
    """The different values in alphabetical order, or in that of their numbers."""
    names = sorted({str(value) for value in values})
    numbered = all(name.lstrip("-").isdigit() for name in names)
    return sorted(names, key=int) if numbered else names


def _numbers(values: np.ndarray, names: Sequence[str]) -> np.ndarray:
    number = {name: label for label, name in enumerate(names)}
    return np.array([number[str(value)] for value in values], np.int32)
