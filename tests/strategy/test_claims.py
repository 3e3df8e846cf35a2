"""What a recipe states, judged by the scores of its runs."""

import numpy as np
import pytest

from dlsuite.strategy.claims import claim
from dlsuite.strategy.settings import Bound

BOUND = Bound(at_least=0.9)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.95, 0.951, 0.949], "BETTER"),
        ([0.95, 0.89, 0.91], "PASS"),
        ([0.9], "PASS"),
        ([0.899], "SHORTFALL"),
        ([0.95, 0.89, 0.85], "SHORTFALL"),
        ([], "NO RUN"),
    ],
)
def test_the_mean_decides_and_its_interval_whether_more_could_be_stated(values, verdict):
    made = claim("test.accuracy", BOUND, values)
    assert made.verdict == verdict
    assert made.holds is (verdict in ("PASS", "BETTER"))


def test_a_limit_from_above_and_a_number_that_is_none():
    low = Bound(at_most=5.0)
    assert claim("size_mb", low, [4.0, 4.1, 3.9]).verdict == "BETTER"
    assert claim("size_mb", low, [6.0]).verdict == "SHORTFALL"
    assert claim("test.loss", low, [float("nan")]).verdict == "SHORTFALL"
    for broken in (float("nan"), float("inf")):
        made = claim("test.loss", Bound(at_most=5.0), [1.0, broken, 2.0], [0.1] * 3)
        assert made.verdict == "SHORTFALL"
        assert made.interval is None


def test_the_interval_is_students_of_the_seeds_with_that_of_the_examples():
    values = [0.90, 0.92, 0.94]
    # t of 2 degrees of freedom at 97.5 %: 4.3027; s = 0.02.
    seeds = 4.3027 * 0.02 / np.sqrt(3)
    low, high = claim("a", BOUND, values).interval
    assert (high - low) / 2 == pytest.approx(seeds, rel=1e-4)
    low, high = claim("a", BOUND, values, [0.01] * 3).interval
    assert (high - low) / 2 == pytest.approx(np.hypot(seeds, 0.01), rel=1e-4)
    low, high = claim("a", BOUND, values, [0.01] * 3, same_examples=False).interval
    assert (high - low) / 2 == pytest.approx(seeds, rel=1e-4)


def test_one_run_has_the_interval_of_its_examples_or_none():
    assert claim("a", BOUND, [0.95], [0.02]).interval == pytest.approx((0.93, 0.97))
    assert claim("a", BOUND, [0.95]).interval is None


def test_two_close_runs_are_not_taken_for_a_wild_guess():
    """Where examples explain the spread they tell the interval, cut off where scores end."""
    low, high = claim(
        "a", BOUND, [0.98, 1.0], [0.04, 0.04], same_examples=False, within=(0.0, 1.0)
    ).interval
    assert low == pytest.approx(0.99 - 0.04 / np.sqrt(2))
    assert high == 1.0


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Runs with a spread of their own, scored on the same or on other examples of 200."""
    rng = np.random.default_rng(0)
    truth, count, repeats = 0.8, 200, 400
    for same in (True, False):
        held = 0
        for _ in range(repeats):
            own = truth + rng.normal(0, 0.02, 3)
            difficulty = rng.random((1 if same else 3, count))
            scores = (difficulty < own[:, None]).mean(axis=1)
            reach = 1.96 * np.sqrt(truth * (1 - truth) / count)
            low, high = claim("a", BOUND, scores, [reach] * 3, same_examples=same).interval
            held += low <= truth <= high
        assert held / repeats >= 0.93


def test_reaches_are_one_for_each_value():
    with pytest.raises(ValueError, match="one for each value, or none"):
        claim("a", BOUND, [0.9, 0.9], [0.1])
