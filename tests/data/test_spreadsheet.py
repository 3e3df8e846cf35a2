"""Tables for spreadsheets: exact round trips, no formulas, what people's programs save is read."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlsuite.data import DataError
from dlsuite.data.spreadsheet import Sheet, as_csv, read_csv, write_csv

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "'=1",
    "''",
    "'",
    "＝1",
    'a"b',
    "a,b;c",
]
TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=8)


def raw(content):
    """Cells as a spreadsheet gets them, which knows nothing of apostrophes."""
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_no_cell_begins_as_a_formula_and_all_come_back(tmp_path):
    sheet = Sheet(("key", *HOSTILE[:3]), tuple(("k", cell, cell, cell) for cell in HOSTILE))
    write_csv(sheet, tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    for line in raw(content):
        for cell in line:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    again = read_csv(tmp_path / "a.csv")
    assert again == sheet
    assert as_csv(again) == content


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_write_read_write_gives_the_same_bytes(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("round") / "a.csv"
    sheet = Sheet(("n", "one", "two"), tuple((str(n), *row) for n, row in enumerate(rows)))
    write_csv(sheet, path)
    before = path.read_bytes()
    assert read_csv(path) == sheet
    write_csv(read_csv(path), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_spreadsheets_save_is_read(tmp_path, separator, encoding):
    lines = [["key", "größe", "", ""], ["a", "1,5;x", "", ""], ["", "", "", ""], ["b", "=2"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(lines)
    (tmp_path / "a.csv").write_bytes(text.getvalue().encode(encoding))
    sheet = read_csv(tmp_path / "a.csv", needed=["größe"])
    assert sheet == Sheet(("key", "größe"), (("a", "1,5;x"), ("b", "=2")))
    assert sheet.column("größe") == ["1,5;x", "=2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with the names of columns. Received: an empty file."),
        (b"\n\n", "must begin with the names of columns"),
        (b"key,label\n", "must have a row below its header. Received: none."),
        (b"key\na\n", "columns key, label; label is missing. Received: key."),
        (b"x\na\n", "columns key, label; key, label are missing. Received: x."),
        (b"key,label,label\na,b,c\n", "Received: label more than once in key, label, label"),
        (b"key,,label\na,b,c\n", "Received: a column without a name"),
        (b"key,label\na,b,c\n", "Row 2 of .* must have 2 cells as its first line. Received: 3."),
        (b"key,label\n\xe4,b\n", "must be a CSV file in UTF-8.* Received: byte 0xe4 at 10."),
        (b'key,label\n"a"b,c\n', "must be a CSV file. Received"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_csv(tmp_path / "a.csv", needed=["key", "label"])


def test_what_is_not_there_or_far_too_large_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_csv(tmp_path / "a.csv")
    with (tmp_path / "b.csv").open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(DataError, match="at most 64 MB"):
        read_csv(tmp_path / "b.csv")


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    write_csv(Sheet(("a",), (("1",),)), tmp_path / "a.csv")
    before = (tmp_path / "a.csv").read_bytes()
    with pytest.raises(AttributeError):
        write_csv(Sheet(("a",), ((2,),)), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
