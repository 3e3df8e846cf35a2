"""What of another model's weights a model begins with."""

import numpy as np
import pytest

from dlsuite.models import darknet, lenet5, mlp, rcnn
from dlsuite.training.taking_over import take_over
from dlsuite.training.weights_file import WeightsError, save_weights

EIGHT = tuple("01234567")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A net for eight classes, and its file."""
    model = mlp((6,), 8, hidden=(5, 4))
    path = tmp_path_factory.mktemp("kept") / "model.weights.h5"
    save_weights(model, path)
    return model, path


def kernel(model, layer="output"):
    return model.get_layer(layer).kernel.numpy()


def test_the_body_is_taken_and_outputs_are_matched_by_name(kept):
    source, path = kept
    names = ("8", *reversed(EIGHT), "9")
    model = mlp((6,), 10, hidden=(5, 4))
    before = kernel(model)
    taken = take_over(model, path, units=names, their_units=EIGHT)
    assert taken.layers == ("hidden_1", "hidden_2")
    assert (kernel(model, "hidden_1") == kernel(source, "hidden_1")).all()
    assert (kernel(model)[:, 1:9] == kernel(source)[:, ::-1]).all()
    assert (kernel(model)[:, [0, 9]] == before[:, [0, 9]]).all()
    assert taken.units == tuple(reversed(EIGHT))
    assert "output (8, 9 begin anew; kept: 7, 6, 5" in taken.text()


def test_the_same_outputs_are_taken_whole(kept):
    source, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    taken = take_over(model, path, units=EIGHT, their_units=EIGHT)
    assert taken.text() == "3 of 3 layers, 100 % of the weights"
    assert (kernel(model) == kernel(source)).all()


def test_where_names_are_not_known_shapes_decide(kept):
    source, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    take_over(model, path, units=EIGHT)
    assert (kernel(model) == kernel(source)).all()
    model = mlp((6,), 3, hidden=(5, 4))
    taken = take_over(model, path)
    assert taken.new == {"output": "4x3 here, 4x8 there"}


def test_as_many_outputs_of_other_names_begin_anew(kept):
    _, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    before = kernel(model)
    taken = take_over(model, path, units=tuple("abcdefgh"), their_units=EIGHT)
    assert (kernel(model) == before).all()
    assert taken.new == {"output": "its outputs have other names"}


def test_the_same_names_in_another_order_are_sorted(kept):
    source, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    taken = take_over(model, path, units=EIGHT[::-1], their_units=EIGHT)
    assert (kernel(model) == kernel(source)[:, ::-1]).all()
    assert "in another order" in taken.new["output"]


def test_a_layer_of_another_shape_begins_anew_and_is_named(kept):
    _, path = kept
    model = mlp((6,), 8, hidden=(5, 9))
    before = kernel(model, "hidden_2")
    taken = take_over(model, path, units=EIGHT, their_units=EIGHT)
    assert taken.layers == ("hidden_1",)
    assert taken.new["hidden_2"] == "5x9 here, 5x4 there"
    assert taken.new["output"] == "9x8 here, 4x8 there"
    assert (kernel(model, "hidden_2") == before).all()


def test_another_architecture_is_refused_with_what_differs(kept):
    _, path = kept
    model = lenet5((28, 28, 1), 8)
    before = [weight.numpy() for weight in model.weights]
    with pytest.raises(WeightsError, match=r"no layer of the model is in model\.weights\.h5: c1 5"):
        take_over(model, path, units=EIGHT, their_units=EIGHT)
    for weight, was in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), was)


def test_a_linear_model_is_all_head(tmp_path):
    source, path = mlp((6,), 3, hidden=()), tmp_path / "linear.weights.h5"
    save_weights(source, path)
    model = mlp((6,), 3, hidden=())
    assert take_over(model, path, units="abc", their_units="abc").share == 1
    assert take_over(model, path, units="abd", their_units="abc").units == ("a", "b")
    with pytest.raises(WeightsError, match=r"nothing of linear\.weights\.h5 fits"):
        take_over(mlp((9,), 3, hidden=()), path, units="xyz", their_units="abc")


def test_the_optimizer_of_a_compiled_model_stays_as_it_was(kept):
    _, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    model.compile("adam", "mse")
    take_over(model, path)
    assert int(model.optimizer.iterations) == 0
    model.fit(np.zeros((4, 6)), np.zeros((4, 8)), verbose=0)


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        ("fedcba", "its features were in another order there"),
        ("abcdeg", "its features differ, only here: f; only there: g"),
    ],
)
def test_a_first_layer_for_other_features_begins_anew(kept, theirs, why):
    source, path = kept
    model = mlp((6,), 8, hidden=(5, 4))
    before = kernel(model, "hidden_1")
    names = {"units": EIGHT, "their_units": EIGHT, "features": tuple("abcdef")}
    taken = take_over(model, path, **names, their_features=tuple(theirs))
    assert (kernel(model, "hidden_1") == before).all()
    assert (kernel(model, "hidden_2") == kernel(source, "hidden_2")).all()
    assert taken.new == {"hidden_1": why}
    same = take_over(model, path, **names, their_features=tuple("abcdef"))
    assert same.layers[0] == "hidden_1"


def test_a_linear_model_of_other_features_has_nothing_to_give(tmp_path):
    path = tmp_path / "linear.weights.h5"
    save_weights(mlp((2,), 3, hidden=()), path)
    with pytest.raises(WeightsError, match="in another order there"):
        take_over(mlp((2,), 3, hidden=()), path, features="ab", their_features="ba")


def test_a_net_inside_of_the_model_is_taken_by_the_names_of_its_layers(tmp_path):
    plain = darknet((32, 32, 3), 5, width=0.125)
    save_weights(plain, tmp_path / "plain.weights.h5")
    backbone = darknet((64, 64, 3), 5, width=0.125)
    model = rcnn((64, 64, 3), 2, backbone=backbone, crop=32)
    taken = take_over(model, tmp_path / "plain.weights.h5")
    names = {layer.name for layer in plain.layers if layer.weights}
    assert {path.rpartition("/")[2] for path in taken.layers} == names - {"output"}
    assert {path.rpartition("/")[2] for path in taken.new} == {"class", "box"}
    for layer in model.head.layers:
        if layer.name in names:
            theirs = plain.get_layer(layer.name).get_weights()
            for mine, other in zip(layer.get_weights(), theirs, strict=True):
                np.testing.assert_array_equal(mine, other)
