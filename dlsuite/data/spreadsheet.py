"""Tables of texts that people open in a spreadsheet: exact when read again, and nothing runs.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which may start
programs or send other cells away (OWASP, CSV injection). Such cells are written with an apostrophe
before them, and so are those that begin with one, so that reading takes exactly one away again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from dlsuite.data.examples import DataError
from dlsuite.data.replacing import replacing

GUARD = "'"
# The wide forms are formulas where Chinese or Japanese is written.
FORMULAS = (*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", GUARD)
SEPARATORS = ",;\t"  # a spreadsheet of a country with decimal commas writes semicolons
MARK = "\ufeff"  # tells a spreadsheet that the file is UTF-8
LARGEST = 64 * 2**20  # bytes
LONGEST = 2**20  # characters of a cell


class Sheet(NamedTuple):
    """A table of texts: names of the columns, and the cells of each row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        place = self.header.index(name)
        return [row[place] for row in self.rows]


def as_csv(sheet: Sheet) -> bytes:
    """The sheet as CSV in UTF-8 with a mark that says so; equal sheets give equal bytes."""
    text = io.StringIO()
    # Python quotes a cell with one of these characters only where both end lines.
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerows([map(_guarded, row) for row in (sheet.header, *sheet.rows)])
    return (MARK + text.getvalue()).encode("utf-8", "backslashreplace")


def write_csv(sheet: Sheet, path: str | Path) -> None:
    """Write the sheet, whole or not at all; a file that is there is replaced."""
    with replacing(Path(path), shared=True) as draft:
        draft.write(as_csv(sheet))


def read_csv(path: str | Path, *, needed: Iterable[str] = ()) -> Sheet:
    """Read what `write_csv` wrote, or what a spreadsheet made of it.

    Rows without any text are left out; columns may stand in any order and be parted by commas,
    semicolons or tabs.

    Args:
        path: Of the file.
        needed: Columns that must be there.

    Raises:
        DataError: There is no such file, or it is not such a table; the message says what to do.
    """
    lines = _lines(Path(path))
    header = [name.strip() for name in lines[0]] if lines else []
    while header and not header[-1]:
        header.pop()  # a spreadsheet adds separators to the end of all lines
    _check_header(header, list(needed), path)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in line):
            continue
        if any(cell.strip() for cell in line[len(header) :]):
            raise DataError(
                f"Row {number} of {path} must have {len(header)} cells as its first line. "
                f"Received: {len(line)}."
            )
        rows.append(tuple([*line, *[""] * len(header)][: len(header)]))
    if not rows:
        raise DataError(f"{path} must have a row below its header. Received: none.")
    return Sheet(tuple(header), tuple(rows))


def _check_header(header: Sequence[str], needed: Sequence[str], path: str | Path) -> None:
    if not header:
        raise DataError(f"{path} must begin with the names of columns. Received: an empty file.")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice or "" in header:
        found = f"{twice[0] or 'no name'} more than once" if twice else "a column without a name"
        raise DataError(
            f"Columns of {path} must have names of their own. Received: {found} in "
            f"{', '.join(header)}."
        )
    missing = [name for name in needed if name not in header]
    if missing:
        raise DataError(
            f"{path} must have the columns {', '.join(needed)}; {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing. Received: {', '.join(header)}."
        )


def _lines(path: Path) -> list[list[str]]:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} must be of at most {LARGEST >> 20} MB.")
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be a CSV file in UTF-8; spreadsheets save it as `CSV UTF-8`. "
            f"Received: byte {content[error.start]:#04x} at {error.start:,}."
        ) from error
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    before = csv.field_size_limit(LONGEST)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise DataError(f"{path} must be a CSV file. Received: {error}.") from error
    finally:
        csv.field_size_limit(before)
    return [[_bare(cell) for cell in line] for line in lines]


def _guarded(cell: str) -> str:
    return f"{GUARD}{cell}" if cell.startswith(FORMULAS) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith(GUARD) else cell
