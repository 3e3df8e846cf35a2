"""A look at a table: kinds of columns, what is of no use, the target, gaps, odd files."""

import gzip

import pytest

from dlsuite.data import DataError
from dlsuite.data.delimited import read_table
from dlsuite.survey.column_survey import decimal_of, tells
from dlsuite.survey.look import Look
from dlsuite.survey.table_survey import survey_table

ROWS = 40


def table(path, columns, separator=","):
    """A file of columns by name, each a function of the row's number."""
    lines = [separator.join(columns)]
    for row in range(ROWS):
        lines.append(separator.join(str(value(row)) for value in columns.values()))
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def sound(row):
    """A number that says nothing: 0.0 to 16.9."""
    return row * 7 % 17 + row % 10 / 10


BASE = {"a": sound, "kind": lambda row: "xy"[row % 2]}


@pytest.fixture
def looked(tmp_path):
    """The survey of BASE with further columns before it; the last is the target."""

    def look(target=None, **columns):
        return survey_table(table(tmp_path / "t.csv", {**columns, **BASE}), target)

    return look


def test_kinds_rows_and_classes_are_those_of_the_table(looked):
    found = looked(b=lambda row: f"city {row % 4}")
    assert {c.name: c.kind for c in found.columns} == {
        "b": "category",
        "a": "number",
        "kind": "category",
    }
    assert (found.target, found.guessed, found.task) == (
        "kind",
        "as the last column",
        "classification",
    )
    assert found.classes == {"x": 20, "y": 20}
    assert found.rows == {"all": 40}
    assert found.width == 1 + 4 + 1  # a number, four cities and one for others
    assert found.arguments() == {"path": found.path, "target": "kind"}


@pytest.mark.parametrize(
    ("column", "kind", "why"),
    [
        (lambda row: row + 1, "ignore", "numbers the rows"),
        (lambda row: 1_000 + row * 37 % 41, "number", ""),
        (lambda row: f"Mr {row}", "ignore", "another text in every row"),
        (lambda row: f"2021-01-{row % 28 + 1:02d} {row // 28 + 10}:00", "ignore", "another date"),
        (lambda row: f"t{row // 2}", "ignore", "20 different texts, few rows of each"),
        (lambda row: "same", "ignore", "always 'same'"),
        (lambda row: "", "ignore", "empty"),
        (
            lambda row: "NA" if row % 2 else row % 7,
            "ignore",
            "in 50% of the rows, where 'NA'",
        ),
        (lambda row: f"c{row % 3}", "category", ""),
        (lambda row: "left" if row % 2 else "right", "ignore", "says kind in other words"),
    ],
)
def test_a_column_is_taken_as_what_it_is_good_for(looked, column, kind, why):
    found = looked(thing=column)
    [column] = [c for c in found.columns if c.name == "thing"]
    assert column.kind == kind
    assert why in column.why or column.why == why == ""


@pytest.mark.parametrize(
    ("name", "column", "kind"),
    [
        ("customerId", lambda row: 1_000 + row * 37 % 41, "ignore"),
        ("zip", lambda row: 50_000 + row % 5, "category"),
        ("shop_id", lambda row: row % 4, "category"),
        ("patient_id", lambda row: 500 + row // 2 * 3, "groups"),
        ("paid", lambda row: row % 9, "number"),
    ],
)
def test_names_tell_identifiers_and_codes_from_amounts(looked, name, column, kind):
    found = looked(**{name: column})
    assert next(c for c in found.columns if c.name == name).kind == kind
    assert ("groups" in found.arguments()) == (kind == "groups")


def test_only_one_column_says_what_belongs_together(looked):
    found = looked(patient_id=lambda row: row // 2 * 3, doctor_id=lambda row: row // 2 * 5)
    assert [c.kind for c in found.columns[:2]] == ["groups", "ignore"]


@pytest.mark.parametrize(
    ("columns", "target", "guessed"),
    [
        (("a", "Target", "b"), "Target", "by its name"),
        (("b", "wine_label", "a"), "wine_label", "by its name"),
        (("b", "a"), "a", "as the last column"),
        (("y", "class", "a"), "class", "by its name"),
    ],
)
def test_a_target_is_guessed_by_name_or_place(tmp_path, columns, target, guessed):
    values = {name: lambda row, k=k: row % (3 + k) for k, name in enumerate(columns)}
    found = survey_table(table(tmp_path / "t.csv", values))
    assert (found.target, found.guessed) == (target, guessed)


@pytest.mark.parametrize(
    ("name", "column", "task", "said"),
    [
        ("price", sound, "regression", False),
        ("quality", lambda row: row % 6, "regression", False),
        ("class", lambda row: row % 6, "classification", True),
        ("sold", lambda row: row // 3 % 2, "classification", True),
        ("fruit", lambda row: f"f{row % 6}", "classification", False),
    ],
)
def test_classes_are_told_from_numbers(looked, name, column, task, said):
    found = looked(name, **{name: column})
    assert (found.task, found.said, found.guessed) == (task, said, "")
    assert ("task" in found.arguments()) == said
    assert bool(found.classes) == (task == "classification")


def test_the_mean_of_a_number_and_how_far_off_it_is(looked):
    found = looked("b", b=lambda row: 10 if row % 2 else 30 + row % 4)
    assert found.mean == pytest.approx((10 + 31) / 2)
    assert found.off == pytest.approx(10.5, abs=0.5)


def test_a_decimal_comma_is_seen_and_thousands_are_not_one(tmp_path):
    comma = table(
        tmp_path / "a.csv", {"b": lambda row: f"{row},5", **BASE, "t": lambda row: row}, ";"
    )
    (tmp_path / "a.csv").write_text((tmp_path / "a.csv").read_text().replace(".", ","))
    assert survey_table(comma, "kind").arguments()["decimal"] == ","
    thousands = {"b": lambda row: f'"{row + 1},200"', "kind": lambda row: "xy"[row % 2], "n": sound}
    found = survey_table(table(tmp_path / "b.csv", thousands), "kind")
    assert found.decimal == "."
    assert found.columns[0].dressed == "1,200"
    plain = read_table(tmp_path / "a.csv", ";")
    assert decimal_of(plain) == ","


def test_columns_go_where_too_many_rows_would(looked):
    found = looked(
        b=lambda row: "" if row % 4 == 0 else row % 5, c=lambda row: "" if row % 5 == 1 else row % 6
    )
    assert [c.kind for c in found.columns[:2]] == ["ignore", "number"]
    assert found.count == 32
    assert found.bad[0] == {"path": "t.csv:3", "reason": "c is missing"}


def test_a_folder_of_parts_or_of_one_table_is_looked_into(tmp_path):
    table(tmp_path / "train.csv", BASE)
    table(tmp_path / "test.csv", BASE)
    found = Look(str(tmp_path)).table
    assert found.rows == {"train": 40, "test": 40}
    assert found.path == str(tmp_path)
    (tmp_path / "one").mkdir()
    table(tmp_path / "one" / "only.csv", BASE)
    assert Look(str(tmp_path / "one")).table.path == str(tmp_path / "one" / "only.csv")


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("5.1,3.5,a\n4.9,3.0,b\n", None, r"looks like data.*sed -i '1i x1,x2,y' .*t\.csv"),
        ("1;1;a\n4;3;b\n", None, "sed -i '1i x1;x2;y'"),
        (",a,y\n0,1,2\n", None, r"has no name; .* index that pandas writes.*'1s/\^/row/'"),
        ("a,a\n1,2\n", None, "must name every column, each once"),
        ("a,b\n", None, "has a first line and no rows"),
        (
            "a,b\n1,x\n2,y\n",
            "prise",
            r"no column 'prise'.* Columns: a \(numbers\), b \(2 different",
        ),
        ("price,b\n1,x\n2,y\n", "prise", "Did you mean price?"),
        (
            "a,b\n1,x\n2,x\n",
            None,
            r"The last one, b, is not likely: it is always 'x'\. Say it with",
        ),
        ("a,b\n1,x\n2,x\n", "b", "b cannot be predicted: it is always 'x'"),
        ("a,b\n1,x\n2,y\n3,z\n", "b", "3 different texts in 3 rows, too many for classes"),
        ("a,b\n1,$1\n2,$2\n", "b", r"carry signs, such as '\$1'; write them plainly"),
        ("a,b\nx,1\nx,2\n", "b", "Nothing is left to predict b from. a: always 'x'. .* a series"),
        ("b\n1\n2\n", "b", "Nothing is left to predict b from. It is the only column"),
        ("a,b\n7,x\n2,y\n3,x\n4,y\n", "b", "at least 10 rows are needed.* Received: 4"),
    ],
)
def test_what_stands_in_the_way_is_said_with_the_way_out(tmp_path, text, target, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        survey_table(str(tmp_path / "t.csv"), target)


def test_years_may_name_columns(tmp_path):
    columns = {"country": lambda row: f"c{row % 3}", "1990": sound, "2000": sound}
    found = survey_table(table(tmp_path / "t.csv", columns), "country")
    assert [c.kind for c in found.columns] == ["category", "number", "number"]


def test_files_of_windows_are_told_how_to_become_utf8(tmp_path):
    (tmp_path / "t.csv").write_bytes("größe,b\n1,2\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"iconv -f WINDOWS-1252 -t UTF-8 .*t\.csv > .*_utf8"):
        survey_table(str(tmp_path / "t.csv"))


def test_a_packed_table_without_names_gets_no_command_that_would_not_work(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"1,2\n3,4\n"))
    with pytest.raises(DataError, match=r"Put a line of names above it\.$"):
        survey_table(str(tmp_path / "t.csv.gz"))
    (tmp_path / "u.csv.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(DataError, match="cannot be read"):
        survey_table(str(tmp_path / "u.csv.gz"))


def test_of_several_tables_one_must_be_named(tmp_path):
    table(tmp_path / "a.csv", BASE)
    table(tmp_path / "b.csv", BASE)
    with pytest.raises(DataError, match=r"Which table\? .* holds a\.csv, b\.csv"):
        survey_table(str(tmp_path))


def test_what_tells_is_one_to_one_with_the_target():
    assert tells(["1", "2", "1", ""], ["a", "b", "a", "c"])
    assert not tells(["1", "1", "1"], ["a", "b", "a"])
    assert not tells(["1", "2", "3"], ["a", "b", "a"])
    assert not tells(["1", "1"], ["a", "a"])
