"""Finding and reading the table at a path, with advice where its first line names no columns."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from dlsuite.data.delimited import (
    ENDINGS,
    LONGEST_LINE,
    SEPARATORS,
    Table,
    kind_of,
    number,
    read_table,
)
from dlsuite.data.examples import DataError
from dlsuite.data.table_files import part_files

YEARS = range(1800, 2101)  # numbers that name columns after all


def opened(path: str) -> tuple[Table, str]:
    """The table to look at, and the path that a recipe should name.

    Args:
        path: A file, a folder with `train.csv` (which is then looked at), or with one table.

    Raises:
        DataError: There is none or are several, or the first line does not name the columns.
    """
    place = Path(path).expanduser()
    file = place
    if place.is_dir():
        tables = sorted(f for f in place.iterdir() if f.name.lower().endswith(ENDINGS))
        if any(f.name.partition(".")[0] == "train" for f in tables):
            parts = part_files(path)
            file = parts.get("train") or parts["all"]
        elif len(tables) == 1:
            file, path = tables[0], str(Path(path) / tables[0].name)
        else:
            raise DataError(
                f"Which table? {path} holds {', '.join(f.name for f in tables)}: give one of "
                "them, or name them train.csv, dev.csv and test.csv."
            )
    try:
        table = read_table(file, "auto")
    except DataError as error:
        advice = _advice(file)
        if advice:
            raise DataError(advice) from error
        raise
    if not table.fields:
        raise DataError(f"{file} has a first line and no rows below it.")
    if _is_row(table):
        raise DataError(_nameless(*_first_line(file), file))
    return table, path


def _is_row(table: Table) -> bool:
    """Whether the first line holds values and no names: numbers above columns of numbers."""
    numbers = [n for n in table.header if kind_of(table.column(n), ".") == "number"]
    named = [n for n in numbers if not _is_number(n)]
    years = all(n.isdigit() and int(n) in YEARS for n in numbers)
    return bool(numbers) and not named and not years


def recoding(path: str) -> str:
    """The command that makes a UTF-8 copy of a file in Windows' Western European code."""
    copy = Path(path).with_stem(f"{Path(path).stem}_utf8")
    return f"iconv -f WINDOWS-1252 -t UTF-8 {quote(path)} > {quote(str(copy))}"


def _advice(file: Path) -> str:
    """What to do about a first line that `read_table` refuses, or an empty string."""
    try:
        fields, mark = _first_line(file)
    except UnicodeDecodeError:
        return (
            f"The first line of {file} is not UTF-8, as of a file from Windows. "
            f"{recoding(str(file))} makes a copy that is."
        )
    if len(fields) < 2:
        return ""
    if fields[0] == "" and all(fields[1:]) and len(set(fields)) == len(fields):
        return (
            f"The first column of {file} has no name; it is most likely the index that pandas "
            f"writes. Give it one, sed -i '1s/^/row/' {quote(str(file))}, or write the file with "
            "index=False."
        )
    # A last field that is text may be a class.
    return _nameless(fields, mark, file) if all(map(_is_number, fields[:-1])) else ""


def _nameless(fields: Sequence[str], mark: str, file: Path) -> str:
    names = mark.join([*(f"x{i + 1}" for i in range(len(fields) - 1)), "y"])
    way = "" if file.suffix == ".gz" else f", such as: sed -i '1i {names}' {quote(str(file))}"
    return (
        f"The first line of {file} looks like data, not like names of columns: "
        f"{', '.join(fields[:6])}{', …' if len(fields) > 6 else ''}. Put a line of names above "
        f"it{way or '.'}"
    )


def _first_line(file: Path) -> tuple[list[str], str]:
    """Fields of the first line and the separator between them; none where it cannot be read."""
    try:
        with file.open("rb") as stream:
            zipped = stream.read(2) == b"\x1f\x8b"
        with (gzip.open if zipped else open)(file, "rt", encoding="utf-8-sig") as text:
            line = str(text.readline(LONGEST_LINE))
        mark = max(SEPARATORS, key=line.count)
        return [field.strip() for field in next(csv.reader([line], delimiter=mark), [])], mark
    except (OSError, EOFError, zlib.error, csv.Error):
        return [], ","


def _is_number(text: str) -> bool:
    return number(text, ".") == number(text, ".") or number(text, ",") == number(text, ",")
