"""Arrays in .npz files: images or tables, classes or values."""

import numpy as np
import pytest

from dlsuite.data import DataError, split
from dlsuite.data.sources import arrays

IMAGES = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)


@pytest.fixture
def load(tmp_path):
    """`arrays` of a file with the given arrays."""

    def call(stored, **choices):
        np.savez(tmp_path / "data.npz", **stored)
        return arrays(str(tmp_path / "data.npz"), **choices)

    return call


def test_bytes_are_images_and_whole_numbers_classes(load):
    collection = load({"x": IMAGES, "y": [0, 1, 1, 0]}, class_names=["no", "yes"])
    example = collection.parts["all"].read(1)
    assert example["image"].shape == (2, 3, 1)
    assert example["label"] == 1
    assert collection.about["class_names"] == ["no", "yes"]
    assert collection.parts["all"].strata.tolist() == [0, 1, 1, 0]


def test_images_may_have_a_value_to_predict(load):
    collection = load({"x": IMAGES[..., None], "y": [0.5, 1, 1, 0]})
    assert collection.parts["all"].read(0)["target"] == np.float32(0.5)
    assert "class_names" not in collection.about


def test_numbers_are_the_columns_of_a_table(load):
    collection = load({"x": [[1, 2.5], [3, 4]], "y": [[0.5], [1]]})
    assert collection.parts["all"].read(1) == {"columns": {"x0": 3, "x1": 4}, "target": 1.0}
    assert collection.about["columns"] == {"x0": "number", "x1": "number"}
    assert collection.about["target"] == "y"


@pytest.mark.parametrize("name", ["dev", "val", "valid"])
def test_endings_are_given_parts(load, name):
    stored = {"x_train": IMAGES, "y_train": [0, 1, 1, 0], f"x_{name}": IMAGES[:1], f"y_{name}": [0]}
    collection = load(stored)
    assert {part: len(e) for part, e in collection.parts.items()} == {"train": 4, "dev": 1}
    assert list(load({"x_train": IMAGES, "y_train": [0, 1, 1, 0]}).parts) == ["all"]


def test_groups_are_kept(load):
    groups = np.repeat([5, 1, 2, 4, 3], 2)
    collection = load({"x": np.arange(20).reshape(10, 2), "y": np.ones(10), "groups": groups})
    assert split(collection, by="time")[0]["test"].groups.tolist() == [5, 5]


def test_bad_rows_are_named_with_their_count(load):
    stored = {"x_train": [[1.0], [np.nan], [3], [4]], "y_train": [0, 1, 5, 1]}
    stored |= {"x_test": [[np.inf], [1]], "y_test": [0, 1]}
    with pytest.raises(DataError) as error:
        load(stored, class_names=["no", "yes"])
    assert str(error.value).splitlines() == [
        "3 of 6 examples cannot be used. `on_bad_example: skip` leaves them out.",
        "  x_train[2]: label 5 is out of the range 0 to 1",
        "  x_train[1]: a value is missing or infinite",
        "  x_test[0]: a value is missing or infinite",
    ]
    collection = load(stored, class_names=["no", "yes"], on_bad_example="skip")
    assert collection.parts["train"].rows["columns"]["x0"].tolist() == [1, 4]
    assert collection.parts["test"].rows["columns"]["x0"].tolist() == [1]


def test_classes_without_examples_are_named(load):
    with pytest.raises(DataError, match="1 of 3 have none, 1"):
        load({"x": IMAGES, "y": [0, 2, 2, 0]})


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"x": IMAGES}, "must hold x and y, or x_train.*Received: x"),
        ({"a": IMAGES}, "Received: a"),
        ({"x": IMAGES, "y": [0] * 4, "x_test": IMAGES, "y_test": [0] * 4}, "must hold x and y"),
        ({"x_test": IMAGES, "y_test": [0] * 4}, "must hold x and y"),
        ({"x": IMAGES, "y": [0, 1]}, r"of one length. Received: .*'x': \(4,\), 'y': \(2,\)"),
        ({"x": IMAGES, "y": [0] * 4, "groups": [1]}, "of one length"),
        ({"x": IMAGES, "y": np.zeros((4, 2))}, r"one number for each.*\[4, 2\]"),
        ({"x": IMAGES, "y": ["a"] * 4}, "one number for each.*<U1"),
        ({"x": IMAGES.astype(float), "y": [0] * 4}, "images as bytes 0 to 255.*x of type float64"),
        ({"x": np.array([{}], object), "y": [0]}, "x.npy of objects, which would"),
    ],
)
def test_files_that_cannot_be_used_are_refused(load, stored, message):
    with pytest.raises(DataError, match=message):
        load(stored)


def test_what_is_no_npz_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"must be an .npz file. Received: .*no.npz"):
        arrays(str(tmp_path / "no.npz"))
    (tmp_path / "text.npz").write_text("x")
    with pytest.raises(DataError, match=r"cannot be read as an \.npz"):
        arrays(str(tmp_path / "text.npz"))
    np.save(tmp_path / "one.npy", [1])
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    with pytest.raises(DataError, match=r"Received: a single array, an \.npy"):
        arrays(str(tmp_path / "one.npz"))


def test_rows_of_zeros_and_ones_are_labels(load):
    marks = [[1, 0, 1], [0, 0, 0], [0, 1, 1], [1, 1, 0]]
    pictures = load({"x": IMAGES, "y": marks}, class_names=["a", "b", "c"])
    assert pictures.about["label_names"] == ["a", "b", "c"]
    assert pictures.parts["all"].read(2)["label"].tolist() == [0, 1, 1]
    assert pictures.parts["all"].strata.tolist() == marks
    table = load({"x": np.arange(8).reshape(4, 2), "y": np.array(marks, bool)})
    assert table.about["label_names"] == ["0", "1", "2"]
    assert table.parts["all"].rows["target"].tolist() == marks
    assert table.parts["all"].rows["target"].dtype == np.uint8


def test_labels_that_do_not_fit_are_refused(load):
    marks = [[1, 0], [0, 1], [0, 1], [1, 1]]
    with pytest.raises(DataError, match=r"must be those of the 2 labels\. Received: a"):
        load({"x": IMAGES, "y": marks}, class_names=["a"])
    with pytest.raises(DataError, match=r"same labels. Received: y of shapes \[\[4, 2\], \[1\]\]"):
        load({"x_train": IMAGES, "y_train": marks, "x_test": IMAGES[:1], "y_test": [0]})
    with pytest.raises(DataError, match="1 of 2 have none, 1"):
        load({"x": IMAGES, "y": [[1, 0]] * 4})
    with pytest.raises(DataError, match="or 0 and 1 for each label"):
        load({"x": IMAGES, "y": [[1, 2]] * 4})
