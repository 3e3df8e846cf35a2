"""Sigmoid cross-entropy: hand-worked values, the course's cost, weights and refusals."""

import keras
import numpy as np
import pytest

from dlsuite.losses import sigmoid_cross_entropy

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, size=(8, 5))
LOGITS = RNG.normal(scale=3, size=(8, 5)).astype("float32")


def test_a_hand_worked_pair() -> None:
    # sigmoid(ln 3) = 3/4: a present label costs -ln 3/4, an absent one -ln 1/4.
    loss = sigmoid_cross_entropy()(np.array([[1, 0]]), np.log([[3.0, 3.0]]))
    assert float(loss) == pytest.approx((np.log(4 / 3) + np.log(4)) / 2)


def test_it_is_the_mean_of_the_logistic_cost_of_the_course() -> None:
    told = 1 / (1 + np.exp(-LOGITS))
    course = -(LABELS * np.log(told) + (1 - LABELS) * np.log(1 - told))
    assert float(sigmoid_cross_entropy()(LABELS, LOGITS)) == pytest.approx(course.mean(), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_smoothing_is_that_of_keras(smoothing: float) -> None:
    theirs = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    ours = float(sigmoid_cross_entropy(smoothing)(LABELS, LOGITS))
    assert ours == pytest.approx(float(theirs(LABELS, LOGITS)), rel=1e-5)


def test_a_weight_counts_where_its_label_is_present() -> None:
    even = np.zeros((1, 2))  # each term is ln 2
    weighted = sigmoid_cross_entropy(positive_weights=[3.0, 5.0])
    assert float(weighted(np.array([[1, 0]]), even)) == pytest.approx((3 + 1) / 2 * np.log(2))
    assert float(weighted(np.array([[0, 1]]), even)) == pytest.approx((1 + 5) / 2 * np.log(2))


def test_large_logits_stay_finite() -> None:
    loss = sigmoid_cross_entropy()(np.array([[1, 0]]), np.array([[-1e4, -1e4]]))
    assert float(loss) == pytest.approx(5e3)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape of their logits.*labels \[2\], logits \[2, 3\]"):
        sigmoid_cross_entropy()(np.zeros(2), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"in \[0, 1\).*label_smoothing=1\.0"):
        sigmoid_cross_entropy(1.0)
    with pytest.raises(ValueError, match=r"`positive_weights` must be numbers of at least 0"):
        sigmoid_cross_entropy(positive_weights=[1.0, -1.0])
