"""Keras' optimizers walk the course's equations: ten steps of each, worked in NumPy here."""

from itertools import islice

import keras
import numpy as np
import pytest

from dlsuite.training import update_rules
from dlsuite.training.update_steps import RULES

STEPS = 10
START = np.array([1.0, -2.0, 0.5], "float32")
CURVATURE = np.array([1.0, 0.3, 4.0], "float32")  # J(w) = sum(CURVATURE * w^2) / 2


def gradient(w):
    return CURVATURE * w


def walked(optimizer):
    """Weights after each of ten steps of a Keras optimizer, `[10, 3]`."""
    variable = keras.Variable(START)
    path = []
    for _ in range(STEPS):
        optimizer.apply([keras.ops.convert_to_tensor(gradient(variable.numpy()))], [variable])
        path.append(variable.numpy().copy())
    return np.array(path)


def course(step):
    """The same by a function of (w, g, t) with its own memory, in float64."""
    w, path = START.astype("float64"), []
    for t in range(1, STEPS + 1):
        w = step(w, gradient(w), t)
        path.append(w)
    return np.array(path)


def adam_of_the_course(alpha, beta_1, beta_2, epsilon):
    memory = {"v": 0.0, "s": 0.0}

    def step(w, g, t):
        memory["v"] = beta_1 * memory["v"] + (1 - beta_1) * g
        memory["s"] = beta_2 * memory["s"] + (1 - beta_2) * g**2
        v, s = memory["v"] / (1 - beta_1**t), memory["s"] / (1 - beta_2**t)
        return w - alpha * v / (np.sqrt(s) + epsilon)

    return step


def momentum_of_the_course(alpha, beta):
    memory = {"v": 0.0}

    def step(w, g, t):
        memory["v"] = beta * memory["v"] + (1 - beta) * g
        return w - alpha * memory["v"]

    return step


def root_of_the_course(alpha, epsilon, beta=None):
    memory = {"s": 0.0}

    def step(w, g, t):
        if beta is None:
            memory["s"] = memory["s"] + g**2
        else:
            memory["s"] = beta * memory["s"] + (1 - beta) * g**2
        return w - alpha / np.sqrt(memory["s"] + epsilon) * g

    return step


PATHS = {
    "gradient_descent": (lambda: keras.optimizers.SGD(0.1), lambda w, g, t: w - 0.1 * g),
    "momentum": (lambda: update_rules.momentum(0.3, beta=0.8), momentum_of_the_course(0.3, 0.8)),
    "adagrad": (
        lambda: update_rules.adagrad_from_zero(0.2, epsilon=1e-3),
        root_of_the_course(0.2, 1e-3),
    ),
    "rmsprop": (
        lambda: keras.optimizers.RMSprop(0.05, rho=0.7, epsilon=1e-3),
        root_of_the_course(0.05, 1e-3, 0.7),
    ),
    "adam, ε near 0": (
        lambda: keras.optimizers.Adam(0.05, 0.8, 0.95, 1e-12),
        adam_of_the_course(0.05, 0.8, 0.95, 1e-12),
    ),
}


@pytest.mark.parametrize("name", PATHS)
def test_ten_steps_reach_the_weights_of_the_courses_equations(name):
    make, step = PATHS[name]
    np.testing.assert_allclose(walked(make()), course(step), atol=1e-6)


def test_adams_epsilon_counts_more_in_keras_and_by_how_much_is_known():
    alpha, beta_2, epsilon = 0.05, 0.95, 0.1
    ours = walked(keras.optimizers.Adam(alpha, 0.8, beta_2, epsilon))
    theirs = course(adam_of_the_course(alpha, 0.8, beta_2, epsilon))
    assert np.abs(ours - theirs).max() > 1e-2
    # At the first step both means are the gradient, so the change is α g / (|g| + ε / √(1 - β₂)).
    g = gradient(START)
    first = START - alpha * g / (np.abs(g) + epsilon / np.sqrt(1 - beta_2))
    np.testing.assert_allclose(ours[0], first, atol=1e-6)


# Rule of the course -> the optimizer that its line on Keras names, by the course's numbers.
KERAS = {
    "gradient_descent": keras.optimizers.SGD,
    "momentum": update_rules.momentum,
    "adagrad": update_rules.adagrad_from_zero,
    "rmsprop": lambda beta, **numbers: keras.optimizers.RMSprop(rho=beta, **numbers),
    "adam": keras.optimizers.Adam,
}


@pytest.mark.parametrize("name", sorted(RULES))
def test_what_explain_shows_is_the_path_of_the_keras_optimizer(name):
    rule = RULES[name]
    numbers = dict(rule.defaults)
    if name == "adam":  # float32 knows 1 - 0.999 to five digits only
        numbers |= {"beta_2": 0.95, "epsilon": 1e-12}
    optimizer = KERAS[name](**numbers)
    shown = [
        s.weight for s in islice(rule.walk(lambda w: float(CURVATURE[0]) * w, 1.0, numbers), STEPS)
    ]
    np.testing.assert_allclose(walked(optimizer)[:, 0], shown, atol=1e-6)
