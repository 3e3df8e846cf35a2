"""Boxes that cannot be right are named, and those that stick out are cut off."""

import math

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.data.box_checks import Marked, settle_boxes, sound
from dlsuite.data.box_rows import Boxed, box_rows, classes_present

LABELS = {"cat": 0, "dog": 1}
SIZE = (10, 20)  # height, width


def marked(*corners, name="cat", where="a:1", ignored=False):
    return Marked(name, corners, ignored, where)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (marked(3, 4, 3, 4), "no area, or corners the wrong way round: (3, 4, 3, 4)"),
        (marked(3, 4, 9, 4), "no area, or corners the wrong way round: (3, 4, 9, 4)"),
        (marked(9, 4, 3, 8), "no area, or corners the wrong way round: (9, 4, 3, 8)"),
        (marked(20, 0, 25, 5), "outside of the picture of 20 x 10 pixels: (20, 0, 25, 5)"),
        (marked(0, -5, 5, 0), "outside of the picture of 20 x 10 pixels: (0, -5, 5, 0)"),
        (marked(0, 0, math.nan, 5), "a corner is no finite number: (0, 0, nan, 5)"),
        (marked(0, 0, math.inf, 5), "a corner is no finite number: (0, 0, inf, 5)"),
        (marked(0, 0, 5, 5, name="cow"), "class 'cow' is none of cat, dog"),
        (marked(1, 1, 4, 4)._replace(wrong="no text"), "no text"),
    ],
)
def test_what_is_wrong_with_a_box_is_told(one, reason):
    found = sound([one, marked(1, 1, 5, 5, name="dog")], SIZE, LABELS)
    assert found.bad == [{"path": "a:1", "reason": reason}]
    assert found.boxed.boxes.tolist() == [[1, 1, 5, 5]]
    assert found.boxed.labels.tolist() == [1]
    assert not found.cut


def test_the_same_box_counts_once_for_a_class():
    twice = [
        marked(1, 1, 5, 5),
        marked(1.001, 1, 5, 5, where="a:2"),
        marked(1, 1, 5, 5, name="dog", where="a:3"),
        marked(1, 1, 5, 5.1, where="a:4"),
    ]
    found = sound(twice, SIZE, LABELS)
    assert found.bad == [{"path": "a:2", "reason": "the same box and class as a:1"}]
    assert found.boxed.labels.tolist() == [0, 1, 0]


def test_what_sticks_out_is_cut_off_and_rounding_is_not_told():
    out = [marked(-3, 2, 5, 30), marked(0, 0, 20.4, 9, where="a:2", ignored=True)]
    found = sound(out, SIZE, LABELS)
    assert found.boxed.boxes.tolist() == [[0, 2, 5, 10], [0, 0, 20, 9]]
    assert found.boxed.ignored.tolist() == [False, True]
    assert found.cut == ["a:1 (-3, 2, 5, 30)"]
    # Two that are one once they are cut off.
    again = sound([marked(-3, 0, 5, 5), marked(-9, 0, 5, 5, where="a:2")], SIZE, LABELS)
    assert [item["path"] for item in again.bad] == ["a:2"]


def test_shares_are_of_the_width_across_and_the_height_down():
    found = sound([marked(0.25, 0.5, 0.5, 1)], SIZE, LABELS, shares=True)
    assert found.boxed.boxes.tolist() == [[5, 5, 10, 10]]


def test_an_empty_picture_has_no_boxes():
    assert sound([], SIZE, LABELS).boxed.boxes.shape == (0, 4)


def test_bad_boxes_are_dropped_with_a_sentence_or_refused():
    bad = [{"path": f"a:{n}", "reason": "no area"} for n in range(12)]
    said = settle_boxes(bad, ["b:1 (0, 0, 9, 9)", "b:2"], 40, "drop", "the set")
    assert said[0].startswith("12 of 40 boxes were dropped: a:0: no area; a:1: no area; ")
    assert said[0].endswith("; and 2 more.")
    assert said[1] == (
        "2 of 40 boxes stick out of their picture and were cut off at its edge, "
        "such as b:1 (0, 0, 9, 9)."
    )
    with pytest.raises(DataError) as error:
        settle_boxes(bad, [], 40, "error", "the set")
    lines = str(error.value).splitlines()
    assert lines[0] == (
        "12 of 40 boxes in the set cannot be used. `on_bad_box: drop` leaves them out."
    )
    assert lines[1] == "  a:0: no area"
    assert lines[-1] == "  and 2 more"
    with pytest.raises(DataError, match=r"12 of 12 boxes in the set .* None is left"):
        settle_boxes(bad, [], 12, "drop", "the set")
    assert settle_boxes([], [], 40, "error", "the set") == []


def test_a_class_that_is_unknown_among_many_is_told_shortly():
    many = {f"c{number}": number for number in range(99)}
    (bad,) = sound([marked(0, 0, 5, 5)], SIZE, many).bad
    assert bad["reason"] == "class 'cat' is none of c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, …"


def test_rows_are_filled_up_to_the_most_boxes():
    one = Boxed(np.ones((2, 4)), np.array([1, 0]), np.array([False, True]), (5, 6))
    none = Boxed(np.zeros((0, 4)), np.zeros(0), np.zeros(0), (7, 8))
    rows = box_rows([none, one])
    assert rows["boxes"].tolist() == [[[0] * 4] * 2, [[1] * 4] * 2]
    assert rows["labels"].tolist() == [[-1, -1], [1, 0]]
    assert rows["ignored"].tolist() == [[False, False], [False, True]]
    assert rows["size"].tolist() == [[7, 8], [5, 6]]
    assert [rows[name].dtype for name in rows] == [np.float32, np.int32, bool, np.int32]
    assert box_rows([none])["boxes"].shape == (1, 1, 4)
    assert classes_present(rows["labels"], 3).tolist() == [[0, 0, 0], [1, 1, 0]]
