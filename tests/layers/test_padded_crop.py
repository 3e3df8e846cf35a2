"""Whole pixels moved, each image to a place of its own, zeros where nothing was."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.augment import augmenter
from dlsuite.layers import RandomPaddedCrop

PADDING = 2
# Every pixel has a value of its own, above 0: 6 images of 5 x 7 with 2 channels.
IMAGES = (1 + np.arange(6 * 5 * 7 * 2)).reshape(6, 5, 7, 2).astype("float32")


def shifted(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """An image cut out of its padded self, by hand."""
    padded = np.pad(image, ((PADDING, PADDING), (PADDING, PADDING), (0, 0)))
    return padded[down : down + image.shape[0], right : right + image.shape[1]]


def places(before: np.ndarray, after: np.ndarray) -> list[tuple[int, int]]:
    """Where each image was cut, one place each or the test fails."""
    found = []
    for image, moved in zip(before, after, strict=True):
        every = [(d, r) for d in range(2 * PADDING + 1) for r in range(2 * PADDING + 1)]
        fits = [place for place in every if np.array_equal(shifted(image, *place), moved)]
        assert len(fits) == 1
        found.append(fits[0])
    return found


def cropped(images, seed=0):
    return np.asarray(RandomPaddedCrop(PADDING, seed=seed)(images, training=True))


def test_each_image_is_cut_out_of_its_padded_self_at_a_place_of_its_own():
    assert len(set(places(IMAGES, cropped(IMAGES)))) > 2


def test_every_place_is_drawn_and_none_past_the_padding():
    found = set()
    layer = RandomPaddedCrop(PADDING, seed=0)
    many = np.concatenate([IMAGES] * 20)
    for _ in range(3):
        found |= set(places(many, np.asarray(layer(many, training=True))))
    assert found == {(d, r) for d in range(5) for r in range(5)}


@pytest.mark.parametrize("training", [False, None])
def test_nothing_happens_outside_of_training(training):
    np.testing.assert_array_equal(RandomPaddedCrop(2)(IMAGES, training=training), IMAGES)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_pixels_keep_their_type_and_value(dtype):
    images = IMAGES.astype(dtype)
    after = cropped(images)
    assert after.dtype == dtype
    places(images, after)


def test_the_same_seed_cuts_at_the_same_places():
    np.testing.assert_array_equal(cropped(IMAGES), cropped(IMAGES))
    assert not np.array_equal(cropped(IMAGES), cropped(IMAGES, seed=1))


def test_in_an_input_pipeline_a_batch_of_unknown_size_is_cut_by_seed_and_step():
    augment = augmenter([RandomPaddedCrop(PADDING)], 7)

    def steps(first):
        stream = tf.data.Dataset.from_tensor_slices(IMAGES).repeat(2).batch(4)
        stream = stream.enumerate().skip(first)  # batches of 4, 4 and 4, of unknown size
        return [x.numpy() for x in stream.map(lambda step, x: augment((x,), step)[0])]

    whole = steps(0)
    repeated = np.concatenate([IMAGES, IMAGES])
    for number, batch in enumerate(whole):
        places(repeated[4 * number : 4 * number + 4], batch)
    np.testing.assert_array_equal(steps(2)[0], whole[2])


def test_it_comes_back_from_its_configuration():
    layer = RandomPaddedCrop(3, seed=5)
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    np.testing.assert_array_equal(again(IMAGES, training=True), layer(IMAGES, training=True))


def test_no_padding_is_refused():
    with pytest.raises(ValueError, match=r"`padding` must be at least 1\. Received: padding=0"):
        RandomPaddedCrop(0)
