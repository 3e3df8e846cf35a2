"""Pictures brought to one size: means where they shrink, the very pixels where nothing changes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import Resized

LINES = np.zeros((1, 50, 50, 1), "float32")
LINES[:, ::2] = 1


def test_fine_lines_become_grey_and_not_coarse_lines():
    np.testing.assert_allclose(Resized(10, 10)(LINES), 0.5, atol=0.06)
    every_fifth = np.asarray(keras.layers.Resizing(10, 10)(LINES))
    assert np.ptp(every_fifth) > 0.9  # what Keras does by default


def test_a_picture_of_that_size_stays_as_it_is_whether_its_size_is_known_before_or_not():
    layer = Resized(50, 50)
    np.testing.assert_array_equal(layer(LINES), LINES)
    of_any_size = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 1))])
    np.testing.assert_allclose(of_any_size(LINES), LINES, atol=1e-6)


@pytest.mark.parametrize("size", [(10, 10), (10, 80), (80, 10), (80, 80)])
def test_a_size_known_only_when_the_graph_runs_makes_no_difference(size):
    layer = Resized(*size, crop=True)
    of_any_size = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 1))])
    np.testing.assert_allclose(of_any_size(LINES), layer(LINES), atol=1e-6)
    assert of_any_size(LINES).shape == (1, *size, 1)
