"""Every column of a table: what it holds, and whether it is a constant, a name or the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from dlsuite.data.examples import Examples
from dlsuite.progress import followed

SAMPLE = 5_000  # rows from which is seen whether one column tells the answer
TELLS = 0.99  # balanced accuracy, or correlation with a number, of one column alone
LEAST = 20  # rows below which nothing is said of names and answers
MISSING = " is missing"  # how a source words what a row lacks


@dataclass(frozen=True)
class Column:
    """One input of a table, in the rows that can be used.

    Attributes:
        name: Its heading.
        kind: `number` or `category`.
        distinct: Different values.
        missing: Rows without a value, among all rows.
        least, mean, most: Of numbers; None for categories.
        tells: How well it alone tells the answer, in [0, 1]: balanced accuracy on rows not seen
            before, or the absolute correlation with a number. None where that was not asked.
        names_rows: Whether no value comes twice, as in an identifier.
    """

    name: str
    kind: Literal["number", "category"]
    distinct: int
    missing: int = 0
    least: float | None = None
    mean: float | None = None
    most: float | None = None
    tells: float | None = None
    names_rows: bool = False

    def warnings(self) -> Iterator[str]:
        """What a user should know."""
        if self.distinct == 1:
            yield f"Column {self.name} holds the same value in every row."
        if self.names_rows:
            yield (
                f"Column {self.name} has another value in each row, as an identifier: "
                f"`columns: {{{self.name}: ignore}}` leaves it out."
            )
        if self.tells is not None and self.tells >= TELLS:
            yield (
                f"Column {self.name} alone tells the answer ({self.tells:.3f}): would it be known "
                "before the answer is?"
            )


def look_at_columns(examples: Examples, bad: Sequence[Mapping[str, str]]) -> tuple[Column, ...]:
    """Every column of the training rows.

    Args:
        examples: Of a table.
        bad: Rows that cannot be used, `{"path", "reason"}` each.
    """
    missing = Counter(
        reason.removesuffix(MISSING)
        for item in bad
        for reason in item["reason"].split("; ")
        if reason.endswith(MISSING)
    )
    target = examples.rows.get("target")
    single = isinstance(target, np.ndarray) and target.ndim == 1
    columns = followed(examples.rows["columns"].items(), "looking at columns", unit="columns")
    return tuple(
        _column(str(name), values, target if single else None, missing[name])
        for name, values in columns
    )


def _column(name: str, values: np.ndarray, target: np.ndarray | None, missing: int) -> Column:
    is_number = values.dtype.kind not in "OUS"
    distinct = len(np.unique(values if is_number else values.astype(str)))
    enough = len(values) >= LEAST
    numbers: dict[str, Any] = {}
    present = values[~np.isnan(values)] if is_number else values
    if is_number and len(present):
        numbers = {
            "least": float(present.min()),
            "mean": float(present.mean(dtype=np.float64)),
            "most": float(present.max()),
        }
    whole = is_number and bool(np.all(present == np.round(present)))
    counts_up = whole and bool(np.all(np.abs(np.diff(present)) == 1))
    return Column(
        name=name,
        kind="number" if is_number else "category",
        distinct=distinct,
        missing=missing + len(values) - len(present),
        tells=_tells(values, target) if enough and target is not None and distinct > 1 else None,
        names_rows=enough and distinct == len(values) and (not is_number or counts_up),
        **numbers,
    )


def _tells(values: np.ndarray, target: np.ndarray) -> float | None:
    """How well a column alone tells the target, on a sample."""
    chosen = np.random.default_rng(0).permutation(len(values))[:SAMPLE]
    column, answer = values[chosen], target[chosen]
    if column.dtype.kind in "OUS":
        column = np.unique(column.astype(str), return_inverse=True)[1]
    column = np.nan_to_num(column.astype(np.float64))
    if answer.dtype.kind == "f":
        if column.std() == 0 or answer.std() == 0:
            return None
        return abs(float(np.corrcoef(column, answer)[0, 1]))
    return _tree_tells(column[:, np.newaxis], answer)


def _tree_tells(column: np.ndarray, answer: np.ndarray) -> float | None:
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.tree import DecisionTreeClassifier

    classes, counts = np.unique(answer, return_counts=True)
    if len(classes) < 2 or counts.min() < 2:
        return None
    half = len(answer) // 2
    halves = (answer[:half], answer[half:])
    if any(len(np.unique(labels)) < len(classes) for labels in halves):
        return None
    tree = DecisionTreeClassifier(max_leaf_nodes=4 * len(classes), random_state=0)
    said = tree.fit(column[:half], answer[:half]).predict(column[half:])
    return float(balanced_accuracy_score(answer[half:], said))
