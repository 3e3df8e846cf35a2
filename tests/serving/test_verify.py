"""When two answers are the same, and when they are not."""

from typing import Any

import numpy as np
import pytest

from dlsuite.serving import ExportMismatch
from dlsuite.serving.replay import Case
from dlsuite.serving.verify import compare

NAMES = np.array(["a", "b", "c"])


def judge(said: dict[str, Any], expected: dict[str, Any], tolerance: float = 1e-5) -> float:
    count = len(next(iter(expected.values())))
    case = Case("serving_default", tuple(range(count)), {})
    said = {name: np.asarray(value) for name, value in said.items()}
    expected = {name: np.asarray(value) for name, value in expected.items()}
    return compare([case], [said], expected, tolerance).max_difference


@pytest.mark.parametrize(
    ("got", "wanted", "difference"),
    [
        ([0.5, 0.25], [0.5, 0.25], 0.0),
        ([0.500004, 0.25], [0.5, 0.25], 4e-6),
        ([200.001], [200.0], 5e-6),  # relative: 0.001 of 200
        ([0.000009], [0.0], 9e-6),
    ],
)
def test_the_difference_is_absolute_below_one_and_relative_above(
    got: list[float], wanted: list[float], difference: float
) -> None:
    assert judge({"y": got}, {"y": wanted}) == pytest.approx(difference, abs=1e-12)


@pytest.mark.parametrize("got", [[0.50002], [float("nan")], [float("inf")]])
def test_a_number_that_differs_is_refused(got: list[float]) -> None:
    with pytest.raises(ExportMismatch, match=r"Example 0, element \[\]: it answers 0\.5\."):
        judge({"y": got}, {"y": [0.5]})


def test_an_expected_nan_is_never_met() -> None:
    with pytest.raises(ExportMismatch):
        judge({"y": [float("nan")]}, {"y": [float("nan")]})


def test_classes_may_differ_where_they_are_tied() -> None:
    expected = {"probabilities": np.array([[0.4, 0.4, 0.2], [0.1, 0.7, 0.2]]), "class_id": [0, 1]}
    expected["class_name"] = NAMES[expected["class_id"]]
    said = {"probabilities": expected["probabilities"], "class_id": [1, 1]}
    said["class_name"] = np.array([b"b", b"b"], object)
    assert judge(said, expected) == 0
    with pytest.raises(ExportMismatch, match=r"`class_id`.*Example 1.*it answers 1\. Received: 2"):
        judge({**said, "class_id": [0, 2]}, expected)
    with pytest.raises(ExportMismatch, match=r"`class_name`.*it answers b\. Received: c"):
        judge({**said, "class_name": NAMES[[0, 2]]}, expected)


def test_one_probability_is_never_tied() -> None:
    said = {"probabilities": [[1.0]], "class_id": [1]}
    with pytest.raises(ExportMismatch, match="class_id"):
        judge(said, {"probabilities": [[1.0]], "class_id": [0]})


def test_tags_of_a_sequence_are_compared_word_by_word() -> None:
    expected = {"probabilities": [[[0.5, 0.5], [0.9, 0.1]]], "class_id": [[0, 0]]}
    said = {"probabilities": expected["probabilities"], "class_id": [[1, 0]]}
    assert judge(said, expected) == 0
    with pytest.raises(ExportMismatch, match=r"element \[1\]"):
        judge({**said, "class_id": [[0, 1]]}, expected)


def test_another_shape_is_another_answer() -> None:
    with pytest.raises(ExportMismatch, match=r"must have shape \(2,\)\. Received: \(2, 1\)"):
        judge({"y": [[1.0], [2.0]]}, {"y": [1.0, 2.0]})


def test_outputs_that_only_one_side_has_are_left_out() -> None:
    assert judge({"y": [1.0], "attention": [7]}, {"y": [1.0], "logits": [3.0]}) == 0


def test_what_is_answered_may_differ_where_the_margin_is_none() -> None:
    expected = {
        "present": [[True, False], [True, True]],
        "labels": ["a", "a|b"],
        "margin": [1e-6, 0.4],
    }
    said = {"present": [[True, True], [True, True]], "labels": [b"a|b", b"a|b"]}
    assert judge(said, expected) == 0
    with pytest.raises(ExportMismatch, match=r"`present`.*Example 1, element \[0\]"):
        judge({**said, "present": [[True, True], [False, True]]}, expected)
    with pytest.raises(ExportMismatch, match=r"`labels`.*Example 1"):
        judge({**said, "labels": [b"a", b"a"]}, expected)
