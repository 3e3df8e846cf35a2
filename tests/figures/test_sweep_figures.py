"""The pictures of a sweep show what is in its table."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures.sweep import (
    optimization_history,
    parallel_coordinates,
    parameter_importance,
)

TRIALS = pd.DataFrame(
    {
        "trial": [0, 1, 2, 3, 4],
        "state": ["complete", "failed", "complete", "pruned", "complete"],
        "value": [0.5, np.nan, 0.9, np.nan, 0.7],
        "rate": [1e-4, 1.0, 1e-2, 1e-3, 1e-3],
        "hidden": ["[4]", "[4]", "[8]", "[4]", "[4]"],
    }
)


@pytest.mark.parametrize(("higher", "best"), [(True, [0.5, 0.9, 0.9]), (False, [0.5, 0.5, 0.5])])
def test_the_history_shows_each_trial_and_the_best_so_far(drawn, higher, best):
    axes = drawn(optimization_history(TRIALS, "dev.accuracy", higher=higher)).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["trial"].get_ydata().tolist() == [0.5, 0.9, 0.7]
    assert lines["best so far"].get_ydata().tolist() == best
    assert lines["failed"].get_xdata().tolist() == [1]
    assert lines["pruned"].get_xdata().tolist() == [3]


def test_the_most_important_is_on_top(drawn):
    shares = {"model.hidden": 0.2, "optimizer.learning_rate": 0.8}
    axes = drawn(parameter_importance(shares, "dev.loss")).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["model.hidden", "optimizer.learning_rate"]  # from below
    assert [bar.get_width() for bar in axes.patches] == [0.2, 0.8]
    with pytest.raises(ValueError, match="at least one parameter"):
        parameter_importance({}, "dev.loss")


@pytest.mark.parametrize("higher", [True, False])
def test_a_line_goes_through_the_values_of_its_trial(drawn, higher):
    figure = drawn(
        parallel_coordinates(
            TRIALS, ["rate", "hidden"], "dev.accuracy", higher=higher, log=frozenset({"rate"})
        )
    )
    lines = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == 3]
    best = lines[-1]  # drawn last and thick
    assert best.get_linewidth() > lines[0].get_linewidth()
    # 1e-4, 1e-3, 1e-2 on a log axis: 0, 1/2, 1.
    found = {tuple(np.round(line.get_ydata(), 6)) for line in lines}
    assert found == {(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.0, 0.5)}
    np.testing.assert_allclose(best.get_ydata(), [1, 1, 1] if higher else [0, 0, 0])


def test_equal_scores_and_one_choice_can_be_drawn(drawn):
    same = TRIALS.assign(value=0.5, hidden="[4]", rate=0.1)
    drawn(parallel_coordinates(same, ["rate", "hidden"], "dev.accuracy", higher=True))


def test_long_names_stay_on_the_canvas(drawn):
    long = TRIALS.rename(columns={"rate": "training.learning_rate_factors.block_1"})
    names = ["training.learning_rate_factors.block_1", "hidden"]
    drawn(parallel_coordinates(long, names, "dev.balanced_accuracy", higher=True))
    drawn(parameter_importance(dict.fromkeys(names, 0.5), "dev.balanced_accuracy"))


def test_without_a_complete_trial_there_is_nothing_to_draw():
    with pytest.raises(ValueError, match="must hold one that is complete"):
        optimization_history(TRIALS.assign(state="failed"), "dev.loss", higher=False)
