"""CSV tables: kinds of columns, and what cannot be read by line."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from dlsuite.data import DataError, split
from dlsuite.data.delimited import number
from dlsuite.data.sources import csv

PEOPLE = """age,city,income
30,Rome,1000.5
41, Oslo ,2000
25,Rome,1500
"""


def write(folder: Path, text: str, name: str = "data.csv") -> str:
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return str(folder / name)


def columns(collection, part: str = "all") -> dict[str, list]:
    return {n: c.tolist() for n, c in collection.parts[part].rows["columns"].items()}


def test_columns_are_numbers_or_categories_by_their_values(tmp_path):
    collection = csv(write(tmp_path, PEOPLE), "income")
    assert collection.about["columns"] == {"age": "number", "city": "category"}
    assert columns(collection) == {"age": [30, 41, 25], "city": ["Rome", "Oslo", "Rome"]}
    target = collection.parts["all"].rows["target"]
    assert target.dtype == np.float32
    assert target.tolist() == [1000.5, 2000, 1500]
    assert "class_names" not in collection.about
    assert collection.parts["all"].strata is None


def test_a_target_of_words_is_a_class(tmp_path):
    collection = csv(write(tmp_path, PEOPLE), "city")
    assert collection.about["class_names"] == ["Oslo", "Rome"]
    rows = collection.parts["all"].rows
    assert rows["target"].dtype == np.int32
    assert rows["target"].tolist() == collection.parts["all"].strata.tolist() == [1, 0, 1]
    assert collection.parts["all"].read(0) == {
        "columns": {"age": 30.0, "income": 1000.5},
        "target": 1,
    }


def test_numbered_classes_are_classes_when_told_and_sorted_by_number(tmp_path):
    path = write(tmp_path, "x,y\n1,10\n2,9\n3,10\n")
    assert csv(path, "y").parts["all"].rows["target"].tolist() == [10, 9, 10]
    told = csv(path, "y", task="classification")
    assert told.about["class_names"] == ["9", "10"]
    assert told.parts["all"].rows["target"].tolist() == [1, 0, 1]


def test_kinds_can_be_told(tmp_path):
    path = write(tmp_path, "zip,note,y\n00100,a,1\n20095,b,2\n")
    told = csv(path, "y", columns={"zip": "category", "note": "ignore"})
    assert columns(told) == {"zip": ["00100", "20095"]}


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_first_line(tmp_path, mark):
    path = write(tmp_path, PEOPLE.replace(",", mark))
    assert columns(csv(path, "income"))["age"] == [30, 41, 25]
    assert columns(csv(path, "income", separator=mark))["age"] == [30, 41, 25]


def test_a_comma_may_separate_decimals(tmp_path):
    collection = csv(write(tmp_path, "x;y\n1,5;2,25\n2,5;3\n"), "y", decimal=",")
    assert columns(collection) == {"x": [1.5, 2.5]}
    assert collection.parts["all"].rows["target"].tolist() == [2.25, 3]


def test_quotes_marks_of_order_and_gzip_are_understood(tmp_path):
    text = '﻿"a, b",y\r\n"x, ""1""\nnext",1\r\n\r\n"z",2\r\n'
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(text.encode()))
    collection = csv(str(tmp_path / "data.csv.gz"), "y")
    assert columns(collection) == {"a, b": ['x, "1"\nnext', "z"]}


def test_unreadable_rows_are_named_by_line_and_counted(tmp_path):
    rows = ["age,city,y", "1,Rome,1", "2,Rome", "3,Rome,3,3", "4,R\udce9,4", '5,"x"y,5', "6,Rome,6"]
    path = write(tmp_path, "\n".join(rows))
    with pytest.raises(DataError) as error:
        csv(path, "y")
    assert str(error.value).splitlines() == [
        "4 of 6 rows (2 fields instead of 3: 1, 4 fields instead of 3: 1, bytes that are not "
        "UTF-8: 1, ',' expected after '\"': 1) cannot be used. `on_bad_example: skip` leaves them "
        "out.",
        "  data.csv:3: 2 fields instead of 3",
        "  data.csv:4: 4 fields instead of 3",
        "  data.csv:5: bytes that are not UTF-8",
        "  data.csv:6: ',' expected after '\"'",
    ]
    skipped = csv(path, "y", on_bad_example="skip")
    assert columns(skipped)["age"] == [1, 6]
    assert [bad["path"] for bad in skipped.about["bad_examples"]] == [
        "data.csv:3",
        "data.csv:4",
        "data.csv:5",
        "data.csv:6",
    ]


@pytest.mark.parametrize("missing", ["", "NA", "nan", "NULL", "None", "?", " n/a "])
def test_missing_values_are_named_by_column_and_line(tmp_path, missing):
    path = write(tmp_path, f"age,city,y\n1,Rome,1\n{missing},Oslo,2\n3,{missing},3\n")
    with pytest.raises(DataError) as error:
        csv(path, "y")
    lines = str(error.value).splitlines()
    assert lines[0].startswith("2 of 3 rows (age is missing: 1, city is missing: 1)")
    assert lines[1:] == ["  data.csv:3: age is missing", "  data.csv:4: city is missing"]
    assert columns(csv(path, "y", on_bad_example="skip")) == {"age": [1], "city": ["Rome"]}


def test_one_typing_error_does_not_make_a_column_of_words(tmp_path):
    numbers = "".join(f"{i},{i}\n" for i in range(30))
    path = write(tmp_path, f"x,y\n{numbers}12o,5\ninf,5\n1e39,5\n")
    with pytest.raises(DataError) as error:
        csv(path, "y")
    assert "  data.csv:32: x is not a number: '12o'" in str(error.value)
    assert "  data.csv:33: x is not a number: 'inf'" in str(error.value)
    assert "  data.csv:34: x is not a number: '1e39'" in str(error.value)  # not in float32


def test_a_folder_holds_given_parts(tmp_path):
    write(tmp_path, "x,y\n1,a\n2,b\n", "train.csv")
    write(tmp_path, "y,x\nb,3\n", "val.csv")
    write(tmp_path, "x\ty\n4\ta\n", "test.tsv")
    collection = csv(str(tmp_path), "y")
    assert list(collection.parts) == ["train", "dev", "test"]
    assert columns(collection, "dev") == {"x": [3]}
    assert collection.parts["dev"].rows["target"].tolist() == [1]
    (tmp_path / "val.csv").unlink()
    (tmp_path / "test.tsv").unlink()
    assert list(csv(str(tmp_path), "y").parts) == ["all"]


def test_a_column_keeps_rows_of_a_time_together(tmp_path):
    text = "".join(f"2024-01-{day:02d},{day},{day}\n" for day in range(1, 21))
    collection = csv(write(tmp_path, f"date,x,y\n{text}"), "y", groups="date")
    assert collection.about["columns"] == {"x": "number"}
    parts, _ = split(collection, by="time")
    assert parts["test"].groups.tolist() == [f"2024-01-{day}" for day in range(17, 21)]


def test_a_column_of_numbers_sorts_as_numbers(tmp_path):
    text = "".join(f"{hour},{hour},{hour}\n" for hour in range(1, 21))
    collection = csv(write(tmp_path, f"hour,x,y\n{text}"), "y", groups="hour")
    assert split(collection, by="time")[0]["test"].groups.tolist() == [17, 18, 19, 20]


@pytest.mark.parametrize(
    ("text", "choices", "message"),
    [
        (PEOPLE, {"target": "wage"}, "`target` must be among the columns age, city, income"),
        (PEOPLE, {"target": "age", "groups": "id"}, "`groups` must be among .* Received: id"),
        (PEOPLE, {"target": "age", "columns": {"town": "ignore"}}, "`columns` must be among"),
        (PEOPLE, {"target": "age", "groups": "age"}, "needs a target and one more column"),
        ("y\n1\n", {"target": "y"}, "Received: target y, groups None, inputs none"),
        ("", {"target": "y"}, "must name every column, each once.*Received: nothing"),
        ("a,a,y\n1,2,3\n", {"target": "y"}, "Received: 'a', 'a', 'y'"),
        ("a,,y\n1,2,3\n", {"target": "y"}, "Received: 'a', '', 'y'"),
        ("a,gr\udcf6\udcdfe\n1,2\n", {"target": "a"}, "must be text in UTF-8. Received: 'a'"),
        (f"{'a' * 200_000},y\n1,2\n", {"target": "y"}, "cannot be read: field larger"),
        ("a,y\n", {"target": "y"}, r"There must be rows in .*data\.csv\. Received: none"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(tmp_path, text, choices, message):
    with pytest.raises(DataError, match=message):
        csv(write(tmp_path, text), **choices)


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(DataError, match=r"must be a CSV file. Received: .*no.csv"):
        csv(str(tmp_path / "no.csv"), "y")
    with pytest.raises(DataError, match=r"must hold train.csv.* Received: nothing"):
        csv(str(tmp_path), "y")


def test_a_broken_gzip_file_is_named(tmp_path):
    whole = gzip.compress(PEOPLE.encode() * 99)
    for broken in (whole[:60], whole[:20] + bytes(10) + whole[30:]):
        (tmp_path / "data.csv.gz").write_bytes(broken)
        with pytest.raises(DataError, match=r"data.csv.gz cannot be read: "):
            csv(str(tmp_path / "data.csv.gz"), "income")


def test_files_of_a_folder_must_agree(tmp_path):
    write(tmp_path, "x,y\n1,2\n", "train.csv")
    write(tmp_path, "x,z\n1,2\n", "test.csv")
    with pytest.raises(DataError, match=r"same columns. Received: x, y and, in test.csv, x, z"):
        csv(str(tmp_path), "y")
    write(tmp_path, "x,y\n1,2\n", "train.csv.gz")
    with pytest.raises(DataError, match="Each split may come once"):
        csv(str(tmp_path), "y")


def test_a_first_line_of_data_is_called_so(tmp_path):
    path = write(tmp_path, "5.1,3.5,setosa\n4.9,3.0,setosa\n")
    with pytest.raises(DataError, match=r"Received: y\. The first line looks like data") as error:
        csv(path, "y")
    assert error.value.argument == "target"
    with pytest.raises(DataError, match=r"'1', '0', '0'\. The first line looks like data"):
        csv(write(tmp_path, "1,0,0\n2,1,0\n"), "y")
    with pytest.raises(DataError, match=r"Received: z\.$"):
        csv(write(tmp_path, "size,2019,place\n1,2,a\n"), "z")


def test_decimal_commas_are_seen_where_points_are_expected(tmp_path):
    path = write(tmp_path, "size;price;place\n1,5;2,25;a\n2,5;;b\n3;10,5;c\n" + "4,5;1,1;d\n" * 7)
    with pytest.raises(DataError) as error:
        csv(path, "place", on_bad_example="skip")
    assert str(error.value) == (
        "The columns size, price hold numbers with a decimal comma, such as 1,5: "
        '`decimal: ","` reads them. `columns: {size: category}` takes them as texts.'
    )
    assert error.value.argument == "decimal"
    texts = {"size": "category", "price": "category"}
    assert csv(path, "place", columns=texts, on_bad_example="skip").about["columns"] == texts
    numbers = csv(path, "place", decimal=",", on_bad_example="skip")
    assert set(numbers.about["columns"].values()) == {"number"}


def test_a_point_among_decimal_commas_is_a_decimal_or_a_thousand():
    assert number("10.5", ",") == number("10,5", ",") == 10.5
    assert np.isnan([number("1.234", ","), number("1.234,5", ",")]).all()
    assert number("1,234", ",") == 1.234


def test_thousands_and_lists_have_no_decimal_commas(tmp_path):
    path = write(tmp_path, "people;ids;y\n1,000;1,2,3;1\n12,000;4,5;2\n3,500,000;7,8,9;3\n")
    assert csv(path, "y").about["columns"] == {"people": "category", "ids": "category"}
    listed = csv(write(tmp_path, "x;ids\n1;1,2\n2;2,3\n"), "ids", label_separator=",")
    assert listed.about["label_names"] == ["1", "2", "3"]


def test_inputs_may_be_missing_where_they_are_imputed(tmp_path):
    path = write(
        tmp_path, "age,city,y\n1,NA,1\n,Rome,2\n3,Rome,\n4x,Rome,4\n5,?,5\n" + "6,a,6\n" * 9
    )
    with pytest.raises(DataError) as error:
        csv(path, "y", missing="impute")
    assert str(error.value).splitlines()[1:] == [
        "  data.csv:4: y is missing",
        "  data.csv:5: age is not a number: '4x'",
    ]
    read = csv(path, "y", missing="impute", on_bad_example="skip")
    np.testing.assert_array_equal(columns(read)["age"][:3], [1, np.nan, 5])
    assert columns(read)["city"][:3] == ["", "Rome", ""]
