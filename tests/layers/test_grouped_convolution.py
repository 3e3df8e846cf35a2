"""Grouped convolutions against Keras' own, and against one convolution for each group."""

import keras
import numpy as np
import pytest

from dlsuite.layers import GroupedConv2D

STYLE = {"strides": 2, "padding": "same", "activation": "relu", "bias_initializer": "ones"}


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(size=(2, 7, 6, 12)).astype("float32")


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
def test_it_answers_as_keras_own_with_the_same_weights(maps, groups):
    ours = GroupedConv2D(24, 3, groups=groups, **STYLE)
    theirs = keras.layers.Conv2D(24, 3, groups=groups, **STYLE)
    expected_shape = theirs(maps).shape
    ours.build(maps.shape)
    ours.set_weights(theirs.get_weights())
    assert ours.kernel.shape == (3, 3, 12 // groups, 24)
    assert ours.compute_output_shape(maps.shape) == tuple(expected_shape)
    np.testing.assert_allclose(ours(maps), theirs(maps), atol=2e-6)


def test_a_group_sees_its_own_maps_alone(maps):
    layer = GroupedConv2D(4, 1, groups=2)
    layer.build(maps.shape)
    changed = maps.copy()
    changed[..., 6:] += 1.0
    before, after = np.asarray(layer(maps)), np.asarray(layer(changed))
    np.testing.assert_array_equal(before[..., :2], after[..., :2])
    assert (before[..., 2:] != after[..., 2:]).all()


def test_groups_that_do_not_divide_the_maps_are_refused():
    with pytest.raises(ValueError, match="group"):
        GroupedConv2D(4, 1, groups=3)
