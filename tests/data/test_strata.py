"""Strata of labels and of several classes."""

import numpy as np
import pytest

from dlsuite.data.strata import (
    class_marks,
    stratum_codes,
    stratum_counts,
    stratum_names,
    stratum_words,
)

MARKS = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0], [1, 0, 1], [1, 0, 0]], np.uint8)


def test_the_rarest_label_of_an_example_is_its_stratum():
    # Labels 1 and 2 are held twice each, label 0 five times; the first of two equals is rarer.
    assert stratum_codes(MARKS).tolist() == [0, 2, 0, 3, 1, 2]
    assert stratum_codes(np.array([7, 5, 7])).tolist() == [1, 0, 1]


def test_labels_are_counted_each_for_itself():
    assert stratum_counts(MARKS, ["a", "b", "c"]) == {"a": 5, "b": 2, "c": 2}
    assert stratum_counts(MARKS, None) == {"0": 5, "1": 2, "2": 2}
    assert stratum_counts(np.array([1, 1]), ["x", "y"]) == {"x": 0, "y": 2}


def test_a_word_tells_all_labels():
    assert stratum_words(MARKS)[:2] == ["110", "100"]
    assert stratum_words(np.array([3, 4])) == ["3", "4"]


def test_classes_of_outputs_are_marks_side_by_side():
    assert class_marks(np.array([[1, 0], [0, 2]]), (2, 3)).tolist() == [
        [0, 1, 1, 0, 0],
        [1, 0, 0, 0, 1],
    ]


@pytest.mark.parametrize(
    ("about", "names"),
    [
        ({"class_names": ["a", "b"]}, ["a", "b"]),
        ({"label_names": ["a"]}, ["a"]),
        ({"output_classes": {"p": ["x", "y"], "q": ["z"]}}, ["p: x", "p: y", "q: z"]),
        ({"target": "price"}, None),
    ],
)
def test_names_are_those_that_a_collection_has(about, names):
    assert stratum_names(about) == names
