"""Calibration against numbers worked by hand and against published intervals."""

import numpy as np
import pytest

from dlsuite.metrics import calibration_bins, expected_calibration_error

SURE = [0.55, 0.65, 0.9, 0.9, 1.0]
RIGHT = [True, False, True, False, True]


def test_bins_hold_their_upper_bound_and_the_first_one_zero_too():
    table = calibration_bins([0.0, 0.5, 0.5001, 1.0], [True] * 4, bins=2)
    assert table["examples"].tolist() == [2, 2]
    assert table[["above", "up_to"]].to_numpy().tolist() == [[0, 0.5], [0.5, 1]]


def test_a_bin_has_its_mean_confidence_and_accuracy():
    table = calibration_bins(SURE, RIGHT, bins=5)
    assert table["examples"].tolist() == [0, 0, 1, 1, 3]
    assert table["confidence"][4] == pytest.approx(2.8 / 3)
    assert table["accuracy"][4] == pytest.approx(2 / 3)
    assert table.loc[0, ["confidence", "accuracy", "low", "high"]].isna().all()


def test_the_interval_is_wilsons():
    # Newcombe 1998, table I: 81 of 263, 95 % score interval without continuity correction.
    table = calibration_bins([0.3] * 263, [True] * 81 + [False] * 182, bins=1)
    assert table["low"][0] == pytest.approx(0.2553, abs=5e-5)
    assert table["high"][0] == pytest.approx(0.3662, abs=5e-5)


def test_the_expected_error_weighs_bins_by_their_examples():
    # Gaps 0.45, 0.65 and |2/3 - 2.8/3| in bins of 1, 1 and 3 of 5 examples.
    worked = (0.45 + 0.65 + 3 * (0.8 / 3)) / 5
    assert expected_calibration_error(SURE, RIGHT, bins=5) == pytest.approx(worked)


def test_who_is_right_as_often_as_sure_errs_by_nothing():
    assert expected_calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert expected_calibration_error([1.0] * 3, [False] * 3) == 1


def test_a_calibrated_classifier_of_many_examples_comes_near_zero():
    random = np.random.default_rng(0)
    sure = random.uniform(size=100_000)
    assert expected_calibration_error(sure, random.uniform(size=100_000) < sure) < 0.01


@pytest.mark.parametrize(
    ("confidence", "correct", "bins", "message"),
    [
        ([], [], 15, r"one shape \[N\], N at least 1. Received: \[0\] and \[0\]"),
        ([0.5, 0.5], [True], 15, r"Received: \[2\] and \[1\]"),
        ([0.5, 1.5, -1], [True] * 3, 15, "between 0 and 1. Received: 1.5 and 1 more outside"),
        ([float("nan")], [True], 15, "between 0 and 1. Received: nan"),
        ([0.5], [1], 15, "must be boolean. Received: int64"),
        ([0.5], [True], 0, "at least 1. Received: bins=0"),
    ],
)
def test_what_cannot_be_binned_is_refused(confidence, correct, bins, message):
    with pytest.raises(ValueError, match=message):
        calibration_bins(confidence, correct, bins=bins)
