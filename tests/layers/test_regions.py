"""Pooling below boxes: worked by hand, and against loops over parts, points and cells."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import RoIAlign, RoIPool
from dlsuite.training.gradients import gradient_check

STRIDE = 4.0
# One map of 4 x 4 whose cell in row y and column x is 10 y + x.
RAMP = (10 * np.arange(4)[:, None] + np.arange(4)).reshape(1, 4, 4, 1).astype("float32")


def features(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def boxes(pictures: int, count: int, height: float, width: float) -> np.ndarray:
    """Within the picture, across its edges, outside of it, thin, huge and absent."""
    rng = np.random.default_rng(1)
    start = rng.uniform(-0.3, 1, (pictures, count, 2))
    ends = start + rng.uniform(0, 0.9, (pictures, count, 2)) ** 2
    drawn = np.concatenate([start, ends], axis=-1) * [width, height, width, height]
    drawn[:, 0] = 0
    drawn[:, 1] = [0, 0, width, height]
    drawn[:, 2] = [-width, -height, 3 * width, 3 * height]
    drawn[:, 3] = [2 * width, 0, 3 * width, height]
    drawn[:, 4] = [width / 2, 0, width / 2, height]
    return drawn.astype("float32")


def maxima_by_hand(image, box, size, stride):
    """Fast R-CNN's: rounded edges, both within; floor and ceil of each part; cut at the map."""
    height, width, channels = image.shape
    box = [
        min(max(edge / stride, 0), most)
        for edge, most in zip(box, (width, height) * 2, strict=True)
    ]
    left, top, right, bottom = (math.floor(edge + 0.5) for edge in box)
    rows, columns = max(bottom - top + 1, 1), max(right - left + 1, 1)
    pooled = np.zeros((size, size, channels), image.dtype)
    for i in range(size):
        for j in range(size):
            ys = range(top + i * rows // size, min(top + math.ceil((i + 1) * rows / size), height))
            xs = range(
                left + j * columns // size, min(left + math.ceil((j + 1) * columns / size), width)
            )
            cells = [image[y, x] for y in ys for x in xs]
            if cells:
                pooled[i, j] = np.max(cells, axis=0)
    return pooled


def means_by_hand(image, box, size, stride, samples):
    """A mean of points, each between the four cells around it."""
    height, width, channels = image.shape
    left, top, right, bottom = (float(edge) / stride for edge in box)
    pooled = np.zeros((size, size, channels))
    for i in range(size):
        for j in range(size):
            for n in range(samples):
                for m in range(samples):
                    y = top + (bottom - top) * (i + (n + 0.5) / samples) / size - 0.5
                    x = left + (right - left) * (j + (m + 0.5) / samples) / size - 0.5
                    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
                    up, start = int(y), int(x)
                    down, end = min(up + 1, height - 1), min(start + 1, width - 1)
                    low, far = y - up, x - start
                    upper = image[up, start] * (1 - far) + image[up, end] * far
                    lower = image[down, start] * (1 - far) + image[down, end] * far
                    pooled[i, j] += (upper * (1 - low) + lower * low) / samples**2
    return pooled


def test_maxima_of_a_picture_in_quarters():
    """The whole of 4 x 4 cells rounds to five on a side, the last outside: parts 0 to 2, 2 to 3."""
    found = RoIPool(2, STRIDE)([RAMP, np.float32([[[0, 0, 16, 16]]])])
    assert np.asarray(found)[0, 0, :, :, 0].tolist() == [[22, 23], [32, 33]]
    # Edges at 4 and 11 pixels round to cells 1 and 3, three of them: parts 1 to 2 and 2 to 3.
    found = RoIPool(2, STRIDE)([RAMP, np.float32([[[4, 4, 11, 11]]])])
    assert np.asarray(found)[0, 0, :, :, 0].tolist() == [[22, 23], [32, 33]]
    # One cell is every part.
    found = RoIPool(2, STRIDE)([RAMP, np.float32([[[4, 8, 5, 9]]])])
    assert np.asarray(found)[0, 0, :, :, 0].tolist() == [[21, 21], [21, 21]]


def test_means_of_a_ramp_are_its_values_at_the_middle_of_each_part():
    """A plane is interpolated without error: value 10 y + x in cells, centers at half a stride."""
    box = np.float32([[[2, 6, 10, 14]]])  # cells 0.5 to 2.5 across, 1.5 to 3.5 down
    found = np.asarray(RoIAlign(2, STRIDE)([RAMP, box]))[0, 0, :, :, 0]
    # Middles of parts: 1 and 2 across, 2 and 3 down, less half a cell.
    expected = [[10 * 1.5 + 0.5, 10 * 1.5 + 1.5], [10 * 2.5 + 0.5, 10 * 2.5 + 1.5]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_boxes_of_whole_cells_give_the_map_itself():
    """No part of a pixel is lost in the coordinates: parts of one cell are that cell."""
    found = np.asarray(RoIAlign(4, STRIDE, samples=1)([RAMP, np.float32([[[0, 0, 16, 16]]])]))
    np.testing.assert_allclose(found[0, 0], RAMP[0], rtol=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize(("height", "width"), [(9, 13), (1, 4), (20, 5)])
def test_maxima_are_those_of_a_loop(size, height, width):
    maps = features(2, height, width, 3)
    regions = boxes(2, 25, height * STRIDE, width * STRIDE)
    found = np.asarray(RoIPool(size, STRIDE)([maps, regions]))
    for picture in range(2):
        for number, box in enumerate(regions[picture]):
            expected = maxima_by_hand(maps[picture], box, size, STRIDE)
            np.testing.assert_array_equal(found[picture, number], expected)


@pytest.mark.parametrize(("size", "samples"), [(1, 1), (3, 2), (2, 3), (7, 2)])
@pytest.mark.parametrize(("height", "width"), [(9, 13), (1, 4)])
def test_means_are_those_of_a_loop(size, samples, height, width):
    maps = features(2, height, width, 3)
    regions = boxes(2, 12, height * STRIDE, width * STRIDE)
    found = np.asarray(RoIAlign(size, STRIDE, samples)([maps, regions]))
    for picture in range(2):
        for number, box in enumerate(regions[picture]):
            expected = means_by_hand(maps[picture], box, size, STRIDE, samples)
            np.testing.assert_allclose(found[picture, number], expected, atol=2e-5)


@pytest.mark.parametrize("layer_class", [RoIPool, RoIAlign])
def test_boxes_that_are_not_numbers_do_not_stop_the_others(layer_class):
    """A training that diverges is to be told by its loss, not by a place that is looked up."""
    maps, regions = features(1, 6, 7, 2), boxes(1, 8, 24, 28)
    expected = np.asarray(layer_class(3, STRIDE)([maps, regions]))
    regions[0, 3], regions[0, 4] = np.nan, np.inf
    found = np.asarray(layer_class(3, STRIDE)([maps, regions]))
    np.testing.assert_array_equal(np.delete(found, (3, 4), 1), np.delete(expected, (3, 4), 1))


def pooled_in_double(layer_class):
    layer = layer_class(3, STRIDE, dtype="float64")
    return lambda maps, regions: layer([maps, regions])


def test_gradients_of_means_reach_features_and_boxes():
    maps, regions = features(2, 6, 7, 2).astype("float64"), boxes(2, 9, 24, 28)[:, 5:]
    errors = gradient_check(pooled_in_double(RoIAlign), maps, regions.astype("float64"))
    assert max(errors.values()) < 1e-6


def test_gradients_of_maxima_reach_the_cells_that_won():
    maps, regions = features(2, 6, 7, 2).astype("float64"), boxes(2, 9, 24, 28)
    errors = gradient_check(
        lambda given: pooled_in_double(RoIPool)(given, regions), maps, entries=100
    )
    assert errors["input_0"] < 1e-6
    # A gradient of one for each part goes to one cell and no other, ties or not.
    flat = tf.Variable(np.ones((1, 6, 7, 1), "float32"))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(RoIPool(2, STRIDE)([flat, np.float32([[[0, 0, 27, 23]]])]))
    assert float(tf.reduce_sum(tape.gradient(total, flat))) == 4


@pytest.mark.parametrize("layer_class", [RoIPool, RoIAlign])
def test_any_batch_and_any_number_of_regions_share_one_saved_model(layer_class, tmp_path):
    maps, regions = keras.Input((6, 7, 2)), keras.Input((None, 4))
    model = keras.Model([maps, regions], layer_class(3, STRIDE)([maps, regions]))
    assert model.output.shape == (None, None, 3, 3, 2)
    model.export(tmp_path / "1", verbose=False)
    model.save(tmp_path / "model.keras")
    served = tf.saved_model.load(str(tmp_path / "1"))
    again = keras.saving.load_model(tmp_path / "model.keras")
    for pictures, count in ((1, 6), (3, 11)):
        given = [features(pictures, 6, 7, 2), boxes(pictures, count, 24, 28)]
        expected = np.asarray(layer_class(3, STRIDE)(given))
        np.testing.assert_allclose(np.asarray(served.serve(given)), expected, atol=1e-6)
        np.testing.assert_allclose(np.asarray(again(given)), expected, atol=1e-6)


@pytest.mark.parametrize("layer_class", [RoIPool, RoIAlign])
def test_half_precision_features_do_not_round_the_boxes(layer_class):
    """A map of ones is one wherever the boxes lie; a ramp shows where they lay."""
    far = RAMP / 64
    regions = np.float32([[[1.9, 3.3, 9.7, 15.1]]])
    single = np.asarray(layer_class(2, STRIDE)([far, regions]))
    half = layer_class(2, STRIDE, dtype="mixed_float16")([far, regions])
    assert half.dtype == "float16"
    np.testing.assert_allclose(np.asarray(half, "float32"), single, atol=2**-10)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RoIPool(0, 4), "`size` must be at least 1"),
        (lambda: RoIAlign(7, 0), "`stride` above 0"),
        (lambda: RoIAlign(7, 4, samples=0), "`samples` must be at least 1"),
    ],
)
def test_choices_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("layer_class", [RoIPool, RoIAlign])
def test_a_map_of_unknown_size_is_refused_when_the_model_is_built(layer_class):
    maps, regions = keras.Input((None, 7, 2)), keras.Input((None, 4))
    with pytest.raises(ValueError, match=r"size of the feature map must be known .* Received"):
        layer_class(3, STRIDE)([maps, regions])
