"""Columns to predict: what a table says of labels and of several classes, and what it cannot."""

import numpy as np
import pytest

from dlsuite.data import DataError, split
from dlsuite.data.sources import csv

TAGGED = """size,tags
1,rain|wind
2, wind | rain|wind
3,
4,snow
"""
MARKED = """size,rain,wind
1,1,0
2,true,FALSE
3,0,1.0
"""
TWO = """size,parity,kind
1,even,10
2,odd,9
3,even,9
"""


@pytest.fixture
def table(tmp_path):
    """`csv` of a text."""

    def read(text, target, **choices):
        (tmp_path / "data.csv").write_text(text)
        return csv(str(tmp_path / "data.csv"), target, **choices)

    return read


def test_a_field_may_list_any_number_of_labels(table):
    collection = table(TAGGED, "tags", label_separator="|")
    assert collection.about["label_names"] == ["rain", "snow", "wind"]
    assert collection.about["label_separator"] == "|"
    assert collection.about["target"] == "tags"
    assert collection.about["columns"] == {"size": "number"}
    target = collection.parts["all"].rows["target"]
    assert target.dtype == np.uint8
    assert target.tolist() == [[1, 0, 1], [1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert collection.parts["all"].read(0)["target"].tolist() == [1, 0, 1]


def test_numbered_labels_are_sorted_by_number(table):
    assert table("x,y\n1,10 9\n2,2\n", "y", label_separator=" ").about["label_names"] == [
        *("2", "9", "10")
    ]


def test_a_gap_that_is_written_is_no_empty_list(table):
    with pytest.raises(DataError, match=r"1 of 2 rows .*\n  data.csv:3: tags is missing"):
        table("size,tags\n1,a\n2,NA\n", "tags", label_separator="|")


def test_columns_of_zeros_and_ones_are_labels_when_told(table):
    collection = table(MARKED, ["rain", "wind"], task="multilabel")
    assert collection.about["label_names"] == ["rain", "wind"]
    assert collection.about["target"] == ["rain", "wind"]
    assert collection.parts["all"].rows["target"].tolist() == [[1, 0], [1, 0], [0, 1]]


def test_columns_are_classes_of_their_own(table):
    collection = table(TWO, ["parity", "kind"])
    assert collection.about["output_classes"] == {"parity": ["even", "odd"], "kind": ["9", "10"]}
    target = collection.parts["all"].rows["target"]
    assert target.dtype == np.int32
    assert target.tolist() == [[0, 1], [1, 0], [0, 0]]
    marks = [[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 1, 0]]
    assert collection.parts["all"].strata.tolist() == marks


def test_one_column_in_a_list_is_that_column(table):
    assert table(TWO, ["parity"]).about["class_names"] == ["even", "odd"]


def test_marks_that_are_none_are_named_by_line(table):
    with pytest.raises(DataError) as error:
        table("x,a,b\n1,1,0\n2,2,0\n3,1,\n4,1\n", ["a", "b"], task="multilabel")
    assert str(error.value).splitlines()[1:] == [
        "  data.csv:3: a is neither 0 nor 1: '2'",
        "  data.csv:4: b is missing",
        "  data.csv:5: 2 fields instead of 3",
    ]


def test_a_label_that_no_row_has_is_named(table):
    text = "x,a,b\n1,1,0\n2,0,0\n"
    with pytest.raises(DataError, match="1 of 2 have none, b"):
        table(text, ["a", "b"], task="multilabel")
    skipped = table(text, ["a", "b"], task="multilabel", on_bad_example="skip")
    assert skipped.about["label_names"] == ["a", "b"]
    with pytest.raises(DataError, match="No row has a label in the column tags") as error:
        table("size,tags\n1,\n2,\n", "tags", label_separator="|")
    assert error.value.argument == "target"


@pytest.mark.parametrize(
    ("target", "choices", "argument", "message"),
    [
        ([], {}, "target", "must name columns, each once. Received: none"),
        (["a", "a"], {}, "target", "each once. Received: a, a"),
        (["a", "b"], {"label_separator": "|"}, "label_separator", "for one column whose fields"),
        ("a", {"label_separator": "|", "task": "regression"}, "label_separator", "task regression"),
        ("a", {"task": "multilabel"}, "task", "a column of 0 and 1 for each label"),
        (["a", "b"], {"task": "regression"}, "target", "A single number can be predicted"),
        (["a", "f"], {}, "target", "Received: f, which holds fractions"),
        (["a", "z"], {}, "target", "must be among the columns x, a, b, f. Received: z"),
        (["a", "b", "x", "f"], {"task": "classification"}, "", "inputs none"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused(
    table, target, choices, argument, message
):
    with pytest.raises(DataError, match=message) as error:
        table("x,a,b,f\n1,1,0,0.5\n2,0,1,1.5\n", target, **choices)
    assert error.value.argument == argument


def test_fractions_are_classes_when_told(table):
    told = table("x,a,f\n1,1,0.5\n2,0,1.5\n", ["a", "f"], task="classification")
    assert told.about["output_classes"]["f"] == ["0.5", "1.5"]


def test_splits_balance_the_rarest_label(table):
    random = np.random.default_rng(0)
    rows = []
    shares = {"a": 0.6, "b": 0.2, "c": 0.02}
    for number in range(1000):
        tags = [tag for tag, share in shares.items() if random.random() < share]
        rows.append(f"{number},{'|'.join(tags)}")
    collection = table("\n".join(["x,tags", *rows]), "tags", label_separator="|")
    total = collection.parts["all"].rows["target"].sum(axis=0)
    for seed in range(3):
        parts, report = split(collection, ratios={"train": 0.6, "dev": 0.2, "test": 0.2}, seed=seed)
        counts = parts["dev"].rows["target"].sum(axis=0)
        assert abs(counts[2] - 0.2 * total[2]) <= 1
        assert report.classes["dev"] == dict(zip("abc", counts.tolist(), strict=True))
        assert report.warnings == ()
    other, _ = split(collection, ratios={"train": 0.6, "dev": 0.2, "test": 0.2}, seed=7)
    assert set(other["dev"].keys) != set(parts["dev"].keys)


def test_equal_rows_with_other_labels_are_told(table):
    text = TAGGED + "".join(f"{number},rain\n" for number in range(5, 15)) + "4,rain\n"
    _, report = split(table(text, "tags", label_separator="|"))
    assert any(w.startswith("1 example occurs with different labels") for w in report.warnings)
