"""Colours after ColorJitter: each part alone, against what it means."""

import colorsys

import keras
import numpy as np
import pytest

from dlsuite.data.augment import augmenter
from dlsuite.layers import ColorJitter

STILL = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}
# Colours that no change below cuts at 0 or 1.
IMAGES = np.random.default_rng(0).uniform(0.4, 0.6, (40, 3, 4, 3)).astype("float32")
LIGHT = np.array([0.299, 0.587, 0.114])


def changed(images=IMAGES, **parts):
    layer = ColorJitter(**{**STILL, **parts}, seed=0)
    return np.asarray(layer(images, training=True))


def test_nothing_is_changed_by_nothing_and_outside_of_training():
    np.testing.assert_allclose(changed(), IMAGES, atol=1e-5)
    np.testing.assert_array_equal(ColorJitter()(IMAGES), IMAGES)


def test_brightness_multiplies_each_image_by_a_factor_of_its_own():
    factors = changed(brightness=0.5) / IMAGES
    own = factors[:, :1, :1, :1]
    np.testing.assert_allclose(factors, own + 0 * factors, rtol=1e-4)
    assert 0.5 <= own.min() < 0.6
    assert 1.4 < own.max() <= 1.5


def test_contrast_moves_colours_away_from_the_mean_grey_or_towards_it():
    grey = (IMAGES @ LIGHT).mean((1, 2))[:, None, None, None]
    factors = (changed(contrast=0.5) - grey) / (IMAGES - grey)
    clear = np.abs(IMAGES - grey) > 0.03
    for of_one, seen in zip(factors, clear, strict=True):
        assert np.ptp(of_one[seen]) < 0.01
    assert factors[clear].min() < 0.6
    assert factors[clear].max() > 1.4


def test_saturation_and_hue_leave_light_and_greys_alone():
    after = changed(saturation=1.0, hue=0.5)
    np.testing.assert_allclose(after @ LIGHT, IMAGES @ LIGHT, atol=1e-4)
    assert np.abs(after - IMAGES).max() > 0.05
    greys = np.repeat(IMAGES[..., :1], 3, axis=-1)
    np.testing.assert_allclose(changed(greys, saturation=1.0, hue=0.5), greys, atol=1e-4)


def test_saturation_moves_colours_away_from_their_own_grey():
    grey = (IMAGES @ LIGHT)[..., None]
    factors = (changed(saturation=0.5) - grey) / (IMAGES - grey)
    clear = np.abs(IMAGES - grey) > 0.03
    for of_one, seen in zip(factors, clear, strict=True):
        assert np.ptp(of_one[seen]) < 0.02


def test_hue_turns_all_colours_of_an_image_by_no_more_than_stated():
    """By the hue of HSV, whose degrees are near to those of YIQ but not the same."""
    red = np.tile([0.6, 0.45, 0.45], (200, 1, 1, 1))
    after = changed(red.astype("float32"), hue=0.1)[:, 0, 0]
    hues = np.array([colorsys.rgb_to_hsv(*pixel)[0] for pixel in after])
    turns = (hues + 0.5) % 1 - 0.5
    assert turns.min() < -0.05
    assert turns.max() > 0.05
    assert np.abs(turns).max() < 0.2


def test_colours_end_at_black_and_white():
    after = changed(np.random.default_rng(1).random((8, 5, 5, 3)).astype("float32"), brightness=1.0)
    assert after.min() >= 0
    assert after.max() == 1


def test_draws_hang_on_seed_and_step_alone():
    augment = augmenter([ColorJitter()], 3)
    (first,), (again,), (later,) = (
        augment((keras.ops.convert_to_tensor(IMAGES),), keras.ops.convert_to_tensor(step, "int64"))
        for step in (2, 2, 3)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(np.asarray(first) - np.asarray(later)).max() > 0.01


def test_it_comes_back_from_its_configuration():
    layer = ColorJitter(0.1, 0.2, 0.4, 0.3, seed=5)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(IMAGES, training=True), layer(IMAGES, training=True))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"hue": 0.6}, r"`hue` must be from 0 to 0.5. Received: hue=0.6"),
        ({"contrast": -0.1}, r"`contrast` must be from 0 to 1. Received: contrast=-0.1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(parts, said):
    with pytest.raises(ValueError, match=said):
        ColorJitter(**parts)


def test_images_without_three_channels_are_refused():
    with pytest.raises(ValueError, match=r"three channels. Received: \[40, 3, 4, 1\]"):
        ColorJitter()(IMAGES[..., :1])
