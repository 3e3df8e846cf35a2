"""The feedforward network: what it computes, counts, and starts from."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

from dlsuite.models import mlp
from dlsuite.models.mlp import known_activation

COURSE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0),
}


@pytest.mark.parametrize("activation", COURSE)
def test_forward_pass_is_the_one_of_the_course(activation: str) -> None:
    model = mlp((2, 3), 4, hidden=(5, 3), activation=activation)
    x = np.random.default_rng(0).normal(size=(7, 2, 3)).astype("float32")
    b = x.reshape(7, 6)
    for name in ("hidden_1", "hidden_2"):
        kernel, bias = model.get_layer(name).get_weights()
        b = COURSE[activation](b @ kernel + bias)
    kernel, bias = model.get_layer("output").get_weights()
    np.testing.assert_allclose(model(x), b @ kernel + bias, atol=1e-5)


@pytest.mark.parametrize(
    "activation", ["gelu", "selu", "elu", "silu", "softplus", "leaky_relu", "softmax", "mish"]
)
def test_any_activation_of_keras_works(activation: str) -> None:
    answer = mlp((3,), 2, hidden=(4,), activation=activation)(np.ones((1, 3)))
    assert answer.shape == (1, 2)


@pytest.mark.parametrize("name", ["rleu", "get", "serialize", "threshold", "__name__"])
def test_an_activation_that_keras_lacks_is_refused_with_the_ones_it_has(name: str) -> None:
    with pytest.raises(ValueError, match=rf"one of .*'relu'.*'sigmoid'.*Received: '{name}'"):
        mlp((3,), 2, activation=name)


def test_every_activation_that_is_called_known_can_be_used() -> None:
    names = [n for n in dir(keras.activations) if not n.startswith("_")]
    for name in names:
        if name not in {"deserialize", "get", "serialize", "threshold"}:
            assert known_activation(name) == name
            assert keras.activations.get(name)(keras.ops.ones((1, 4))) is not None


def test_parameters_of_784_128_64_10_are_109386() -> None:
    # 784*128 + 128, 128*64 + 64, 64*10 + 10
    assert mlp((28, 28, 1), 10).count_params() == 100_480 + 8_256 + 650


def test_batch_norm_stands_in_for_the_bias_and_dropout_adds_nothing() -> None:
    model = mlp((4,), 3, hidden=(8,), batch_norm=True, dropout=0.5)
    trainable = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert trainable == 4 * 8 + 2 * 8 + 8 * 3 + 3  # kernel, gamma and beta, output


def test_no_hidden_layer_is_a_linear_model() -> None:
    model = mlp((4,), 1, hidden=())
    assert [w.path for w in model.weights] == ["output/kernel", "output/bias"]


def test_regression_gives_one_number_an_example() -> None:
    assert mlp((13,), 1)(np.zeros((5, 13))).shape == (5, 1)


def test_dropout_acts_in_training_alone() -> None:
    model = mlp((6,), 2, hidden=(50,), dropout=0.5)
    x = np.ones((1, 6))
    still = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_array_equal(still, model(x))
    assert not np.allclose(still, model(x, training=True))


@pytest.mark.parametrize(
    ("activation", "variance"),
    [("relu", 2 / 400), ("tanh", 2 / 500), ("sigmoid", 2 / 500), ("selu", 1 / 400)],
)
def test_kernels_start_at_the_scale_that_suits_the_activation(
    activation: str, variance: float
) -> None:
    # He 2 / fan_in, Glorot 2 / (fan_in + fan_out), LeCun 1 / fan_in.
    model = mlp((400,), 2, hidden=(100,), activation=activation)
    kernel = model.get_layer("hidden_1").get_weights()[0]
    assert kernel.var() == pytest.approx(variance, rel=0.05)


def test_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be known.*\(None, 3\)"):
        mlp((None, 3), 2)  # type: ignore[arg-type]
