"""Data that scikit-learn carries: counts and values as published."""

import numpy as np

from dlsuite.data.sources import diabetes, digits, wine


def test_digits_are_1797_images_of_ten_classes():
    collection = digits()
    rows = collection.parts["all"].rows
    assert rows["image"].shape == (1797, 8, 8, 1)
    assert rows["image"].dtype == np.uint8
    # UCI: examples of each class in the test set.
    assert np.bincount(rows["label"]).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert collection.about["class_names"] == list("0123456789")


def test_the_scaling_of_digits_is_the_one_it_states():
    from sklearn.datasets import load_digits

    images = digits().parts["all"].rows["image"]
    assert images.max() == 255
    np.testing.assert_array_equal(np.rint(images[..., 0] / 255 * 16), load_digits().images)
    assert np.unique(images).tolist() == [round(v * 255 / 16) for v in range(17)]


def test_no_two_digits_are_equal():
    assert len(np.unique(digits().parts["all"].keys)) == 1797


def test_wines_are_178_of_three_cultivars():
    collection = wine()
    examples = collection.parts["all"]
    assert np.bincount(examples.rows["target"]).tolist() == [59, 71, 48]
    assert len(collection.about["columns"]) == 13
    assert set(collection.about["columns"].values()) == {"number"}
    assert examples.read(0)["columns"]["alcohol"] == np.float32(14.23)


def test_diabetes_is_442_patients_in_their_own_units():
    collection = diabetes()
    examples = collection.parts["all"]
    first = examples.read(0)
    assert len(examples) == 442
    assert (first["columns"]["age"], first["columns"]["bmi"], first["target"]) == (
        59,
        np.float32(32.1),
        151,
    )
    assert (examples.rows["target"].min(), examples.rows["target"].max()) == (25, 346)
    assert "class_names" not in collection.about
    assert examples.strata is None
