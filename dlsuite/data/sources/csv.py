"""Tables of numbers and categories in CSV files."""

import os
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from dlsuite.data.bad_examples import OnBadExample, settle
from dlsuite.data.delimited import (
    ENDINGS,
    Decimal,
    Kind,
    Separator,
    Table,
    kind_of,
    read_columns,
    read_table,
)
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.tables import column_kinds, table_examples

# Files of a folder -> split.
PART_FILES = {"train": "train", "dev": "dev", "val": "dev", "valid": "dev", "test": "test"}


def csv(
    path: Annotated[str, Field(min_length=1)],
    target: Annotated[str, Field(min_length=1)],
    *,
    task: Literal["auto", "classification", "regression"] = "auto",
    columns: Mapping[str, Kind] | None = None,
    groups: str | None = None,
    separator: Separator = "auto",
    decimal: Decimal = ".",
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Rows of a CSV file, or of `train.csv` with `dev.csv` and `test.csv` in a folder.

    The first line names the columns. A column is one of numbers if nine in ten of its values are;
    the others are then typing errors. Fields that are empty, NA, NaN, null, none or ? are missing.

    Args:
        path: The file or folder, in UTF-8, gzipped or not.
        target: Column to predict.
        task: `auto` predicts a number where `target` is a column of numbers, else a class. Say
            `classification` where classes are numbered.
        columns: `number`, `category` or `ignore` for columns that would be read otherwise.
        groups: Column that says what a split must not cut, a person or a time, for `by: group` and
            `by: time`. It is not an input.
        separator: Between fields; `auto` takes the most frequent in the first line.
        decimal: What separates the decimals of numbers.
        on_bad_example: Whether rows that cannot be read or miss a value are errors or left out.

    Returns:
        Examples `{"columns": {name: float32 or str}, "target": float32 or int32}`; classes are in
        alphabetical order, or in that of their numbers.
    """
    tables = {part: read_table(file, separator) for part, file in _files(path).items()}
    first = tables[next(iter(tables))]
    _check_columns(tables, target, groups, columns or {})
    kinds = {
        name: (columns or {}).get(name) or kind_of(first.column(name), decimal)
        for name in first.header
    }
    if groups is not None:
        kinds[groups] = kind_of(first.column(groups), decimal)
    if task != "auto":
        kinds[target] = "number" if task == "regression" else "category"
    used = {name: kind for name, kind in kinds.items() if kind != "ignore"}
    good, bad = {}, []
    for part, table in tables.items():
        values, missing, wrong = read_columns(table, used, decimal)
        for row, names in missing.items():
            wrong.setdefault(row, []).extend(f"{name} is missing" for name in names)
        bad += _bad_rows(table, wrong)
        kept = np.array([row not in wrong for row in range(len(table.fields))], bool)
        good[part] = {name: column[kept] for name, column in values.items()}
    total = sum(len(table.fields) for table in tables.values())
    settle(bad, total, f"rows ({_summary(bad)})" if bad else "rows", on_bad_example)
    about: dict[str, Any] = {"source": path, "target": target, "bad_examples": bad}
    if used[target] == "category":
        about["class_names"] = _class_names([values[target] for values in good.values()])
    parts = {p: _examples(v, target, groups, about.get("class_names")) for p, v in good.items()}
    about["columns"] = column_kinds(next(iter(parts.values())).rows["columns"])
    return Collection(parts, about)


def _files(path: str) -> dict[str, Path]:
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
            f"test.csv. Received: {', '.join(sorted(os.listdir(source))) or 'nothing'}."
        )
    return (
        {p: found[p] for p in ("train", "dev", "test") if p in found}
        if len(found) > 1
        else {"all": found["train"]}
    )


def _check_columns(
    tables: Mapping[str, Table], target: str, groups: str | None, columns: Mapping[str, Kind]
) -> None:
    header = next(iter(tables.values())).header
    for table in tables.values():
        if set(table.header) != set(header):
            raise DataError(
                f"All files must have the same columns. Received: {_short(header)} and, in "
                f"{table.path.name}, {_short(table.header)}."
            )
    asked = {"target": [target], "groups": [groups] if groups else [], "columns": list(columns)}
    for argument, names in asked.items():
        unknown = [name for name in names if name not in header]
        if unknown:
            raise DataError(
                f"`{argument}` must be among the columns {_short(header)}. "
                f"Received: {_short(unknown)}."
            )
    inputs = [n for n in header if n not in (target, groups) and columns.get(n) != "ignore"]
    if not inputs or columns.get(target) == "ignore" or target == groups:
        raise DataError(
            "A table needs a target and one more column to predict it from. "
            f"Received: target {target}, groups {groups}, inputs {', '.join(inputs) or 'none'}."
        )


def _short(names: Sequence[str]) -> str:
    return textwrap.shorten(", ".join(names), 300, placeholder=" …")


def _bad_rows(table: Table, wrong: Mapping[int, Sequence[str]]) -> list[dict[str, str]]:
    return [{"path": table.where(row), "reason": "; ".join(wrong[row])} for row in sorted(wrong)]


def _summary(bad: Sequence[Mapping[str, str]]) -> str:
    """How often each thing is wrong: `age is missing 3, 4 fields instead of 5 1`."""
    reasons = Counter(
        reason.partition(":")[0] for item in bad for reason in item["reason"].split("; ")
    )
    return ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common(5))


def _class_names(targets: Sequence[np.ndarray]) -> list[str]:
    names = sorted({str(name) for column in targets for name in column})
    numbered = all(name.lstrip("-").isdigit() for name in names)
    return sorted(names, key=int) if numbered else names


def _examples(
    values: Mapping[str, np.ndarray],
    target: str,
    groups: str | None,
    class_names: Sequence[str] | None,
) -> Examples:
    inputs = {name: column for name, column in values.items() if name not in (target, groups)}
    answers = values[target]
    if class_names is not None:
        number = {name: label for label, name in enumerate(class_names)}
        answers = np.array([number[str(name)] for name in answers], np.int32)
    return table_examples(inputs, answers, None if groups is None else values[groups])
