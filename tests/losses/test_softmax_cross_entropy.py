"""Softmax cross-entropy: hand-worked values and the course's definition."""

import keras
import numpy as np
import pytest

from dlsuite.losses import softmax_cross_entropy

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 5, size=8)
LOGITS = RNG.normal(scale=3, size=(8, 5)).astype("float32")


def softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def test_even_logits_cost_the_logarithm_of_the_number_of_classes() -> None:
    loss = softmax_cross_entropy()(np.array([2]), np.zeros((1, 4)))
    assert float(loss) == pytest.approx(np.log(4))


def test_a_hand_worked_pair() -> None:
    # softmax(ln 3, 0) = (3/4, 1/4): -ln 3/4 and -ln 1/4, mean of the two.
    loss = softmax_cross_entropy()(np.array([0, 1]), np.array([[np.log(3), 0], [np.log(3), 0]]))
    assert float(loss) == pytest.approx((np.log(4 / 3) + np.log(4)) / 2)


def test_the_sum_of_the_course_is_the_mean_times_the_examples() -> None:
    one_hot = np.eye(5)[LABELS]
    course = -np.sum(one_hot * np.log(softmax(LOGITS)))
    loss = softmax_cross_entropy()(LABELS, LOGITS)
    assert float(loss) * len(LABELS) == pytest.approx(course, rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_smoothing_is_cross_entropy_with_softened_targets(smoothing: float) -> None:
    targets = (1 - smoothing) * np.eye(5)[LABELS] + smoothing / 5
    expected = -np.mean(np.sum(targets * np.log(softmax(LOGITS)), axis=-1))
    ours = float(softmax_cross_entropy(smoothing)(LABELS, LOGITS))
    assert ours == pytest.approx(expected, rel=1e-5)
    theirs = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
    assert ours == pytest.approx(float(theirs(np.eye(5)[LABELS], LOGITS)), rel=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_labels_may_be_columns_or_sequences(smoothing: float) -> None:
    loss = softmax_cross_entropy(smoothing)
    flat = float(loss(LABELS, LOGITS))
    assert float(loss(LABELS[:, None], LOGITS)) == pytest.approx(flat)
    sequences = loss(LABELS.reshape(2, 4), LOGITS.reshape(2, 4, 5))
    assert float(sequences) == pytest.approx(flat)


def test_large_logits_stay_finite() -> None:
    loss = softmax_cross_entropy(0.1)(np.array([0, 1]), np.array([[1e4, -1e4], [1e4, -1e4]]))
    # The unlikely class costs 2e4 nats; its targets are 0.05 and 0.95, mean 1/2.
    assert float(loss) == pytest.approx(1e4)


def test_example_weights_scale_each_term() -> None:
    loss = softmax_cross_entropy()
    weights = np.array([1, 0, 0, 0, 0, 0, 0, 0])
    expected = float(loss(LABELS[:1], LOGITS[:1])) / len(LABELS)
    assert float(loss(LABELS, LOGITS, sample_weight=weights)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0, 2.0])
def test_smoothing_outside_its_range_is_refused(smoothing: float) -> None:
    with pytest.raises(ValueError, match=rf"in \[0, 1\).*label_smoothing={smoothing}"):
        softmax_cross_entropy(smoothing)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_shares_is_the_mean_of_the_losses_of_classes(smoothing):
    logits = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    shares = np.array([[1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.1, 0.2, 0.7]], "float32")
    loss = softmax_cross_entropy(smoothing)
    of_class = [loss(np.full(1, k), logits[i : i + 1]) for i in range(3) for k in range(4)]
    by_hand = (np.array(of_class, "float64").reshape(3, 4) * shares).sum() / 3
    assert float(loss(shares, logits)) == pytest.approx(by_hand, rel=1e-5)
