"""The door to derivatives, and the check that finds wrong ones."""

from collections.abc import Iterator

import keras
import numpy as np
import pytest
from keras import ops

from dlsuite.training.gradients import (
    gradient_check,
    gradient_on_the_way,
    value_and_gradients,
)


@pytest.fixture
def float64() -> Iterator[None]:
    keras.config.set_dtype_policy("float64")
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")


def test_gradient_of_a_product_by_hand() -> None:
    x, y = keras.Variable(3.0), keras.Variable(5.0)
    value, (to_x, to_y) = value_and_gradients(lambda: x * x * y, [x, y])
    assert (float(value), float(to_x), float(to_y)) == (45.0, 30.0, 9.0)  # x²y, 2xy, x²


def test_the_slope_at_what_was_computed_on_the_way_by_hand() -> None:
    x, count = keras.Variable(3.0), ops.array(7)  # whole numbers have no slope

    def function():
        square = x * x
        return square * square * x, square

    value, square, slope = gradient_on_the_way(function, [x, count])
    # x enters by the square, 2 * 9 * 3, and past it, which is no part of this slope.
    assert (float(value), float(square), float(slope)) == (243.0, 9.0, 54.0)


def test_a_value_that_does_not_depend_on_what_is_beside_it_has_no_slope_there() -> None:
    x = keras.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match="depends on the tensor beside it"):
        gradient_on_the_way(lambda: (ops.sum(x * 1.0), x * 2.0), [x])
    with pytest.raises(ValueError, match=r"must return a scalar\. Received: shape=\(2,\)"):
        gradient_on_the_way(lambda: (x * 1.0, x * 2.0), [x])


def test_tensors_are_differentiated_like_variables() -> None:
    image = ops.array([[1.0, 2.0]])
    _, (gradient,) = value_and_gradients(lambda: ops.sum(image**3), [image])
    np.testing.assert_allclose(gradient, [[3.0, 12.0]])


def test_no_dependence_is_a_gradient_of_zero() -> None:
    x, y = keras.Variable(3.0), keras.Variable([5.0, 6.0])
    _, (_, to_y) = value_and_gradients(lambda: x * 2, [x, y])
    np.testing.assert_array_equal(to_y, [0, 0])


def test_gradients_of_an_embedding_are_dense() -> None:
    layer = keras.layers.Embedding(3, 2)
    layer.build()
    _, (gradient,) = value_and_gradients(
        lambda: ops.sum(layer(np.array([2, 0, 2]))), layer.trainable_weights
    )
    np.testing.assert_array_equal(gradient, [[1, 1], [0, 0], [2, 2]])


def test_more_than_one_number_is_refused() -> None:
    x = keras.Variable([1.0, 2.0])
    with pytest.raises(ValueError, match=r"scalar. Received: shape=\(2,\)"):
        value_and_gradients(lambda: x * 2, [x])


def test_a_right_gradient_passes_and_nothing_is_left_moved(float64: None) -> None:
    layer = keras.layers.Dense(3, activation="tanh", name="dense")
    layer.build((None, 4))
    before = layer.get_weights()
    errors = gradient_check(layer, np.random.default_rng(0).normal(size=(2, 4)))
    assert set(errors) == {"input_0", "dense/kernel", "dense/bias"}
    assert max(errors.values()) < 1e-8
    for now, then in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_layer_that_is_not_built_yet_is_built_by_the_check(float64: None) -> None:
    errors = gradient_check(keras.layers.Dense(2, name="late"), np.ones((1, 3)))
    assert set(errors) == {"input_0", "late/kernel", "late/bias"}


def test_a_gradient_twice_too_large_is_found(float64: None) -> None:
    @ops.custom_gradient
    def wrong(x):
        def backward(*args, upstream=None):
            return 2 * (args[0] if upstream is None else upstream) * ops.cos(x)

        return ops.sin(x), backward

    errors = gradient_check(wrong, np.array([0.1, 0.7, 1.1]))
    # |numeric - 2 numeric| / (|numeric| + |2 numeric|)
    assert errors["input_0"] == pytest.approx(1 / 3, rel=1e-6)


def test_a_gradient_that_is_cut_off_is_found(float64: None) -> None:
    errors = gradient_check(lambda x: ops.stop_gradient(x) ** 2, np.array([1.0, 2.0]))
    assert errors["input_0"] == pytest.approx(1.0)


def test_what_has_no_influence_has_no_error(float64: None) -> None:
    errors = gradient_check(lambda x, unused: x * 2.0, np.ones(3), np.ones(2))
    assert errors["input_1"] == 0.0


def test_whole_numbers_are_passed_on_and_trees_kept(float64: None) -> None:
    table = keras.layers.Embedding(4, 3, name="table")

    def function(inputs: dict) -> dict:
        return {"a": table(inputs["ids"]), "b": inputs["x"] ** 2}

    errors = gradient_check(function, {"ids": np.array([1, 3]), "x": np.array([0.5])})
    assert list(errors) == ["input_1"]  # a plain function has no weights of its own
    assert errors["input_1"] < 1e-8
    errors = gradient_check(table, np.array([1, 3]))
    assert list(errors) == ["table/embeddings"]
    assert errors["table/embeddings"] < 1e-8


def test_single_precision_is_refused() -> None:
    with pytest.raises(ValueError, match=r"needs float64.*'input_0': 'float32'"):
        gradient_check(lambda x: x, np.ones(2, dtype="float32"))
