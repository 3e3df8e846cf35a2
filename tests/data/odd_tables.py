"""Odd tables: the target is `y`, the inputs `a` and `b`."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.data.odd_files import Odd

ROWS = 30


def table(*more: str, header: str = "a,b,y", end: str = "\n", rows: int = ROWS) -> str:
    """Rows of two numbers and a class, and after them `more` rows."""
    lines = [f"{i},{i * 7 % 5}.5,{'no' if i % 2 else 'yes'}" for i in range(rows)]
    return end.join([header, *lines, *more]) + end


def column(*values: str) -> str:
    """The table with other values in its first column, and so many rows."""
    lines = [f"{v},{i * 7 % 5}.5,{'no' if i % 2 else 'yes'}" for i, v in enumerate(values)]
    return "\n".join(["a,b,y", *lines]) + "\n"


def targets(*values: str) -> str:
    """The table with other targets, and so many rows."""
    return "\n".join(["a,b,y", *(f"{i},{i * 7 % 5}.5,{v}" for i, v in enumerate(values))]) + "\n"


def texts() -> Iterator[tuple[str, str | bytes, str]]:
    """What is odd, the text or the bytes, and the refusal."""
    yield "UTF-8 with a mark", "\ufeff" + table(), ""
    sixteen = r"must be text in UTF-8\. Received: UTF-16\. A copy in UTF-8: iconv -f UTF-16"
    yield "UTF-16", table().encode("utf-16"), sixteen
    yield "UTF-16 without a mark", table().encode("utf-16-le"), "zero bytes in its first line"
    yield "UTF-32", table().encode("utf-32"), "Received: UTF-32"
    yield "line ends of Windows", table(end="\r\n"), ""
    yield "line ends of old Macs", table(end="\r"), ""
    yield "quoted separators and line breaks", table('1,2,"y, e\ns"', '3,4,"y, e\ns"'), ""
    yield "quoted names with a line break", table(header='"a\n1",b,y'), ""
    joined = r"data\.csv:34: unexpected end of data; a quotation mark joins lines 32 to 34"
    yield "unbalanced quotes", table('1,"2,yes', "3,4,no", "5,6,yes"), joined
    yield "letters behind quotes", table('1,"2"x,yes'), r"data\.csv:32: ',' expected after '\"'"
    yield "zero bytes in a row", table("1,2\0,yes"), r"data\.csv:32: a zero byte"
    yield "zero bytes in the names", table(header="a\0,b,y"), "zero bytes in its first line"
    latin = (table() + "1,2,caf\xe9\n").encode("latin-1")
    yield "Latin-1 in UTF-8", latin, r"data\.csv:32: bytes that are not UTF-8"
    yield "Latin-1 names", table(header="\xe4,b,y").encode("latin-1"), "must be text in UTF-8"
    for word in ("NaN", "-nan", "NULL", "#N/A", "1.#IND", " None ", "?"):
        yield f"{word.strip()} for a number", table(f"{word},2,yes"), r"data\.csv:32: a is missing"
    for word in ("inf", "-inf", "Infinity", "1e400", "1e39", "1_000", "0x1F", "1,5"):
        row = f'"{word}",2,yes'
        yield f"{word} for a number", table(row), rf"data\.csv:32: a is not a number: '{word}'"
    half = (word for i in range(15) for word in (f"{i}", "-inf"))
    yield "half of a column infinite", column(*half), r"15 of 30 rows .*a is not a number: 15"
    yield "too few fields", table("1,2"), r"data\.csv:32: 2 fields instead of 3"
    yield "too many fields", table("1,2,3,4"), r"data\.csv:32: 4 fields instead of 3"
    names = "must name every column, each once"
    yield "a name twice", table(header="a,a,y"), names
    yield "an empty name", table(header="a,,y"), names
    yield "names alone", "a,b,y\n", r"There must be rows in .*data\.csv\. Received: none"
    yield "of 0 bytes", "", f"{names}.*Received: nothing"
    yield "empty lines alone", "\n\n\n", f"{names}.*Received: nothing"
    yield "one column", "y\nyes\nno\n", "needs a target and one more column"
    yield "one row", "a,b,y\n1,2,yes\n", "Every split needs at least one example"
    long = r"data\.csv:32: field larger than field limit \(131072\)"
    yield "a field of 200,000 letters", table(f"1,2,{'x' * 200_000}"), long
    yield "a name of 200,000 letters", table(header=f"{'x' * 200_000},b,y"), "field larger than"
    one = r"A line of .*data\.csv may have at most 16,777,216 characters"
    yield "a line of 20 million letters", table("x" * 20_000_000), one
    yield "formulas", column(*["=cmd()|' /C calc'!A0", "@SUM(1)", "-x"] * 10), ""
    yield "thousands", column(*(f'"{i + 1},000"' for i in range(ROWS))), ""
    yield "numbers and words", column(*(str(i) if i % 3 else "many" for i in range(ROWS))), ""
    yield "a column all empty", column(*[""] * ROWS), "30 of 30 rows .*None is left"
    missing = r"data\.csv:12: y is missing"
    yield "a target missing", targets(*["yes", "no"] * 5, "", "yes"), missing
    yield "one class", targets(*["yes"] * ROWS), ""
    yield "one number as target", targets(*["5"] * ROWS), ""
    yield "classes of other spaces", targets(*[" yes", "yes ", "no"] * 10), ""
    yield "classes of other case", targets(*["yes", "Yes", "no"] * 10), ""
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(200), "must be text|zero bytes"


def packed() -> Iterator[tuple[str, Callable[[], bytes], str]]:
    """What is odd, the bytes of a .csv.gz, and the refusal."""
    whole = gzip.compress(table(rows=3000).encode())
    yield "truncated", lambda: whole[:-2000], r"data\.csv\.gz cannot be read: "
    yield "with a wrong checksum", lambda: whole[:-8] + bytes(8), "cannot be read: CRC check failed"
    yield "with something behind it", lambda: whole + b"more", "cannot be read: Not a gzipped file"
    bomb = table() + f"1,{'0' * 9_999},yes\n" * 2_000
    yield "bomb", lambda: gzip.compress(bomb.encode()), "at most 200 times as large as it is"
    yield "that is not packed", lambda: table().encode(), ""


def _file(name: str, contents: Callable[[], str | bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        data = contents()
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return folder / name

    return make


def _parts(train: str, test: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "parts").mkdir(parents=True)
        (folder / "parts/train.csv").write_text(train)
        (folder / "parts/test.csv").write_text(test)
        return folder / "parts"

    return make


def odd() -> Iterator[Odd]:
    """Every odd table."""
    told: dict[str, Any] = {"target": "y"}
    for name, text, refused in texts():
        yield Odd(f"table: {name}", "csv", _file("data.csv", lambda t=text: t), refused, told)
    for name, contents, refused in packed():
        yield Odd(f"table.gz: {name}", "csv", _file("data.csv.gz", contents), refused, told)
    new = _parts(table(), targets("yes", "perhaps"))
    yield Odd("table: a class in test alone", "csv", new, "", told)
    yield Odd("table: a class in train alone", "csv", _parts(table(), targets("yes")), "", told)
    other = _parts(table(), table(header="a,c,y"))
    yield Odd("table: other columns in test", "csv", other, "must have the same columns", told)
