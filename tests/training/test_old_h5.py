"""Files of weights as Keras 1 and 2 wrote them."""

import h5py
import numpy as np
import pytest

from dlsuite.models import mlp, squeezenet
from dlsuite.training.taking_over import take_over
from dlsuite.training.weights_file import WeightsError


def written(path, layers, *, inside="", parts=False):
    """A file of layers `{name: {array's name: array}}`; long lists were cut into parts."""
    with h5py.File(path, "w") as file:
        root = file.create_group(inside) if inside else file
        names = [name.encode() for name in layers]
        if parts:
            root.attrs["layer_names0"], root.attrs["layer_names1"] = names[:1], names[1:]
        else:
            root.attrs["layer_names"] = names
        for name, arrays in layers.items():
            group = root.create_group(name)
            group.attrs["weight_names"] = [key.encode() for key in arrays]
            for key, array in arrays.items():
                group[key] = array
    return path


def two_layers(rng):
    """Of an mlp of 6, 5 and 3 units; arrays are in no alphabetical order."""
    return {
        "input_1": {},
        "hidden_1": {"w:0": rng.normal(size=(6, 5)), "a/bias:0": rng.normal(size=5)},
        "output": {"w:0": rng.normal(size=(5, 3)), "bias:0": rng.normal(size=3)},
    }


@pytest.mark.parametrize(
    "form", [{}, {"inside": "model_weights"}, {"parts": True}], ids=["weights", "model", "long"]
)
def test_layers_are_matched_by_name_and_arrays_by_their_listed_order(form, tmp_path):
    layers = two_layers(np.random.default_rng(0))
    model = mlp((6,), 3, hidden=(5,))
    taken = take_over(model, written(tmp_path / "old.h5", layers, **form))
    assert taken.share == 1
    for name in ("hidden_1", "output"):
        for mine, theirs in zip(
            model.get_layer(name).get_weights(), layers[name].values(), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs.astype("float32"))


def test_a_slash_in_a_name_is_our_underscore_and_the_head_is_new(tmp_path):
    rng = np.random.default_rng(0)
    model = squeezenet((40, 40, 3), 4, width=0.1, pixels="caffe")
    layers = {}
    for layer in model.layers:
        if layer.weights and layer.name != "conv10":
            name = layer.name.replace("_", "/", 1)
            shapes = [weight.shape for weight in layer.weights]
            layers[name] = {
                f"uniform{len(layers)}": rng.normal(size=shapes[0]),
                f"{name}_b": rng.normal(size=shapes[1]),
            }
    assert "fire2/squeeze1x1" in layers
    taken = take_over(model, written(tmp_path / "notop.h5", layers))
    assert taken.new == {"conv10": "not in it"}
    assert len(taken.layers) == 25
    kernel = layers["fire9/expand3x3"]["uniform24"]
    np.testing.assert_array_equal(
        model.get_layer("fire9_expand3x3").get_weights()[0], kernel.astype("float32")
    )


def test_a_file_of_another_net_is_refused_with_what_differs(tmp_path):
    path = written(tmp_path / "old.h5", two_layers(np.random.default_rng(0)))
    with pytest.raises(WeightsError, match=r"hidden_1 is 6x7 and 7 here and 6x5 and 5 in the file"):
        take_over(mlp((6,), 3, hidden=(7,)), path)
