"""First filters as pictures: colours, channels, groups, units of a dense layer."""

import keras
import numpy as np
import pytest

from dlsuite.inspection import NothingToShow, first_filters
from dlsuite.layers import CaffePixels
from dlsuite.models import lenet5, mlp


def net(layer, *shape):
    inputs = keras.Input(shape)
    x = keras.layers.GlobalAveragePooling2D()(layer(inputs))
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def weights(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_each_filter_is_scaled_by_its_largest_weight_with_zero_in_the_middle():
    model = net(keras.layers.Conv2D(2, (1, 2), use_bias=False, name="first"), 4, 4, 1)
    kernel = np.array([[[[4.0, 0.5]], [[-2.0, 0.0]]]])  # [1, 2, 1, 2]
    model.layers[1].set_weights([kernel])
    filters = first_filters(model)
    assert filters.layer == "first"
    np.testing.assert_allclose(filters.largest, [4, 0.5])
    np.testing.assert_allclose(filters.pictures[..., 0], [[[[1, 0.25]]], [[[1, 0.5]]]])


def test_three_channels_are_colours():
    model, kernel = net(keras.layers.Conv2D(5, 3, use_bias=False), 8, 8, 3), weights(3, 3, 3, 5)
    model.layers[1].set_weights([kernel])
    pictures = first_filters(model).pictures
    assert pictures.shape == (5, 1, 3, 3, 3)
    one = kernel[..., 4]
    np.testing.assert_allclose(pictures[4, 0], 0.5 + one / np.abs(one).max() / 2, rtol=1e-6)


def test_a_filter_of_red_is_red_where_the_net_has_blue_first():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(1, 3, use_bias=False, name="first")(CaffePixels()(inputs))
    model = keras.Model(inputs, x)
    red = np.zeros((3, 3, 3, 1))
    red[:, :, 2] = 1  # blue, green, red
    model.get_layer("first").set_weights([red])
    pictures = first_filters(model).pictures  # [1, 1, 3, 3, 3]
    np.testing.assert_array_equal(pictures[0, 0, 1, 1], [1, 0.5, 0.5])


def test_other_channels_stand_side_by_side():
    model, kernel = net(keras.layers.Conv2D(2, 3, use_bias=False), 8, 8, 4), weights(3, 3, 4, 2)
    model.layers[1].set_weights([kernel])
    pictures = first_filters(model).pictures
    assert pictures.shape == (2, 4, 3, 3, 1)
    largest = np.abs(kernel[..., 1]).max()
    np.testing.assert_allclose(pictures[1, 2, ..., 0], 0.5 + kernel[..., 2, 1] / largest / 2)


@pytest.mark.parametrize(
    ("layer", "channels", "shape"),
    [
        # Two groups of three channels: not red, green and blue.
        (lambda: keras.layers.Conv2D(4, 3, groups=2), 6, (4, 3, 3, 3, 1)),
        (lambda: keras.layers.Conv2D(6, 3, groups=3), 3, (6, 1, 3, 3, 1)),
        (lambda: keras.layers.DepthwiseConv2D(3, depth_multiplier=2), 3, (6, 1, 3, 3, 1)),
        (lambda: keras.layers.SeparableConv2D(5, 3), 3, (3, 1, 3, 3, 1)),
    ],
)
def test_a_filter_shows_the_channels_that_it_sees(layer, channels, shape):
    assert first_filters(net(layer(), 8, 8, channels)).pictures.shape == shape


def test_units_of_a_dense_layer_on_pictures_are_pictures():
    model = mlp((4, 5, 1), 3, hidden=(7,))
    kernel = weights(20, 7)
    model.get_layer("hidden_1").set_weights([kernel, np.zeros(7)])
    filters = first_filters(model)
    assert filters.layer == "hidden_1"
    expected = 0.5 + kernel[:, 6].reshape(4, 5) / np.abs(kernel[:, 6]).max() / 2
    np.testing.assert_allclose(filters.pictures[6, 0, ..., 0], expected, rtol=1e-6)


def test_a_filter_without_weights_is_grey():
    model = net(keras.layers.Conv2D(1, 3, kernel_initializer="zeros"), 8, 8, 1)
    assert (first_filters(model).pictures == 0.5).all()


def test_the_net_may_stand_in_another():
    inner = lenet5((32, 32, 1), 3)
    outer = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Rescaling(1 / 255), inner])
    assert first_filters(outer).layer == "lenet5/c1"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: net(keras.layers.Conv2D(2, 1, name="one"), 4, 4, 3), "one .*, whose kernels are"),
        (lambda: mlp((6,), 2), "hidden_1 of mlp, a Dense"),
        (lambda: keras.Sequential([keras.Input((3,)), keras.layers.ReLU()], name="s"), "s, which"),
    ],
)
def test_where_there_is_nothing_to_see_it_is_said(model, message):
    with pytest.raises(NothingToShow, match=f"Received: {message}"):
        first_filters(model())
