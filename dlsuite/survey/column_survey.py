"""A look at the columns of a table: what each holds, and which are of no use as an input."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlsuite.data.delimited import Decimal, Kind, Table, is_missing, kind_of, number

FEW_ROWS = 20  # below it, all values being different says nothing
MOSTLY = 0.9  # share of different values from which each row has its own
CROWDED = 0.25  # different values to rows from which a category has too few rows each
WIDEST = 1_000  # inputs that one category may become
SPARSE = 0.3  # share of missing values from which a column costs more rows than it tells
MOST_CODES = 50  # different whole numbers that may be names of things
PEOPLE = 20  # values, and rows of each at most, from which an identifier says what belongs together

ID_NAME = re.compile(r"(?i:(^|[\W_])(id|ids|idx|index|row|rowid|uuid|guid|key|nr|no)$)|[a-z]I[Dd]$")
CODE_NAME = re.compile(r"(?i)(^|[\W_])(zip|zipcode|plz|post_?code|postal_?code|code|type|kind)$")
DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?([T ]\d{1,2}:\d{2}.*)?")
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
SIGNS = re.compile(r"[€$£¥%'\s,]")


@dataclass(frozen=True)
class Column:
    """What a look at one column found.

    Attributes:
        name: In the header.
        found: `number` or `category`, as the source takes it by itself.
        kind: As it should be taken; `groups` for what a split must not cut.
        why: Why `kind` is another, in words that follow the name; empty where it is not.
        distinct: Different values.
        missing: Rows without a value.
        blank: How that is mostly written; empty for nothing at all.
        whole: Whether all its values are whole numbers.
        dressed: A value that would be a number without its signs or thousands, or empty.
    """

    name: str
    found: Kind
    kind: str
    why: str
    distinct: int
    missing: int
    blank: str
    whole: bool
    dressed: str = ""

    def taken(self, kind: str, why: str) -> Column:
        """The same to be read as `kind`, for a reason."""
        return replace(self, kind=kind, why=why)

    def described(self) -> str:
        """`age (numbers)` or `city (12 different texts)`."""
        held = "numbers" if self.found == "number" else f"{self.distinct:,} different texts"
        return f"{self.name} ({held})"


def decimal_of(table: Table) -> Decimal:
    """`,` where columns are numbers with a decimal comma and none is with a point, else `.`."""
    columns = [table.column(name) for name in table.header]
    with_point = any(kind_of(c, ".") == "number" and any("." in v for v in c) for c in columns)
    texts = [c for c in columns if kind_of(c, ".") != "number"]
    with_comma = any(
        kind_of(c, ",") == "number"
        and not all(THOUSANDS.fullmatch(v) for v in c if "," in v and not is_missing(v))
        for c in texts
    )
    return "," if with_comma and not with_point else "."


def survey_columns(table: Table, decimal: Decimal) -> list[Column]:
    """Every column of a table, in the order of its header."""
    return [_column(name, table.column(name), decimal) for name in table.header]


def tells(values: Sequence[str], target: Sequence[str]) -> bool:
    """Whether each value of a column goes with one value of the target, and the other way."""
    pairs = {
        (value, answer)
        for value, answer in zip(values, target, strict=True)
        if not is_missing(value) and not is_missing(answer)
    }
    of_value, of_target = {value for value, _ in pairs}, {answer for _, answer in pairs}
    return len(of_target) > 1 and len(pairs) == len(of_value) == len(of_target)


def missing_words(column: Column, rows: int) -> str:
    """How much of a column is missing, and by what word if it is one."""
    word = f", where {column.blank!r} counts as missing" if column.blank else ""
    return f"missing in {column.missing / rows:.0%} of the rows{word}"


def _column(name: str, values: Sequence[str], decimal: Decimal) -> Column:
    present = [value for value in values if not is_missing(value)]
    found = kind_of(values, decimal)
    numbers = np.array([number(value, decimal) for value in present] if found == "number" else [])
    whole = bool(len(numbers)) and bool((numbers[~np.isnan(numbers)] % 1 == 0).all())
    column = Column(
        name=name,
        found=found,
        kind=found,
        why="",
        distinct=len(set(present)),
        missing=len(values) - len(present),
        blank=_blank(values),
        whole=whole,
        dressed=_dressed(present) if found == "category" else "",
    )
    kind, why = _use(column, present, numbers, len(values))
    return column.taken(kind, why)


def _use(column: Column, present: Sequence[str], numbers: np.ndarray, rows: int) -> tuple[str, str]:
    """How a column should be taken, and why it is not as found."""
    if column.distinct < 2:
        return "ignore", f"always {present[0]!r}" if present else "empty"
    if column.missing > SPARSE * rows:
        return "ignore", missing_words(column, rows)
    own = column.distinct == len(present)
    named = bool(ID_NAME.search(column.name)) and (column.whole or column.found == "category")
    counts_up = (
        column.whole and own and numbers[0] in (0, 1) and bool((np.diff(numbers) == 1).all())
    )
    if (counts_up and rows > 2) or (named and own):
        return "ignore", "numbers the rows" if counts_up else "names the rows"
    if named and column.distinct >= PEOPLE and len(present) <= PEOPLE * column.distinct:
        return "groups", f"{column.distinct:,} of them in {rows:,} rows"
    if column.found == "number":
        code = column.whole and bool(CODE_NAME.search(column.name) or named)
        if code and column.distinct <= MOST_CODES:
            return "category", "numbers that name things"
        return "number", ""
    if rows < FEW_ROWS:
        return "category", ""
    if column.distinct >= MOSTLY * len(present):
        dates = sum(DATE.fullmatch(value) is not None for value in present)
        what = "date" if dates >= MOSTLY * len(present) else "text"
        return "ignore", f"another {what} in every row"
    if column.distinct > min(CROWDED * rows, WIDEST):
        return "ignore", f"{column.distinct:,} different texts, few rows of each"
    return "category", ""


def _blank(values: Sequence[str]) -> str:
    blanks = Counter(value for value in values if is_missing(value))
    return blanks.most_common(1)[0][0] if blanks else ""


def _dressed(present: Sequence[str]) -> str:
    """The first of values that are numbers but for currency, percent or thousands."""
    bare = [SIGNS.sub("", value) for value in present]
    return present[0] if bare and kind_of(bare, ".") == "number" else ""
