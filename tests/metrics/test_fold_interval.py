"""Nadeau and Bengio's corrected interval, worked by hand."""

import pytest

from dlsuite.metrics.folds import corrected_interval


def test_the_interval_worked_by_hand():
    """Variance 0.01, (1/3 + 1/2) * 0.01 = 0.0083333, t of 2 degrees at 97.5 % is 4.302653."""
    interval = corrected_interval([0.1, 0.2, 0.3], 0.5)
    assert interval.estimate == pytest.approx(0.2)
    assert interval.high - 0.2 == pytest.approx(4.302653 * 0.00833333**0.5, rel=1e-5)
    assert interval.high - 0.2 == pytest.approx(0.2 - interval.low)


def test_the_correction_widens_and_equal_folds_leave_no_doubt():
    wide, narrow = corrected_interval([0, 1], 1.0), corrected_interval([0, 1], 1e-9)
    assert wide.high > narrow.high
    assert corrected_interval([0.5] * 4, 0.25) == (0.5, 0.5, 0.5)
    assert corrected_interval([0, 1], 0.5, level=0.5).high < wide.high


@pytest.mark.parametrize(
    ("values", "ratio", "message"),
    [([1.0], 0.5, "K at least 2"), ([1, float("nan")], 0.5, "finite"), ([1, 2], 0, "above 0")],
)
def test_what_makes_no_interval_is_refused(values, ratio, message):
    with pytest.raises(ValueError, match=message):
        corrected_interval(values, ratio)
