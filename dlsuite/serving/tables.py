"""Rows of CSV files as the named columns of a served table model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Table:
    """Rows to ask about.

    Attributes:
        inputs: Arrays `[N]` by input name, float32 or strings; NaN where a number is blank.
        problems: What is wrong with a row, by its number from 0.
        ignored: Columns of the file that the model does not take.
    """

    inputs: dict[str, np.ndarray]
    problems: dict[int, str]
    ignored: tuple[str, ...]


def read_table(path: Path, columns: Mapping[str, str], numbers: Collection[str]) -> Table:
    """Reads a CSV file with a header line.

    Args:
        path: The file, UTF-8.
        columns: Input name by column.
        numbers: Inputs that are numbers; the others are texts.

    Raises:
        ValueError: If the file is no table, has no rows, or lacks a column.
    """
    import pandas

    try:
        frame = pandas.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pandas.errors.ParserError) as error:
        raise ValueError(f"{path} must be a CSV file with a header line. {error}") from error
    found = [str(name) for name in frame.columns]
    missing = [column for column in columns if column not in found]
    if missing:
        raise ValueError(
            f"{path} must have the columns {', '.join(columns)}. "
            f"Missing: {', '.join(_with_guess(column, found) for column in missing)}."
        )
    if frame.empty:
        raise ValueError(f"{path} must have rows below its header line. Received: none.")
    inputs: dict[str, np.ndarray] = {}
    problems: dict[int, str] = {}
    for column, name in columns.items():
        texts = frame[column]
        if name not in numbers:
            inputs[name] = texts.to_numpy(object)
            continue
        values = pandas.to_numeric(texts.str.strip(), errors="coerce").to_numpy("float32")
        bad = np.isnan(values) & ~texts.str.strip().str.lower().isin(["", "nan"]).to_numpy()
        for row in np.flatnonzero(bad):
            problem = f"column {column} must be a number, received {texts.iloc[row]!r}"
            problems[int(row)] = "; ".join(filter(None, [problems.get(int(row)), problem]))
        inputs[name] = values
    ignored = tuple(name for name in found if name not in columns)
    return Table(inputs, problems, ignored)


def blank_columns(table: Table, columns: Mapping[str, str], row: int) -> list[str]:
    """Columns in which `row` has no number."""
    cells = {column: table.inputs[name][row] for column, name in columns.items()}
    return [name for name, cell in cells.items() if not isinstance(cell, str) and np.isnan(cell)]


def _with_guess(column: str, found: list[str]) -> str:
    close = get_close_matches(column, found, n=1)
    return f"{column} (there is {close[0]})" if close else column
