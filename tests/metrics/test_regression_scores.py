"""Regression scores against numbers worked by hand."""

import numpy as np
import pytest

from dlsuite.metrics import regression_scores

KEYS = ["a", "b", "c"]


def test_values_are_those_worked_by_hand():
    scores = regression_scores(KEYS, [1, 2, 3], [1, 2, 5])
    # One squared error of 4; the variance of 1, 2, 3 is 2/3.
    assert scores.values == pytest.approx(
        {
            "r2": 1 - (4 / 3) / (2 / 3),
            "mse": 4 / 3,
            "rmse": (4 / 3) ** 0.5,
            "mae": 2 / 3,
            "loss": 4 / 3,
        }
    )
    assert scores.examples.to_dict("list") == {
        "key": KEYS,
        "target": [1, 2, 3],
        "predicted": [1, 2, 5],
        "loss": [0, 0, 4],
    }


def test_equal_targets_give_one_or_zero():
    assert regression_scores(KEYS, [2, 2, 2], [2, 2, 2]).values["r2"] == 1
    assert regression_scores(KEYS, [2, 2, 2], [2, 2, 3]).values["r2"] == 0


@pytest.mark.parametrize(
    ("targets", "predictions", "message"),
    [
        ([1, 2, 3], [[1], [2], [3]], r"predictions \[3, 1\]"),
        ([1, 2], [1, 2], r"keys \[3\], targets \[2\]"),
        (
            [1, 2, np.inf],
            [1, 2, 3],
            "`targets` must be finite. Received: NaN or infinity for 1 of 3",
        ),
        ([1, 2, 3], [1, np.nan, np.nan], "`predictions` must be finite.* 2 of 3"),
    ],
)
def test_what_does_not_fit_is_named(targets, predictions, message):
    with pytest.raises(ValueError, match=message):
        regression_scores(KEYS, targets, predictions)


def test_one_example_has_no_r2():
    with pytest.raises(ValueError, match=r"needs at least 2 examples\. Received: 1"):
        regression_scores(["a"], [1], [1])
