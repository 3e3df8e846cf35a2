"""Files of a table by split, their rows that can be used, and why others cannot."""

import os
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from dlsuite.data.delimited import (
    ENDINGS,
    NO_NAMES,
    Decimal,
    Kind,
    Table,
    looks_like_data,
    read_columns,
)
from dlsuite.data.examples import DataError
from dlsuite.data.target_columns import TargetColumns

# Files of a folder -> split.
PART_FILES = {"train": "train", "dev": "dev", "val": "dev", "valid": "dev", "test": "test"}


def part_files(path: str) -> dict[str, Path]:
    """The file at `path` as `all`, or those of a folder by the split that they are.

    Raises:
        DataError: The folder has no file for training, or two for one split.
    """
    source = Path(path).expanduser()
    if not source.is_dir():
        return {"all": source}
    found: dict[str, Path] = {}
    for file in sorted(source.iterdir()):
        stem, _, ending = file.name.partition(".")
        part = PART_FILES.get(stem)
        if part is not None and f".{ending}" in ENDINGS:
            if part in found:
                raise DataError(f"Each split may come once. Received: {found[part]} and {file}.")
            found[part] = file
    if "train" not in found:
        raise DataError(
            f"The folder {path} must hold train.csv, and may hold dev.csv (or val, valid) and "
            f"test.csv. Received: {', '.join(sorted(os.listdir(source))) or 'nothing'}.",
            argument="path",
        )
    if len(found) == 1:
        return {"all": found["train"]}
    return {part: found[part] for part in ("train", "dev", "test") if part in found}


def same_header(tables: Mapping[str, Table]) -> list[str]:
    """The columns of all tables.

    Raises:
        DataError: They differ.
    """
    header = next(iter(tables.values())).header
    for table in tables.values():
        if set(table.header) != set(header):
            raise DataError(
                f"All files must have the same columns. Received: {_short(header)} and, in "
                f"{table.path.name}, {_short(table.header)}."
            )
    return header


def require_columns(argument: str, names: Sequence[str], header: Sequence[str]) -> None:
    """Refuses names that are no columns; `argument` is the one that holds them."""
    unknown = [name for name in names if name not in header]
    if unknown:
        hint = NO_NAMES if looks_like_data(header) else ""
        raise DataError(
            f"`{argument}` must be among the columns {_short(header)}. "
            f"Received: {_short(unknown)}.{hint}",
            argument=argument,
        )


def usable_rows(
    tables: Mapping[str, Table],
    kinds: Mapping[str, Kind],
    told: TargetColumns,
    decimal: Decimal,
    gaps: Collection[str] = (),
) -> tuple[dict[str, dict[str, np.ndarray]], list[dict[str, str]]]:
    """Columns of the rows that can be read and miss nothing, by part, and what the others are.

    Args:
        tables: By part.
        kinds: Of the columns to read.
        told: Those among them that are to be predicted.
        decimal: What separates decimals.
        gaps: Columns that may miss values: a number is then NaN, a category an empty text.
    """
    good, bad = {}, []
    for part, table in tables.items():
        columns, missing, wrong = read_columns(table, kinds, decimal)
        told.amend(columns, missing, wrong)
        for row, names in missing.items():
            for name in names:
                if name not in gaps:
                    wrong.setdefault(row, []).append(f"{name} is missing")
                elif kinds[name] == "category":
                    columns[name][row] = ""
        bad += [
            {"path": table.where(row), "reason": "; ".join(wrong[row])} for row in sorted(wrong)
        ]
        kept = np.array([row not in wrong for row in range(len(table.fields))], bool)
        good[part] = {name: column[kept] for name, column in columns.items()}
    return good, bad


def summary(bad: Sequence[Mapping[str, str]]) -> str:
    """How often each thing is wrong: `age is missing: 3, 4 fields instead of 5: 1`."""
    reasons = Counter(
        reason.partition(":")[0] for item in bad for reason in item["reason"].split("; ")
    )
    return ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common(5))


def _short(names: Sequence[str]) -> str:
    return textwrap.shorten(", ".join(names), 300, placeholder=" …")
