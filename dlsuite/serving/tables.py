"""Files of rows as the inputs of a served table model, read as training reads them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.data.delimited import Kind, read_columns, read_table

SHOWN = 5  # values that a note lists


@dataclass(frozen=True)
class Rows:
    """N rows to ask about.

    Attributes:
        inputs: Arrays `[N]` by input name, float32 or strings.
        problems: Why a row cannot be answered, by its number from 0.
        notes: Sentences on columns and values that the model does not know.
    """

    inputs: dict[str, np.ndarray]
    problems: dict[int, str]
    notes: list[str]


def read_rows(path: Path, specs: Mapping[str, Any], about: Mapping[str, Any]) -> Rows:
    """Reads a delimited file whose first line names the columns.

    Args:
        path: The file; see `dlsuite.data.delimited`.
        specs: `tf.TensorSpec` by input name, each of shape `[B]`.
        about: What the manifest says of the signature. Where it has no `columns`, they are the
            inputs, and gaps are left to the model: a number is then NaN, a text as written.

    Raises:
        ValueError: If the file is no table, has no rows, or lacks a column.
    """
    table = read_table(path, "auto")
    columns = about.get("columns", {name: name for name in specs})
    _check(path, table.header, list(columns))
    if not table.fields:
        raise ValueError(f"{path} must have rows below its first line. Received: none.")
    kinds: dict[str, Kind] = {
        column: "number" if specs[name].dtype.is_floating else "category"
        for column, name in columns.items()
    }
    values, missing, wrong = read_columns(table, kinds, about.get("decimal", "."))
    vocabularies = about.get("vocabularies", {})
    for row, names in missing.items():
        for name in names:
            # Some datasets have a category of such a name.
            if "columns" not in about or values[name][row] in vocabularies.get(name, ()):
                continue
            if not about.get("gaps"):
                wrong.setdefault(row, []).append(f"{name} is missing")
            elif kinds[name] == "category":
                values[name][row] = ""
    answers = about.get("target", ())  # one name in exports of older versions
    known = {*columns, *([answers] if isinstance(answers, str) else answers)}
    ignored = [name for name in table.header if name not in known]
    notes = [f"columns that the model does not take: {', '.join(ignored)}."] if ignored else []
    answered = [row for row in range(len(table.fields)) if row not in wrong]
    for column, vocabulary in vocabularies.items():
        notes += _unseen(column, values[column][answered], vocabulary)
    return Rows(
        inputs={
            name: values[column].astype(np.float32) if kinds[column] == "number" else values[column]
            for column, name in columns.items()
        },
        problems={row: "; ".join(reasons) for row, reasons in wrong.items()},
        notes=[f"{path}: {note}" for note in notes],
    )


def _check(path: Path, found: Sequence[str], columns: Sequence[str]) -> None:
    lacking = [_with_guess(column, found) for column in columns if column not in found]
    if lacking:
        received = textwrap.shorten(", ".join(found), 300, placeholder=" …")
        raise ValueError(
            f"{path} must have the columns {', '.join(columns)}. Missing: {', '.join(lacking)}. "
            f"Received: {received}."
        )


def _with_guess(column: str, found: Sequence[str]) -> str:
    close = get_close_matches(column, found, n=1)
    return f"{column} (there is {close[0]})" if close else column


def _unseen(column: str, values: np.ndarray, vocabulary: Sequence[str]) -> list[str]:
    """What to say where values are outside of the vocabulary: a sentence, or nothing."""
    known = set(vocabulary)
    unseen = [value for value in values if value not in known]
    if not unseen:
        return []
    different = [repr(value) for value in dict.fromkeys(unseen)]
    shown = ", ".join(different[:SHOWN]) + (", …" if len(different) > SHOWN else "")
    return [
        f"values of {column} unseen in training, in {len(unseen)} of {len(values)} rows: {shown}."
    ]
