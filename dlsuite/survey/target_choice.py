"""Which column of a table is to be predicted, and whether its values are classes or numbers."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Literal

from dlsuite.data.examples import DataError
from dlsuite.recipe.spelling import nearest
from dlsuite.survey.column_survey import Column

# What people call the column to predict, the surest first.
TARGET_NAMES = (
    *("target", "label", "labels", "class", "y", "outcome", "response"),
    *("diagnosis", "species", "survived", "churn"),
)
CLASS_WORDS = ("target", "label", "class", "type", "kind", "category", "species", "outcome")
MOST_NUMBERED = 20  # classes that numbers may stand for where the name says class
MOST_CLASSES = 100

WORD = re.compile("[a-z]+")

Task = Literal["classification", "regression"]


def chosen(columns: Sequence[Column], target: str | None, rows: int) -> tuple[Column, str]:
    """The column to predict, and why it is that one: empty where `target` names it.

    Raises:
        DataError: There is no such column, none can be guessed, or it cannot be predicted.
    """
    column, why = _guess(columns, rows) if target is None else (_named(target, columns), "")
    wrong = _unusable(column, rows)
    if wrong:
        raise DataError(f"The column {column.name} cannot be predicted: {wrong}.")
    return column, why


def task_of(column: Column) -> tuple[Task, bool]:
    """What a target wants, and whether a source would not see it by itself."""
    if column.found == "category":
        return "classification", False
    words = column.name.lower()
    named = column.distinct <= MOST_NUMBERED and any(word in words for word in CLASS_WORDS)
    if column.whole and (column.distinct == 2 or named):
        return "classification", True
    return "regression", False


def _guess(columns: Sequence[Column], rows: int) -> tuple[Column, str]:
    """A target and why, by its name or else its place."""
    for wanted in TARGET_NAMES:
        for column in columns:
            if column.name.lower() == wanted:
                return column, "by its name"
    for column in columns:
        if {"target", "label"} & set(WORD.findall(column.name.lower())):
            return column, "by its name"
    last = columns[-1]
    wrong = _unusable(last, rows) or (last.kind in ("ignore", "groups") and last.why)
    if not wrong:
        return last, "as the last column"
    raise DataError(
        f"Which column is to be predicted? The last one, {last.name}, is not likely: {wrong}. "
        f"Say it with --target NAME. {_listed(columns)}"
    )


def _named(target: str, columns: Sequence[Column]) -> Column:
    for column in columns:
        if column.name == target:
            return column
    near = nearest(target, [column.name for column in columns])
    hint = f" Did you mean {near}?" if near else ""
    raise DataError(f"There is no column {target!r} to predict.{hint} {_listed(columns)}")


def _unusable(column: Column, rows: int) -> str:
    """Why a column is nothing to predict, or an empty string."""
    if column.distinct < 2:
        return f"it is {column.why}"
    if column.dressed:
        return f"its numbers carry signs, such as {column.dressed!r}; write them plainly"
    if column.found == "category" and column.distinct > min(MOST_CLASSES, rows / 2):
        return f"it has {column.distinct:,} different texts in {rows:,} rows, too many for classes"
    return ""


def _listed(columns: Sequence[Column]) -> str:
    names = textwrap.shorten(", ".join(c.described() for c in columns), 600, placeholder=" …")
    return f"Columns: {names}."
