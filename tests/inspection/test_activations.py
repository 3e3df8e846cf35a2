"""Statistics of activations: worked by hand, dead and stuck units found exactly."""

import keras
import numpy as np
import pandas as pd
import pytest

from dlsuite.inspection import activation_statistics
from dlsuite.inspection.activations import nonlinearity
from dlsuite.models import googlenet, lenet5, mlp
from dlsuite.models.lenet5 import scaled_tanh


def two_layers(activation="relu"):
    """Three units behind two inputs, and a linear output."""
    inputs = keras.Input((2,))
    x = keras.layers.Dense(3, activation=activation, name="hidden")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1, name="output")(x))
    kernel = np.array([[1.0, 1.0, -1.0], [0.0, 1.0, -1.0]])
    model.set_weights([kernel, np.zeros(3), np.array([[1.0], [1.0], [1.0]]), np.ones(1)])
    return model


# Sums of the hidden units: [1, 3, -3] and [-2, 1, -1].
EXAMPLES = np.array([[1.0, 2.0], [-2.0, 3.0]], "float32")


def rows(model, *batches):
    return activation_statistics(model, batches).set_index("layer")


def test_by_hand():
    table = rows(two_layers(), EXAMPLES)
    values = np.array([[1, 3, 0], [0, 1, 0]])
    hidden, output = table.loc["hidden"], table.loc["output"]
    assert list(table.index) == ["hidden", "output"]
    assert (hidden["nonlinearity"], output["nonlinearity"]) == ("relu", "linear")
    assert (hidden["shape"], hidden["units"], hidden["values"]) == ("3", 3, 6)
    assert hidden["mean"] == pytest.approx(5 / 6)
    assert hidden["std"] == pytest.approx(values.std())
    assert hidden["zeros"] == 3 / 6
    assert hidden["dead"] == 1  # the third; the first answers to one of the two
    assert output["mean"] == pytest.approx((5 + 2) / 2)
    assert output["std"] == pytest.approx(1.5)
    assert pd.isna(output["dead"])
    assert pd.isna(hidden["stuck"])
    assert set(table["examples"]) == {2}


@pytest.mark.parametrize("sizes", [(1, 6), (2, 5), (7,)])
def test_how_examples_are_batched_changes_nothing(sizes, monkeypatch):
    model, x = lenet5((28, 28, 1), 3), np.random.default_rng(0).random((7, 28, 28, 1), "float32")
    whole = activation_statistics(model, [x])
    monkeypatch.setattr("dlsuite.inspection.listening.BUDGET", 100_000)  # 2 of 47,000 bytes each
    batches = np.split(x, np.cumsum(sizes)[:-1])
    pd.testing.assert_frame_equal(activation_statistics(model, batches), whole, rtol=1e-5)


def test_moments_survive_a_large_mean():
    model = two_layers("linear")
    model.layers[1].set_weights([np.eye(2, 3), np.array([1e4, 0, 0])])
    x = np.random.default_rng(0).normal(size=(512, 2)).astype("float32")
    hidden = rows(model, *np.split(x, 16)).loc["hidden"]
    values = np.pad(x.astype(float), ((0, 0), (0, 1))) + np.array((1e4, 0, 0))
    assert hidden["std"] == pytest.approx(values.std(), rel=1e-5)


@pytest.mark.parametrize(("layer", "units"), [("c1", 6), ("c3", 16), ("c5", 120), ("f6", 84)])
def test_planted_dead_units_are_found_exactly(layer, units):
    model = lenet5((28, 28, 1), 3)
    for each in ("c1", "c3", "c5", "f6"):
        kernel, bias = model.get_layer(each).get_weights()
        model.get_layer(each).set_weights([0.1 * abs(kernel), bias])  # every unit answers
    kernel, bias = model.get_layer(layer).get_weights()
    planted = np.arange(units) % 3 == 1
    model.get_layer(layer).set_weights([kernel, np.where(planted, -1e3, bias)])
    x = np.random.default_rng(0).random((4, 28, 28, 1), "float32")
    dead = rows(model, x)["dead"].dropna()
    assert dead.to_dict() == dict.fromkeys(("c1", "c3", "c5", "f6"), 0) | {layer: planted.sum()}


def test_one_answer_at_one_position_to_one_example_is_life():
    inputs = keras.Input((5, 5, 1))
    maps = keras.layers.Conv2D(2, 1, activation="relu", name="maps")(inputs)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
    model.set_weights([np.ones((1, 1, 1, 2)), np.array([-1.0, -2.0])])
    x = np.zeros((3, 5, 5, 1), "float32")
    x[1, 4, 2] = 1.5
    maps = rows(model, x[:1], x[1:]).loc["maps"]
    assert maps["dead"] == 1
    assert maps["zeros"] == pytest.approx(149 / 150)


def test_a_unit_that_is_always_at_a_limit_is_stuck():
    model = two_layers("tanh")
    kernel = np.array([[1.0, 0.1, -1.0], [0.0, 0.1, 0.0]])
    model.layers[1].set_weights([kernel, np.array([9.0, 0.0, 0.0])])
    # tanh of [10, 0.3, -1] and of [7, 0.1, 2]: within 0.02 of 1 past 2.3.
    hidden = rows(model, EXAMPLES).loc["hidden"]
    assert hidden["stuck"] == 1
    assert hidden["saturated"] == pytest.approx(2 / 6)
    assert pd.isna(hidden["dead"])
    half = two_layers("sigmoid")
    half.layers[1].set_weights([kernel, np.array([9.0, 0.0, 0.0])])
    assert rows(half, EXAMPLES).loc["hidden"]["stuck"] == 1  # past 4.6


def test_layers_with_a_kernel_and_nonlinearities_are_looked_at_in_the_order_of_computing():
    table = activation_statistics(mlp((4,), 2, batch_norm=True, dropout=0.2), [np.ones((3, 4))])
    assert list(table["layer"]) == ["hidden_1", "relu_1", "hidden_2", "relu_2", "output"]
    assert list(table["nonlinearity"]) == ["linear", "relu", "linear", "relu", "linear"]
    assert list(table["dead"].isna()) == [True, False, True, False, True]


def test_heads_that_inference_has_no_use_for_are_left_out():
    model = googlenet((16, 16, 1), 3, width=0.05, stem="small")
    table = activation_statistics(model, [np.ones((1, 16, 16, 1), "float32")])
    assert not table["layer"].str.contains("auxiliary").any()
    assert len(table) == 1 + 9 * 6 + 1


def test_what_bends_an_output_is_known_by_name():
    layers = keras.layers
    known = {
        layers.ReLU(): "relu",
        layers.ReLU(negative_slope=0.1): "leaky_relu",
        layers.LeakyReLU(): "leaky_relu",
        layers.Activation("tanh"): "tanh",
        layers.Conv2D(1, 1, activation="silu"): "silu",
        layers.Conv2D(1, 1): "linear",
        layers.Add(): "linear",
    }
    assert [nonlinearity(part) for part in known] == list(known.values())
    inputs = keras.Input((3,))
    bare = keras.Model(inputs, keras.ops.relu(inputs))
    assert nonlinearity(bare.operations[-1]) == "relu"
    paper = lenet5((32, 32, 1), 2, variant="paper")
    squashed = [nonlinearity(paper.get_layer(name)) for name in ("c1", "s2", "c3", "s4", "f6")]
    assert squashed == ["scaled_tanh"] * 5


def test_a_function_of_our_own_is_saturated_at_the_limits_that_it_names():
    inputs = keras.Input((1,))
    squashed = keras.layers.Dense(1, scaled_tanh, kernel_initializer="ones")(inputs)
    batch = np.array([[100.0], [-100.0], [0.0], [1.0]], "float32")  # to 1.7159, -1.7159, 0 and 1
    row = activation_statistics(keras.Model(inputs, squashed), [batch]).iloc[0]
    assert (row["nonlinearity"], row["saturated"], row["stuck"]) == ("scaled_tanh", 0.5, 0)


def test_without_examples_there_is_nothing_to_say():
    with pytest.raises(ValueError, match="at least one example"):
        activation_statistics(two_layers(), [])
