"""Weights go through a file unchanged, and only those of the same model are taken."""

import h5py
import keras
import numpy as np
import pytest

from dlsuite.models import mlp
from dlsuite.training.weights_file import (
    WeightsError,
    entries,
    layer_entries,
    load_weights,
    own_file,
    save_weights,
)


def trained(width=5):
    """Compiled, with optimizer state and moving statistics."""
    model = mlp((4,), 3, hidden=(width,), batch_norm=True, dropout=0.1)
    model.compile("adam", "mse", metrics=["mae"])
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(8, 4)), generator.normal(size=(8, 3))
    model.fit(x, y, verbose=0)
    return model


def unnamed():
    """Layers whose names Keras made up, one inside another, one held by a wrapper."""
    inputs = keras.Input((6,))
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6)])
    x = keras.layers.Reshape((2, 3))(inner(inputs))
    x = keras.layers.Bidirectional(keras.layers.GRU(2))(x)
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dense(3)(x)))


def same(first, second):
    return all(
        (a.numpy() == b.numpy()).all() for a, b in zip(first.weights, second.weights, strict=True)
    )


@pytest.mark.parametrize("make", [trained, unnamed])
def test_what_is_saved_is_loaded_bit_for_bit(make, tmp_path):
    before, after = make(), make()
    for variable in before.trainable_variables:
        variable.assign(np.random.default_rng(1).normal(size=variable.shape))
    path = tmp_path / "model.weights.h5"
    save_weights(before, path)
    load_weights(after, path)
    assert same(before, after)


def test_the_state_of_optimizers_stays_behind_and_that_of_a_plain_keras_file_is_passed_over(
    tmp_path,
):
    model = trained()
    ours, kerases = tmp_path / "ours.weights.h5", tmp_path / "keras.weights.h5"
    save_weights(model, ours)
    model.save_weights(kerases)
    with h5py.File(ours) as file:
        assert set(file) == {"layers", "vars"}
    fresh = mlp((4,), 3, hidden=(5,), batch_norm=True)
    load_weights(fresh, kerases)
    assert same(model, fresh)
    fresh.load_weights(ours)  # Keras itself reads it too
    assert same(model, fresh)


def test_layers_are_known_by_their_paths_of_names():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="hidden")], name="body")
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(3)(inner(inputs)))
    with own_file(model) as file:
        assert set(layer_entries(model, file)) == {"body/hidden", "dense"}
        assert entries(file)["body/hidden"].shapes == ((4, 2), (2,))
        assert entries(file)["body/hidden"].count == 10


def test_a_model_whose_weight_is_its_own_is_saved_too(tmp_path):
    class Canvas(keras.Model):
        def __init__(self):
            super().__init__()
            self.picture = self.add_weight(shape=(2, 2), initializer="ones")
            self.mean = keras.metrics.Mean("mean")

        def call(self, x):
            return self.picture + 0.0 * x

    first, second = Canvas(), Canvas()
    first.picture.assign([[1, 2], [3, 4]])
    for model in (first, second):
        model(np.zeros((2, 2)))
        model.compile("sgd")
    path = tmp_path / "canvas.weights.h5"
    save_weights(first, path)
    load_weights(second, path)
    assert second.picture.numpy().tolist() == [[1, 2], [3, 4]]


def test_another_model_is_refused_with_what_differs(tmp_path):
    path = tmp_path / "model.weights.h5"
    save_weights(trained(), path)
    other = mlp((4,), 3, hidden=(6, 2), batch_norm=False)
    with pytest.raises(WeightsError) as refused:
        load_weights(other, path)
    text = str(refused.value)
    for words in (
        "hidden_1 is 4x6 and 6 here and 4x5 in the file",
        "hidden_2 6x2 and 2 is not in the file",
        "the file has batch_norm_1 5 and 5 and 5 and 5",
    ):
        assert words in text


def test_missing_and_damaged_files_are_refused(tmp_path):
    path = tmp_path / "model.weights.h5"
    with pytest.raises(WeightsError, match="there is no file at"):
        load_weights(trained(), path)
    path.write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="cannot be read as a file of weights"):
        load_weights(trained(), path)
