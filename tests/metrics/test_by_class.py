"""Recall, truths and answers of every kind of per-example table, by class."""

import numpy as np
import pandas as pd

from dlsuite.metrics import classification_scores, regression_scores
from dlsuite.metrics.by_class import recalled, targets_and_answers
from dlsuite.metrics.multilabel import multilabel_scores
from dlsuite.metrics.multioutput import multioutput_scores


def test_one_class_each():
    logits = np.log([[3, 1], [1, 3], [1, 3], [1, 3]])
    table = classification_scores(list("abcd"), [0, 0, 1, 1], logits, ["x", "y"]).examples
    hits = recalled(table)
    assert {name: marks.tolist() for name, marks in hits.items()} == {
        "x": [True, False],
        "y": [True, True],
    }
    targets, answers = targets_and_answers(table)
    assert targets["label"].tolist() == list("xxyy")
    assert answers["answer"].tolist() == list("xyyy")
    assert answers["confidence"].tolist() == table["confidence"].tolist()


def test_many_labels():
    labels = np.array([[1, 0], [1, 1], [0, 0]])
    logits = np.array([[1.0, -1.0], [-1.0, 1.0], [-1.0, 1.0]])
    table = multilabel_scores(list("abc"), labels, logits, ["cat", "dog"]).examples
    hits = recalled(table)
    assert {name: marks.tolist() for name, marks in hits.items()} == {
        "cat": [True, False],
        "dog": [True],
    }
    targets, answers = targets_and_answers(table)
    assert targets["label cat"].tolist() == [True, True, False]
    assert answers["answer dog"].tolist() == [False, True, True]


def test_many_outputs():
    outputs = {"colour": ["red", "blue"], "size": ["1", "2"]}
    labels = np.array([[0, 1], [1, 0]])
    logits = np.array([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.0]])
    table = multioutput_scores(list("ab"), labels, logits, outputs).examples
    hits = recalled(table)
    assert {name: marks.tolist() for name, marks in hits.items()} == {
        "colour: blue": [True],
        "colour: red": [True],
        "size: 1": [True],
        "size: 2": [False],
    }
    targets, answers = targets_and_answers(table)
    assert targets["size"].tolist() == ["2", "1"]
    assert answers["answer for colour"].tolist() == ["red", "blue"]


def test_numbers_and_tables_that_tell_nothing():
    table = regression_scores(["a", "b"], [1, 3], [2, 5]).examples
    assert recalled(table) == {}
    targets, answers = targets_and_answers(table)
    assert targets["target"].tolist() == [1, 3]
    assert answers["answer"].tolist() == [2, 5]
    assert targets_and_answers(pd.DataFrame({"key": ["a"]})) == ({}, {})
