"""Letterboxes on pixels: the picture whole where it is said to lie, grey around it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import Letterbox
from dlsuite.ops.letterboxing import into_letterbox

SIZES = [(1, 1), (1, 60), (60, 1), (30, 50), (90, 40), (64, 96), (65, 97), (200, 300)]
TARGET = (64, 96)


def noise(size, dtype="uint8", count=2):
    pixels = np.random.default_rng(0).integers(0, 256, (count, *size, 3), dtype=np.uint8)
    return pixels if dtype == "uint8" else (pixels / 255).astype(dtype)


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_fills_its_box_and_grey_the_rest(size):
    whole = into_letterbox([[0.0, 0.0, size[1], size[0]]], size, TARGET)
    left, top, right, bottom = (round(float(side)) for side in whole[0])
    boxed = np.asarray(Letterbox(TARGET)(np.ones((2, *size, 3), "float32")))
    assert boxed.shape == (2, *TARGET, 3)
    np.testing.assert_allclose(boxed[:, top:bottom, left:right], 1, atol=1e-6)
    outside = np.ones(TARGET, bool)
    outside[top:bottom, left:right] = False
    assert (boxed[:, outside] == 0.5).all()


@pytest.mark.parametrize("size", [(30, 50), (90, 40), (200, 300), (333, 77)])
def test_a_drawn_rectangle_lies_where_its_box_goes(size):
    high, wide = size
    box = np.array([wide // 4, high // 3, wide - wide // 5, high - high // 6], "float32")
    image = np.zeros((1, *size, 1), "float32")
    image[0, int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = 1
    boxed = np.asarray(Letterbox(TARGET)(image))[0, ..., 0]
    rows, columns = np.nonzero(boxed > 0.6)  # of 0, the border's 0.5 and 1
    measured = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    moved = np.asarray(into_letterbox(box[None], size, TARGET))[0]
    np.testing.assert_allclose(moved, measured, atol=1)


def test_a_picture_of_its_size_is_not_changed():
    images = noise(TARGET, "float32")
    np.testing.assert_allclose(Letterbox(TARGET)(images), images, atol=1e-6)


def test_shrinking_takes_the_mean_of_what_a_pixel_covers():
    # Lines of black and white to a fifth: without smoothing all would be of one kind.
    lines = np.zeros((1, 50, 50, 1), "float32")
    lines[:, ::2] = 1
    small = np.asarray(Letterbox((10, 10))(lines))
    np.testing.assert_allclose(small, 0.5, atol=0.06)


@pytest.mark.parametrize("size", SIZES)
def test_bytes_and_floats_are_one_picture_and_a_graph_answers_as_python(size):
    letterbox = Letterbox(TARGET)
    images = noise(size)
    eager = np.asarray(letterbox(images))
    assert eager.dtype == np.float32
    assert eager.min() >= 0
    assert eager.max() <= 1
    np.testing.assert_allclose(letterbox(noise(size, "float32")), eager, atol=1e-6)
    stream = tf.data.Dataset.from_generator(
        lambda: [images], output_signature=tf.TensorSpec((None, None, None, 3), tf.uint8)
    )
    (graph,) = stream.map(letterbox)
    np.testing.assert_allclose(graph, eager, atol=1e-6)


def test_a_saved_model_takes_any_number_and_size(tmp_path):
    letterbox = Letterbox(TARGET)
    inputs = keras.Input((None, None, 3), dtype="uint8")
    model = keras.Model(inputs, letterbox(inputs))
    assert model.output_shape == (None, *TARGET, 3)
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(tmp_path / "saved")
    for size, count in (((30, 50), 1), ((200, 7), 3), ((1, 1), 2)):
        images = noise(size, count=count)
        np.testing.assert_allclose(served.serve(images), letterbox(images), atol=1e-6)


def test_pixels_keep_their_precision_under_mixed_precision():
    letterbox = Letterbox(TARGET, dtype="mixed_float16")
    images = noise(TARGET, "float32")
    assert letterbox(images).dtype == "float32"
    np.testing.assert_allclose(letterbox(images), images, atol=1e-6)


def test_it_comes_back_from_its_configuration():
    again = keras.layers.deserialize(keras.layers.serialize(Letterbox(TARGET)))
    np.testing.assert_array_equal(again(noise((9, 9))), Letterbox(TARGET)(noise((9, 9))))


@pytest.mark.parametrize("size", [(0, 5), (5,), (5, 5, 3), (2.5, 4), 64])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match=r"`size` must be \(height, width\).*Received: size="):
        Letterbox(size)


def test_whole_numbers_that_are_not_bytes_are_refused():
    with pytest.raises(ValueError, match=r"must be uint8 or floating\. Received: int32"):
        Letterbox(TARGET)(np.zeros((1, 2, 2, 3), "int32"))
