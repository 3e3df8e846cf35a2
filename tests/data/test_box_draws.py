"""What moves boxes draws by seed and step alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.augment import augmenter
from dlsuite.layers import ColorJitter, Mosaic, RandomScaleCrop
from tests.data.drawn_boxes import Y, drawn, steps

LAYERS = {
    "rotation": lambda: [keras.layers.RandomRotation(0.5)],
    "all": lambda: [
        Mosaic(),
        RandomScaleCrop(),
        keras.layers.RandomFlip(),
        keras.layers.MixUp(),
        ColorJitter(),
    ],
}


def apart(layers, seed, step):
    """(x, y) of one step, outside of any graph."""
    batch = tf.nest.map_structure(tf.constant, (drawn(), Y))
    return augmenter(layers, seed)(batch, tf.constant(step, tf.int64))


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_a_step_is_the_same_whatever_came_before_in_a_graph_and_outside(make):
    layers = make()
    whole = steps(layers, 0, 3, seed=3)
    begun_later = steps(make(), 2, 3, seed=3)[0]
    tf.nest.map_structure(np.testing.assert_array_equal, begun_later, whole[2])  # to the bit
    for alone in (apart(make(), 3, 2), apart(layers, 3, 2)):
        tf.nest.map_structure(
            lambda one, other: np.testing.assert_allclose(one, other, atol=2e-3), alone, whole[2]
        )
    assert np.abs(whole[0][0] - whole[2][0]).max() > 0.01
    assert np.abs(whole[2][0] - np.asarray(apart(make(), 4, 2)[0])).max() > 0.01
