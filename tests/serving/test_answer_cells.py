"""Answers as cells: a class, labels, several outputs, and whatever else a model says."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dlsuite.serving.answer_cells import Cells, cells_of


def cells(about: dict[str, Any], top: int = 3, **outputs: tuple[int, ...]) -> Cells:
    shapes = {name: SimpleNamespace(shape=Shape(shape)) for name, shape in outputs.items()}
    served: Any = SimpleNamespace(about=lambda _: about, outputs=lambda _: shapes)
    return cells_of(served, "serving_default", top, 0.5)


class Shape(tuple):
    """As TensorFlow's, with a rank."""

    @property
    def rank(self) -> int:
        return len(self)


def test_a_class_comes_with_its_runners_up() -> None:
    found = cells({"class_names": ["a", "b", "c", "d"]}, probabilities=(0, 4))
    assert found.columns == [
        *("class_name", "probability", "top_2", "top_2_probability", "top_3", "top_3_probability")
    ]
    assert found.of({"probabilities": np.array([0.1, 0.5, 0.0, 0.4])})[:4] == ["b", 0.5, "d", 0.4]
    assert found.details == ["top_3", "top_3_probability"]


def test_labels_come_with_the_probability_of_each() -> None:
    found = cells({"label_names": ["rain", "sun"]}, probabilities=(0, 2))
    assert found.columns == ["labels", "rain_probability", "sun_probability"]
    said = {"labels": b"sun", "probabilities": np.array([0.25, 0.75])}
    assert found.of(said) == ["sun", 0.25, 0.75]
    assert not found.details
    many = cells({"label_names": list("abcdefg")}, probabilities=(0, 7))
    assert many.details == [f"{name}_probability" for name in "abcdefg"]


def test_outputs_come_each_with_its_probability() -> None:
    found = cells({"output_classes": {"side": ["l", "r"], "error": ["0", "1"]}})
    assert found.columns == [*("side", "side_probability", "predicted_error", "error_probability")]
    said = {"side": b"r", "side_probabilities": np.array([0.25, 0.75])}
    said |= {"error": b"0", "error_probabilities": np.array([1.0, 0.0])}
    assert found.of(said) == ["r", 0.75, "0", 1.0]


@pytest.mark.parametrize(
    ("value", "plain"),
    [(np.float32(0.5), 0.5), (b"a", "a"), (np.array([[1, 2]]), [[1, 2]])],
)
def test_other_answers_come_as_they_are(value: Any, plain: Any) -> None:
    found = cells({}, y=(0,))
    assert (found.columns, found.of({"y": value})) == (["y"], [plain])
