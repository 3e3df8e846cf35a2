"""Predictions over targets, as points or as density."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import predicted_against_true


def table(count, spread=1.0):
    true = np.linspace(0, 10, count)
    return pd.DataFrame({"target": true, "predicted": true + spread})


def test_points_stand_at_target_and_prediction(drawn):
    figure = drawn(predicted_against_true(table(11), quantity="price, $"))
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.collections[0].get_offsets()[3], [3, 4])
    assert axes.get_title() == "11 examples, root mean squared error 1"
    assert axes.get_xlabel() == "true price, $"
    assert axes.get_xlim() == axes.get_ylim()


def test_many_points_are_drawn_as_density(drawn):
    figure = drawn(predicted_against_true(table(6000), split="dev"))
    assert len(figure.axes) == 2
    assert figure.axes[0].collections[0].get_array().sum() == 6000
    assert figure.axes[0].get_title() == "6,000 dev examples, root mean squared error 1"


def test_one_value_has_room_around_it(drawn):
    figure = drawn(predicted_against_true(table(1, spread=0.0)))
    assert figure.axes[0].get_xlim() == (-1, 1)


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match=r"at least one row\. Received: 0"):
        predicted_against_true(table(0))
