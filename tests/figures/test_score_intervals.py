"""Scores beside the baseline's: which dots where, which intervals, which unit."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import score_intervals
from dlsuite.metrics import Scores, mean_interval


def classified(right, count):
    return Scores({}, pd.DataFrame({"correct": np.arange(count) < right, "loss": 1.0}))


def regressed(error, count=20):
    spread = error * np.linspace(0.5, 1.5, count)
    return Scores({}, pd.DataFrame({"target": 0.0, "loss": spread**2}))


def dots(figure):
    """`{(row, mark): value}`, the first row being 0."""
    return {
        (round(line.get_ydata()[0]), line.get_marker()): line.get_xdata()[0]
        for line in figure.axes[0].get_lines()
        if line.get_marker() in ("o", "D")
    }


def test_each_split_has_a_dot_for_the_net_and_one_for_the_baseline(drawn):
    scores = {"train": classified(95, 100), "train_dev": classified(9, 10)}
    figure = drawn(score_intervals(scores, {"train_dev": classified(8, 10)}, title="digits"))
    assert dots(figure) == {(0, "o"): 0.95, (1, "o"): 0.9, (1, "D"): 0.8}
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["train\n100 examples", "train-dev\n10 examples"]
    assert [text.get_text() for text in axes.texts] == ["95.0%", "90.0%", "80.0%"]
    assert axes.get_xlabel() == "accuracy, higher is better"


def test_lines_are_the_bootstrap_intervals():
    scores = {"dev": classified(90, 100)}
    drawn = score_intervals(scores, {}).axes[0].get_lines()
    (line,) = [line.get_xdata() for line in drawn if len(line.get_xdata()) == 2]
    interval = mean_interval(scores["dev"].examples["correct"])
    np.testing.assert_allclose(line, [interval.low, interval.high])


def test_a_regression_shows_its_error_in_the_unit_of_the_target(drawn):
    figure = drawn(score_intervals({"test": regressed(3.0)}, {}, quantity="price, $"))
    loss = regressed(3.0).examples["loss"]
    assert dots(figure)[0, "o"] == pytest.approx(np.sqrt(loss.mean()))
    assert figure.axes[0].get_xlabel() == "root mean squared error of price, $, lower is better"


def test_another_task_shows_its_loss():
    scores = {"test": Scores({}, pd.DataFrame({"loss": [1.0, 2.0]}))}
    figure = score_intervals(scores, {})
    assert dots(figure) == {(0, "o"): 1.5}
    assert figure.axes[0].get_xlabel() == "mean loss, lower is better"


def test_splits_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="at least one split"):
        score_intervals({}, {})
    with pytest.raises(ValueError, match=r"`correct`, as the first one has. Received: dev with"):
        score_intervals({"train": classified(1, 2), "dev": regressed(1.0)}, {})
