"""Delimited text, read for training and for serving: rows of strings, and columns by their kind."""

import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TextIO

import numpy as np

from dlsuite.data.examples import DataError
from dlsuite.data.file_names import near_miss
from dlsuite.data.unpacking import FREE_ROWS, Bounded

Kind = Literal["number", "category", "ignore"]
Separator = Literal["auto", ",", ";", "\t", "|"]
Decimal = Literal[".", ","]
ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")  # of files that are tables by their name
SEPARATORS = (",", ";", "\t", "|")
MISSING = frozenset(
    (
        *("", "na", "n/a", "nan", "null", "none", "?", "-nan", "<na>", "#na", "#n/a"),
        *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),  # as C on Windows writes NaN
    )
)
SURROGATES = re.compile("[\udc80-\udcff]")  # bytes that are not UTF-8, as they are carried
LONGEST_LINE = 2**24  # characters
# First bytes of a file -> how it is encoded, which is not UTF-8.
OTHER_MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
# A column is one of numbers when this share of its values are: the others are typing errors.
NUMERIC_SHARE = 0.9
LARGEST = float(np.finfo(np.float32).max)  # what a model takes
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+")
THOUSANDS_OF_POINTS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+")  # where a comma separates decimals
NO_NAMES = " The first line looks like data: put a line with names of the columns above it."


@dataclass(frozen=True)
class Table:
    """Fields of a file as text.

    Attributes:
        path: The file.
        header: Names of the columns.
        lines: Number in the file of each row's last line, counted from 1.
        fields: Rows of as many fields as there are names; all empty where a row is bad.
        bad: Why a row could not be read, by its index.
    """

    path: Path
    header: list[str]
    lines: list[int]
    fields: list[list[str]]
    bad: dict[int, str]

    def column(self, name: str) -> list[str]:
        """Fields of one column without spaces around them."""
        place = self.header.index(name)
        return [row[place].strip() for row in self.fields]

    def where(self, row: int) -> str:
        """`file:line` of a row."""
        return f"{self.path.name}:{self.lines[row]}"


def read_table(path: Path, separator: Separator) -> Table:
    """Reads a file in UTF-8, gzipped or not, whose first line names the columns.

    `auto` takes the separator that is most frequent in the first line. Rows with too many or too
    few fields, or bytes that are not UTF-8, are bad; empty lines are not rows.

    Raises:
        DataError: If the file is missing or empty, or if its first line is not UTF-8, or names a
            column twice or not.
    """
    if not path.is_file():
        raise DataError(
            f"`path` must be a CSV file. Received: {path}, which is not there.{near_miss(path)}"
        )
    try:
        with _opened(path) as file:
            lines = _lines(file, path)
            first = next(lines, "")
            mark = _separator(first) if separator == "auto" else separator
            reader = csv.reader(chain([first], lines), delimiter=mark, strict=True)
            header = [name.strip() for name in next(reader, [])]
            _check_header(header, path, mark)
            table = Table(path, header, [], [], {})
            _fill(table, reader)
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return table


def is_missing(value: str) -> bool:
    """Whether a field stands for no value: empty, NA, NaN, null, none, a question mark."""
    return value.lower() in MISSING


def kind_of(values: Sequence[str], decimal: Decimal) -> Kind:
    """What a column holds by the values that are not missing; infinite numbers are numbers."""
    present = [value for value in values if not is_missing(value)]
    numeric = sum(not math.isnan(_float(value, decimal)) for value in present)
    return "number" if present and numeric >= NUMERIC_SHARE * len(present) else "category"


def has_decimal_commas(values: Sequence[str]) -> bool:
    """Whether a column of texts is one of numbers whose decimals a comma separates."""
    present = [value for value in values if not is_missing(value)]
    commas = [value for value in present if DECIMAL_COMMA.fullmatch(value)]
    enough = bool(commas) and len(commas) >= NUMERIC_SHARE * len(present)
    return enough and not all(THOUSANDS.fullmatch(value) for value in commas)


def looks_like_data(header: Sequence[str]) -> bool:
    """Whether half of the names of columns or more are numbers, as in a row of values."""
    numbers = [n for n in header if any(number(n, mark) == number(n, mark) for mark in (".", ","))]
    return bool(numbers) and len(numbers) >= len(header) / 2


def number(value: str, decimal: Decimal) -> float:
    """The number a field holds, or NaN where it is none that float32 holds."""
    found = _float(value, decimal)
    return found if abs(found) <= LARGEST else math.nan


def read_columns(
    table: Table, kinds: Mapping[str, Kind], decimal: Decimal
) -> tuple[dict[str, np.ndarray], dict[int, list[str]], dict[int, list[str]]]:
    """Columns by name, the columns that a row misses, and what else is wrong with it, by its index.

    A number that is missing or unreadable is NaN in its column, a missing category is as written.
    """
    columns: dict[str, np.ndarray] = {}
    missing: dict[int, list[str]] = {}
    wrong = {row: [reason] for row, reason in table.bad.items()}
    for name, kind in kinds.items():
        values = table.column(name)
        for row, value in enumerate(values):
            if is_missing(value) and row not in table.bad:
                missing.setdefault(row, []).append(name)
        if kind == "number":
            columns[name] = np.array([number(value, decimal) for value in values], np.float64)
            for row in np.flatnonzero(np.isnan(columns[name])).tolist():
                if not is_missing(values[row]):
                    wrong.setdefault(row, []).append(f"{name} is not a number: {values[row]!r}")
        else:
            columns[name] = np.array(values, dtype=object)
    return columns, missing, wrong


def _float(value: str, decimal: Decimal) -> float:
    """The number that a field spells, infinite where it is large, NaN where it spells none."""
    if "_" in value or (decimal == "," and THOUSANDS_OF_POINTS.fullmatch(value)):
        return math.nan  # Python's own spelling; a number a thousand times as large
    try:
        return float(value.replace(",", ".") if decimal == "," else value)
    except ValueError:
        return math.nan


def _opened(path: Path) -> TextIO:
    """Text in which bytes that are not UTF-8 are lone surrogates, to be found row by row."""
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    source = io.BufferedReader(
        Bounded(path, gzip.GzipFile(path), FREE_ROWS) if zipped else io.FileIO(path)
    )
    start = source.peek(4)[:4]
    for mark, encoding in OTHER_MARKS.items():
        if start.startswith(mark):
            source.close()
            raise DataError(
                f"{path} must be text in UTF-8. Received: {encoding}. A copy in UTF-8: "
                f"iconv -f {encoding} -t UTF-8 {path} > COPY."
            )
    return io.TextIOWrapper(source, "utf-8-sig", errors="surrogateescape", newline="")


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise DataError(
                f"A line of {path} may have at most {LONGEST_LINE:,} characters. Received: more."
            )
        yield line


def _separator(first_line: str) -> str:
    return max(SEPARATORS, key=first_line.count)


def _check_header(header: Sequence[str], path: Path, mark: str) -> None:
    if not _is_utf8(header):
        raise DataError(f"{path} must be text in UTF-8. Received: {', '.join(map(repr, header))}.")
    if any("\0" in name for name in header):
        raise DataError(
            f"{path} must be text. Received: zero bytes in its first line, as in a binary file or "
            "in UTF-16."
        )
    if not all(header) or len(set(header)) < len(header) or not header:
        raise DataError(
            f"The first line of {path} must name every column, each once, with {mark!r} between. "
            f"Received: {', '.join(map(repr, header)) or 'nothing'}."
            f"{NO_NAMES if looks_like_data(header) else ''}"
        )


def _fill(table: Table, reader: Any) -> None:
    while True:
        begin = reader.line_num + 1
        try:
            row = next(reader)
            reason = _unreadable(row, len(table.header))
        except StopIteration:
            return
        except csv.Error as error:
            row, reason = [], str(error)
        if reason:
            if reader.line_num > begin:
                reason += f"; a quotation mark joins lines {begin} to {reader.line_num}"
            table.bad[len(table.fields)] = reason
            row = [""] * len(table.header)
        if row:
            table.lines.append(reader.line_num)
            table.fields.append(row)


def _unreadable(row: Sequence[str], expected: int) -> str:
    if row and len(row) != expected:
        return f"{len(row)} fields instead of {expected}"
    if any("\0" in field for field in row):
        return "a zero byte"
    return "" if _is_utf8(row) else "bytes that are not UTF-8"


def _is_utf8(fields: Sequence[str]) -> bool:
    return all(field.isascii() or not SURROGATES.search(field) for field in fields)
