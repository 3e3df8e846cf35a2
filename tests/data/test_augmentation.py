"""Augmentation: draws that depend on (seed, step) alone, for Keras' own layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.augment import augmenter
from dlsuite.layers import RandomPaddedCrop

IMAGES = tf.constant(np.random.default_rng(0).random((8, 12, 12, 3)), tf.float32)
IN_RANGE = {"value_range": (0, 1)}


def steps(layers, seed: int, first: int, last: int) -> np.ndarray:
    """Augmented images of steps `first` to `last`, `[S, B, H, W, C]`."""
    augment = augmenter(layers, seed)
    dataset = tf.data.Dataset.range(first, last).map(
        lambda step: augment((IMAGES,), step)[0], num_parallel_calls=2
    )
    return np.stack([images.numpy() for images in dataset])


@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.layers.RandomFlip(),
        lambda: keras.layers.RandomRotation(0.2),
        lambda: keras.layers.RandomZoom(0.3),
        lambda: keras.layers.RandomBrightness(0.5, **IN_RANGE),
        lambda: keras.layers.RandomContrast(0.5, **IN_RANGE),
        lambda: keras.layers.RandomErasing(1.0, **IN_RANGE),
        lambda: keras.layers.RandomGrayscale(0.5),
        lambda: keras.layers.RandAugment(**IN_RANGE),
        lambda: keras.layers.GaussianNoise(0.1),
        lambda: RandomPaddedCrop(2),
        lambda: keras.layers.MixUp(),
        lambda: keras.layers.CutMix(),
    ],
    ids=lambda make: type(make()).__name__,
)
def test_a_step_is_the_same_whatever_came_before(make):
    all_steps = steps([make()], 3, 0, 5)
    np.testing.assert_array_equal(steps([make()], 3, 2, 5), all_steps[2:])
    assert not np.array_equal(all_steps[0], all_steps[1])


def test_layers_inside_a_model_are_found():
    def nested():
        flip = keras.layers.RandomFlip()
        return [keras.Sequential([keras.layers.Pipeline([flip]), keras.layers.Dropout(0.5)])]

    np.testing.assert_array_equal(steps(nested(), 0, 1, 3), steps(nested(), 0, 0, 3)[1:])


def test_two_equal_layers_draw_apart():
    noise = [keras.layers.GaussianNoise(1.0), keras.layers.GaussianNoise(1.0)]
    both = steps(noise, 0, 0, 1)[0] - IMAGES.numpy()
    # The sum of two independent draws has a standard deviation of √2, of one draw twice, 2.
    assert both.std() == pytest.approx(np.sqrt(2), rel=0.05)


def test_a_layer_named_twice_draws_for_both():
    noise = keras.layers.GaussianNoise(1.0)
    both = steps([noise, noise], 0, 0, 1)[0] - IMAGES.numpy()
    assert both.std() == pytest.approx(np.sqrt(2), rel=0.05)


def test_another_seed_draws_otherwise():
    flip = [keras.layers.RandomFlip()]
    assert not np.array_equal(steps(flip, 0, 0, 4), steps(flip, 1, 0, 4))


def test_the_layers_own_counters_stay_where_they_were():
    layer = keras.layers.RandomFlip(seed=5)
    before = layer.generator.state.numpy()
    steps([layer], 0, 0, 3)
    np.testing.assert_array_equal(layer.generator.state.numpy(), before)


def test_a_layer_that_changes_the_shape_is_refused():
    message = r"keep the shape.*Received: CenterCrop, from \[8, 12, 12, 3\] to \[8, 6, 6, 3\]"
    with pytest.raises(ValueError, match=message):
        steps([keras.layers.CenterCrop(6, 6)], 0, 0, 1)


@pytest.mark.parametrize(
    ("make", "channels"),
    [
        (lambda: keras.layers.RandomHue(0.2, **IN_RANGE), 1),
        (lambda: keras.layers.RandomSaturation(0.2), 1),
        (lambda: keras.layers.RandAugment(**IN_RANGE), 2),
    ],
    ids=["hue", "saturation", "many"],
)
def test_a_change_of_colour_that_images_do_not_have_is_refused_by_name(make, channels):
    layer = make()
    message = rf"{type(layer).__name__} cannot change images of shape \[8, 12, 12, {channels}\]"
    with pytest.raises(ValueError, match=message):
        augmenter([layer], 0)((IMAGES[..., :channels],), tf.constant(0, tf.int64))
