"""Grad-CAM: equal to CAM where the net allows that, to differences elsewhere, and in any model."""

import keras
import numpy as np
import pytest
from keras import ops

from dlsuite.inspection import NothingToShow, explained_stage, grad_cam, stage_heat
from dlsuite.inspection.listening import stages
from dlsuite.models import alexnet, cifar_resnet, googlenet, lenet5, mlp, squeezenet, vgg


def pictures(*shape):
    return np.random.default_rng(1).random(shape).astype("float32")


def pooled_net(side=6, maps=4, classes=3):
    """A convolution with a rectifier, global average pooling and a dense layer."""
    inputs = keras.Input((side, side, 2))
    x = keras.layers.Conv2D(maps, 3, padding="same", activation="relu", name="maps")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="output")(x))


def convolved(x, kernel, bias):
    """`same` convolution of odd kernels, by loops."""
    size = kernel.shape[0]
    padded = np.pad(x, ((0, 0), (size // 2,) * 2, (size // 2,) * 2, (0, 0)))
    height, width = x.shape[1:3]
    out = np.zeros((len(x), height, width, kernel.shape[-1]))
    for row in range(height):
        for column in range(width):
            field = padded[:, row : row + size, column : column + size]
            out[:, row, column] = np.einsum("bhwc,hwck->bk", field, kernel) + bias
    return out


def test_before_global_average_pooling_it_is_the_class_activation_map_over_the_positions():
    """Zhou et al. 2016, equation 2: the maps weighed by the class's own weights."""
    model, x, units = pooled_net(), pictures(3, 6, 6, 2), [2, 0, 1]
    kernel, bias, dense, _ = (np.asarray(weight, float) for weight in model.get_weights())
    maps = np.maximum(convolved(x, kernel, bias), 0)  # [B, h, w, C]
    cam = np.einsum("bhwc,cb->bhw", maps, dense[:, units])
    np.testing.assert_allclose(
        stage_heat(model, x, units), np.maximum(cam, 0) / 36, rtol=1e-5, atol=1e-7
    )


def test_its_weights_are_the_slopes_that_differences_give():
    """Two dense layers and a tanh behind the maps: no closed form, so each map is moved."""
    inputs, maps = keras.Input((5, 5, 1)), 3
    x = keras.layers.Conv2D(maps, 3, activation="tanh", name="maps")(inputs)
    x = keras.layers.Dense(6, activation="tanh", name="hidden")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, keras.layers.Dense(2, name="output")(x))
    image = pictures(1, 5, 5, 1)
    kernel, bias, *_ = model.get_weights()
    found = np.tanh(convolved(image, kernel, bias))[0, 1:-1, 1:-1]  # [3, 3, C]
    hidden, hidden_bias, output, output_bias = (
        np.asarray(weight, float) for weight in model.get_weights()[2:]
    )

    def score(activations):
        return (np.tanh(activations.ravel() @ hidden + hidden_bias) @ output + output_bias)[1]

    step, weights = 1e-5, np.zeros(maps)
    for place in np.ndindex(found.shape):
        moved = np.zeros_like(found)
        moved[place] = step
        slope = (score(found + moved) - score(found - moved)) / (2 * step)
        weights[place[-1]] += slope / 9
    expected = np.maximum(found @ weights, 0)
    assert expected.max() > 0 or (found @ weights).max() <= 0
    np.testing.assert_allclose(stage_heat(model, image, [1])[0], expected, atol=1e-6)


def test_a_net_that_looks_at_one_corner_is_warm_there_and_nowhere_else():
    model = pooled_net(side=16, maps=1, classes=2)
    kernel = np.zeros((3, 3, 2, 1))
    kernel[1, 1, 0] = 1
    model.set_weights([kernel, np.zeros(1), np.array([[1.0, -1.0]]), np.zeros(2)])
    image = np.zeros((1, 16, 16, 2), "float32")
    image[0, :4, 12:, 0] = 1
    for_it, against_it = grad_cam(model, np.repeat(image, 2, axis=0), [0, 1])
    np.testing.assert_allclose(for_it, image[0, ..., 0] / 256, rtol=1e-6)
    assert against_it.max() == 0  # nothing speaks for the other class


def test_heat_has_the_size_of_the_image_whatever_that_of_the_stage():
    model = vgg((32, 64, 3), 4, depth=11, width=0.05)
    x = pictures(2, 32, 64, 3)
    assert stage_heat(model, x, [0, 1]).shape == (2, 2, 4)
    heat = grad_cam(model, x, [0, 1])
    assert heat.shape == (2, 32, 64)
    assert heat.dtype == np.float32
    assert heat.min() >= 0


@pytest.mark.parametrize(
    ("model", "stage", "shape"),
    [
        (lambda: lenet5((32, 32, 1), 3), "c3", (10, 10, 16)),  # c5 has one position
        (lambda: lenet5((32, 32, 1), 3, variant="paper"), "c3", (10, 10, 16)),
        (lambda: vgg((32, 32, 3), 3, depth=11, width=0.05), "conv5_2", (2, 2, 26)),
        (lambda: vgg((32, 32, 1), 3, depth=11, width=0.05, batch_norm=True), "relu5_2", None),
        (lambda: alexnet((67, 67, 1), 3, width=0.05, initialization="he"), "conv5", None),
        (lambda: cifar_resnet((8, 8, 1), 3, width=0.2), "conv4", None),
        # Its auxiliary heads have convolutions of their own.
        (lambda: googlenet((16, 16, 1), 3, width=0.05, stem="small"), "inception_5b", None),
        # Its last convolution gives the class maps: scores, and no features.
        (lambda: squeezenet((47, 47, 1), 3, width=0.1), "fire9", None),
    ],
    ids=["lenet5", "paper", "vgg", "vgg_bn", "alexnet", "resnet", "googlenet", "squeezenet"],
)
def test_the_last_features_before_the_classifier_are_looked_at(model, stage, shape):
    built = model()
    found = explained_stage(stages(built, pictures(1, *built.input_shape[1:])))
    assert found.name == stage
    assert shape in (None, found.shape)


def test_a_net_inside_of_a_net_is_opened():
    inner = pooled_net()
    inputs = keras.Input((6, 6, 2))
    scores = inner(keras.layers.Rescaling(2.0)(inputs))
    outer = keras.Model(inputs, keras.layers.Rescaling(3.0, name="unit")(scores))
    stacked = keras.Sequential([keras.Input((6, 6, 2)), keras.layers.Rescaling(2.0), inner])
    x, name = pictures(2, 6, 6, 2), f"{inner.name}/maps"
    expected = stage_heat(inner, 2 * x, [1, 2])
    np.testing.assert_allclose(stage_heat(outer, x, [1, 2]), 3 * expected, atol=1e-6)
    np.testing.assert_allclose(stage_heat(stacked, x, [1, 2], layer=name), expected, atol=1e-6)


def test_a_stage_that_a_shortcut_passes_by_can_be_named():
    """The score depends on the branch and on the shortcut: the branch's own slope counts."""
    inputs = keras.Input((4, 4, 1))
    first = keras.layers.Conv2D(2, 1, use_bias=False, name="first")(inputs)
    branch = keras.layers.Conv2D(2, 1, use_bias=False, name="branch")(first)
    both = keras.layers.Add(name="both")([first, branch])
    pooled = keras.layers.GlobalAveragePooling2D()(both)
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False, name="output")(pooled))
    first, branch = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 3.0]])
    model.set_weights([first[None, None], branch[None, None], np.array([[1.0], [1.0]])])
    x = pictures(1, 4, 4, 1)
    # Maps of the branch are x and 6x, each with slope 1/16; `first`, x and 2x, has 2/16 and 4/16.
    np.testing.assert_allclose(
        stage_heat(model, x, [0], layer="branch"), 7 / 16 * x[..., 0], rtol=1e-5
    )
    np.testing.assert_allclose(
        stage_heat(model, x, [0], layer="first"), 10 / 16 * x[..., 0], rtol=1e-5
    )


def test_half_precision_gives_the_same_heat_to_its_digits():
    exact = pooled_net(side=24)
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = pooled_net(side=24)
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(exact.get_weights())
    x = pictures(2, 24, 24, 2)
    expected = stage_heat(exact, x, [0, 1])
    heat = stage_heat(half, x, [0, 1])
    assert heat.dtype == np.float32
    np.testing.assert_allclose(heat, expected, atol=4e-3 * expected.max())


def test_pieces_of_a_batch_give_what_the_whole_gives(monkeypatch):
    model, x = pooled_net(), pictures(5, 6, 6, 2)
    whole = stage_heat(model, x, [0, 1, 2, 1, 0])
    monkeypatch.setattr("dlsuite.inspection.listening.BUDGET", 2000)
    np.testing.assert_allclose(stage_heat(model, x, [0, 1, 2, 1, 0]), whole, rtol=1e-5)


def test_the_model_is_left_as_it_was():
    model, x = pooled_net(), pictures(2, 6, 6, 2)
    before = [dict(vars(layer)) for layer in model.layers]
    grad_cam(model, x, [0, 1])
    assert [vars(layer).keys() for layer in model.layers] == [kept.keys() for kept in before]
    with pytest.raises(ValueError, match="Received: 0 to 9 for outputs"):
        grad_cam(model, x, [0, 9])
    assert "call" not in vars(model.get_layer("maps"))


def test_a_net_without_maps_has_nothing_to_show():
    with pytest.raises(NothingToShow, match="Received: mlp, which has none"):
        grad_cam(mlp((4, 4, 1), 2), pictures(1, 4, 4, 1), [0])
    with pytest.raises(NothingToShow, match=r"Received: c5, which gives \[None, 1, 1, 120\]"):
        grad_cam(lenet5((32, 32, 1), 2), pictures(1, 32, 32, 1), [0], layer="c5")


def test_a_net_of_class_maps_alone_is_explained_by_them():
    inputs = keras.Input((4, 4, 1))
    maps = keras.layers.Conv2D(2, 3, padding="same", name="classes")(inputs)
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))
    x = pictures(1, 4, 4, 1)
    expected = np.maximum(ops.convert_to_numpy(model.get_layer("classes")(x))[..., 1], 0) / 16
    np.testing.assert_allclose(stage_heat(model, x, [1]), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("count", "units", "layer", "message"),
    [
        (2, [0], None, r"Received: images \[2, 6, 6, 2\], units \[1\]"),
        (0, [], None, r"Received: images \[0, 6, 6, 2\], units \[0\]"),
        (1, [-1], None, "Received: -1 to -1 for outputs"),
        (1, [0], "nowhere", "must be one of maps. Received: nowhere"),
    ],
)
def test_what_does_not_fit_is_refused(count, units, layer, message):
    with pytest.raises(ValueError, match=message):
        stage_heat(pooled_net(), pictures(count, 6, 6, 2), units, layer=layer)
