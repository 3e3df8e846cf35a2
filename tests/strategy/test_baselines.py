"""Baselines on real data, and what they do with odd columns, classes and sizes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_digits

from dlsuite.metrics import classification_scores, regression_scores
from dlsuite.strategy import linear, mean, most_frequent


@pytest.fixture(scope="module")
def digits():
    bunch = load_digits()
    images = (bunch.images * 15.9).astype(np.uint8)[..., None]  # [1797, 8, 8, 1]
    return images[:1200], bunch.target[:1200], images[1200:], bunch.target[1200:]


@pytest.fixture(scope="module")
def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return x[:350], y[:350], x[350:], y[350:]


def accuracy(baseline, x, y):
    names = [str(name) for name in range(10)]
    return classification_scores(y.astype(str), y, baseline.predict(x), names).values["accuracy"]


def test_logistic_regression_reads_digits_from_their_pixels(digits):
    x_train, y_train, x_dev, y_dev = digits
    baseline = linear(x_train, y_train, "classification")
    assert accuracy(baseline, x_dev, y_dev) > 0.90
    assert baseline.name == "logistic regression"
    assert baseline.about == "logistic regression on 1,200 of 1,200 training examples"
    np.testing.assert_allclose(np.exp(baseline.predict(x_dev)).sum(axis=1), 1, atol=1e-5)


def test_bytes_and_fractions_of_an_image_are_one(digits):
    x_train, y_train, x_dev, _ = digits
    as_bytes = linear(x_train[:300], y_train[:300], "classification")
    as_floats = linear((x_train[:300] / 255).astype(np.float32), y_train[:300], "classification")
    np.testing.assert_allclose(
        as_bytes.predict(x_dev), as_floats.predict((x_dev / 255).astype(np.float32)), atol=1e-3
    )


def test_a_cap_fits_a_sample_and_says_so(digits):
    x_train, y_train, x_dev, y_dev = digits
    capped = linear(x_train, y_train, "classification", most_examples=200, num_classes=10)
    assert capped.about == "logistic regression on 200 of 1,200 training examples"
    assert accuracy(capped, x_dev, y_dev) > 0.7
    again = linear(x_train, y_train, "classification", most_examples=200, num_classes=10)
    np.testing.assert_array_equal(capped.predict(x_dev), again.predict(x_dev))


def test_a_class_without_training_examples_keeps_its_column(digits):
    x_train, y_train, x_dev, _ = digits
    few = y_train < 9
    logits = linear(
        x_train[few][:200], y_train[few][:200], "classification", num_classes=10
    ).predict(x_dev)
    assert logits.shape == (len(x_dev), 10)
    np.testing.assert_allclose(logits[:, 9], np.log(1e-7), rtol=1e-5)


def test_linear_regression_is_least_squares(diabetes):
    x_train, y_train, x_dev, y_dev = diabetes
    predicted = linear(x_train, y_train, "regression").predict(x_dev)
    design = np.column_stack([np.ones(len(x_train)), x_train])
    weights = np.linalg.lstsq(design, y_train, rcond=None)[0]
    np.testing.assert_allclose(predicted, np.column_stack([np.ones(len(x_dev)), x_dev]) @ weights)
    keys = [str(row) for row in range(len(y_dev))]
    assert regression_scores(keys, y_dev, predicted).values["r2"] > 0.4


def test_columns_of_words_numbers_and_gaps_are_understood():
    colours = np.array([b"red", b"blue"] * 50)
    sizes = np.where(np.arange(100) % 10 == 0, np.nan, np.arange(100.0))
    target = np.where(colours == b"red", 5.0, 1.0)
    table = {"colour": colours, "size": sizes, "known": np.arange(100) % 2 == 0}
    baseline = linear(table, target, "regression")
    np.testing.assert_allclose(baseline.predict(table), target, atol=1e-9)
    # The same table as it comes from a file; a word never seen is no error.
    frame = pd.DataFrame({"colour": ["red", "green"], "size": [3, None], "known": [True, False]})
    assert baseline.predict(frame)[0] == pytest.approx(5.0)
    assert np.isfinite(baseline.predict(frame)).all()


def test_the_most_frequent_class_costs_the_entropy_of_the_labels():
    labels = np.array([1, 1, 1, 0])
    baseline = most_frequent(labels, 3)
    logits = baseline.predict(np.zeros((4, 2)))
    scores = classification_scores(list("abcd"), labels, logits, ["x", "y", "z"])
    assert scores.values["accuracy"] == 0.75
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert scores.values["loss"] == pytest.approx(entropy, abs=1e-6)
    assert baseline.about == "class 1 always: 75.0% of 4 training examples"


def test_the_mean_explains_nothing():
    targets = np.array([1.0, 2.0, 6.0])
    baseline = mean(targets)
    predicted = baseline.predict({"column": np.zeros(3)})
    np.testing.assert_array_equal(predicted, [3, 3, 3])
    assert regression_scores(list("abc"), targets, predicted).values["r2"] == 0
    assert baseline.about == "3 always: the mean of 3 training examples"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="Received: task='ranking'"):
        linear(np.zeros((2, 2)), np.zeros(2), "ranking")
    with pytest.raises(ValueError, match=r"Received: shape \[3, 2\] for 2 targets"):
        linear(np.zeros((3, 2)), np.zeros(2), "regression")
    with pytest.raises(ValueError, match=r"Received: shape \[3\] for 3 targets"):
        linear(np.zeros(3), np.zeros(3), "regression")


def test_where_all_are_of_one_class_it_is_always_told():
    x = np.random.default_rng(0).normal(size=(20, 2))
    baseline = linear(x, np.ones(20, int), "classification", num_classes=3)
    assert baseline.name == "most frequent class"
    np.testing.assert_allclose(np.exp(baseline.predict(x))[0], [0, 1, 0], atol=1e-6)
