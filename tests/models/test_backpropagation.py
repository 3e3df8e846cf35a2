"""Backpropagation as the course derives it, in NumPy, against Keras' gradients.

The course's letters: input x_i, hidden b_h = sigmoid(alpha_h) with weights v_ih, output
yhat_j = sigmoid(beta_j) with weights w_hj, E_k = 1/2 sum_j (yhat_j - y_j)^2,
g_j = yhat_j (1 - yhat_j) (y_j - yhat_j) and e_h = b_h (1 - b_h) sum_j g_j w_hj.
"""

from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from dlsuite.models import mlp
from dlsuite.training.gradients import value_and_gradients

INPUTS, HIDDEN, OUTPUTS = 3, 4, 2


def sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def course_gradients(
    x: np.ndarray, y: np.ndarray, weights: list[np.ndarray]
) -> tuple[float, list[np.ndarray]]:
    """E_k of one example and its derivatives to v, its bias, w and its bias, sum by sum."""
    v, hidden_bias, w, output_bias = weights
    b = sigmoid(x @ v + hidden_bias)
    yhat = sigmoid(b @ w + output_bias)
    g = yhat * (1 - yhat) * (y - yhat)
    e = np.array([b[h] * (1 - b[h]) * sum(g[j] * w[h, j] for j in range(2)) for h in range(4)])
    to_v = np.array([[-e[h] * x[i] for h in range(HIDDEN)] for i in range(INPUTS)])
    to_w = np.array([[-g[j] * b[h] for j in range(OUTPUTS)] for h in range(HIDDEN)])
    return 0.5 * np.sum((yhat - y) ** 2), [to_v, -e, to_w, -g]


def half_sum_of_squares(network: keras.Model, x: np.ndarray, y: np.ndarray) -> Any:
    return ops.sum(ops.square(network(x[None]) - y)) / 2


@pytest.fixture
def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, INPUTS)), rng.uniform(size=(5, OUTPUTS))


@pytest.fixture
def network() -> keras.Model:
    """The suite's own network with the sigmoid output that the derivation has."""
    keras.utils.set_random_seed(0)
    logits = mlp((INPUTS,), OUTPUTS, hidden=(HIDDEN,), activation="sigmoid")
    return keras.Sequential([logits, keras.layers.Activation("sigmoid")])


def test_gradients_of_one_example_are_those_of_the_derivation(
    network: keras.Model, examples: tuple[np.ndarray, np.ndarray]
) -> None:
    for x, y in zip(*examples, strict=True):
        error = partial(half_sum_of_squares, network, x, y)
        value, gradients = value_and_gradients(error, network.trainable_weights)
        expected, derived = course_gradients(x, y, network.get_weights())
        assert float(value) == pytest.approx(expected, rel=1e-5)
        for ours, theirs in zip(gradients, derived, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-7)


def test_keras_mean_squared_error_is_the_course_sum_times_two_by_examples_and_outputs(
    network: keras.Model, examples: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = examples
    loss = keras.losses.MeanSquaredError()
    value, gradients = value_and_gradients(lambda: loss(y, network(x)), network.trainable_weights)
    each = [course_gradients(*pair, network.get_weights()) for pair in zip(x, y, strict=True)]
    factor = 2 / (len(x) * OUTPUTS)
    assert float(value) == pytest.approx(factor * sum(e for e, _ in each), rel=1e-5)
    for position, ours in enumerate(gradients):
        theirs = factor * sum(derived[position] for _, derived in each)
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-7)


def test_training_by_the_derivation_and_by_keras_walks_the_same_path(
    network: keras.Model, examples: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = examples
    weights = [w.astype("float64") for w in network.get_weights()]
    rate = 0.5
    for _ in range(20):  # batch gradient descent on the course's sum of E_k
        each = [course_gradients(*pair, weights)[1] for pair in zip(x, y, strict=True)]
        weights = [w - rate * sum(g) for w, *g in zip(weights, *each, strict=True)]
    keras_rate = rate * len(x) * OUTPUTS / 2
    network.compile(keras.optimizers.SGD(keras_rate), loss="mean_squared_error")
    network.fit(x, y, batch_size=len(x), epochs=20, verbose=0)
    for ours, theirs in zip(network.get_weights(), weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
