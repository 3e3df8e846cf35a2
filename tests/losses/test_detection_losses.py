"""Losses of detectors: values worked by hand."""

import keras
import numpy as np
import pytest

from dlsuite.losses.detection import complete_iou_loss, in_full, mean_where, smooth_l1


@pytest.mark.parametrize(
    ("difference", "beta", "worked"),
    [
        (0.0, 1.0, 0.0),
        (0.5, 1.0, 0.125),  # 0.5² / 2
        (-3.0, 1.0, 2.5),  # 3 - 1/2
        (1.0, 1.0, 0.5),  # both forms
        (0.1, 0.2, 0.025),  # 0.01 / 0.4
        (-1.0, 0.2, 0.9),
    ],
)
def test_smooth_l1_worked_by_hand(difference, beta, worked):
    assert float(smooth_l1(np.float32(difference), beta)) == pytest.approx(worked)


def test_smooth_l1_is_keras_huber_where_beta_is_one():
    differences = np.random.default_rng(0).normal(scale=2, size=(50, 1)).astype("float32")
    huber = keras.losses.huber(np.zeros_like(differences), differences, delta=1.0)
    np.testing.assert_allclose(smooth_l1(differences)[:, 0], huber, rtol=1e-6)


@pytest.mark.parametrize(
    ("box", "predicted", "worked"),
    [
        ([0, 0, 2, 2], [0, 0, 2, 2], 0.0),
        # A third overlaps; centres 1 apart, the enclosing 3x2 has a diagonal of √13.
        ([0, 0, 2, 2], [1, 0, 3, 2], 1 - 1 / 3 + 1 / 13),
        # Apart: centres 4 apart, the enclosing 6x2 has a diagonal of √40.
        ([0, 0, 2, 2], [4, 0, 6, 2], 1 + 16 / 40),
    ],
)
def test_the_loss_of_boxes_worked_by_hand(box, predicted, worked):
    boxes = (np.array([each], "float32") for each in (box, predicted))
    assert float(complete_iou_loss(*boxes)[0]) == pytest.approx(worked, rel=1e-5)


def test_a_mean_is_of_those_that_count_in_all_of_the_batch():
    values = np.array([[1, 2], [6, 9]], "float32")
    assert float(mean_where(values, np.array([[True, False], [True, True]]))) == pytest.approx(
        16 / 3
    )
    assert float(mean_where(values, np.zeros((2, 2), bool))) == 0
    # Weighted: (1 * 1 + 3 * 6 + 3 * 9) / (1 + 3 + 3).
    weighted = mean_where(values, np.array([[True, False], [True, True]]), np.array([1.0, 3.0]))
    assert float(weighted) == pytest.approx(46 / 7)


def test_raw_numbers_of_half_precision_are_counted_in_single():
    assert in_full(keras.ops.ones(2, "float16")).dtype == "float32"
    assert in_full(keras.ops.ones(2, "float64")).dtype == "float64"
