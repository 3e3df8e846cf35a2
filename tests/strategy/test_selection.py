"""Selection against brute force: every row looked at, with NaN, ties and nothing feasible."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy.selection import Constraint, pareto_set, select

COURSE = pd.DataFrame(  # The course's classifiers: accuracy and running time in ms.
    {"accuracy": [0.90, 0.92, 0.95], "time_ms": [80.0, 95.0, 1500.0]}, index=["A", "B", "C"]
)


def test_the_course_takes_b_the_best_of_those_within_100_ms():
    found = select(COURSE, "accuracy", [Constraint.read("time_ms<=100")])
    assert (found.winner, found.runner_up) == ("B", "A")
    assert (str(found.binding), found.would_win) == ("time_ms<=100", "C")
    assert found.pareto == ("A", "B", "C")
    assert found.misses.loc["C", "time_ms<=100"] == 1400


def test_without_constraints_the_best_wins_and_nothing_binds():
    found = select(COURSE, "accuracy")
    assert (found.winner, found.binding, found.would_win) == ("C", None, None)
    assert found.misses.empty


def test_a_metric_to_be_small_is_minimised():
    assert select(COURSE, "time_ms", direction="min").winner == "A"


def test_where_nothing_is_feasible_the_least_miss_comes_first():
    limits = [Constraint.read("time_ms<=50"), Constraint.read("accuracy>=0.99")]
    found = select(COURSE, "accuracy", limits)
    assert found.winner is None
    assert found.runner_up is None
    # 30 of 50 and .09 of .99; 45 of 50 and .07 of .99; 1450 of 50 and .04 of .99.
    assert list(found.misses.index) == ["A", "B", "C"]
    assert found.misses.loc["A"].tolist() == pytest.approx([30, 0.09])


def test_of_equals_the_earlier_row_wins_and_the_others_are_named():
    table = pd.DataFrame({"f1": [0.8, 0.9, 0.9, 0.9]}, index=list("abcd"))
    found = select(table, "f1")
    assert (found.winner, found.runner_up, found.ties) == ("b", "c", ("c", "d"))


def test_what_was_not_measured_never_wins_and_never_satisfies():
    table = pd.DataFrame({"f1": [math.nan, 0.7, 0.9], "ms": [1.0, 1.0, math.nan]}, list("abc"))
    found = select(table, "f1", [Constraint.read("ms<5")])
    assert found.winner == "b"
    assert found.unmeasured == ("a",)
    assert found.misses.loc["c", "ms<5"] == math.inf
    assert found.pareto == ("b",)


@pytest.mark.parametrize(
    ("text", "metric", "sign", "limit"),
    [
        ("size_mb<=5", "size_mb", "<=", 5.0),
        (" dev.f1 >= 0.9 ", "dev.f1", ">=", 0.9),
        ("loss<1e-3", "loss", "<", 0.001),
        ("recall/cat>-.5", "recall/cat", ">", -0.5),
    ],
)
def test_a_constraint_is_read(text, metric, sign, limit):
    assert Constraint.read(text) == Constraint(metric, sign, limit)


@pytest.mark.parametrize("text", ["size_mb", "size_mb=5", "<=5", "size<=", "a<=b", "a<=1 b<=2"])
def test_another_form_of_a_constraint_is_refused(text):
    with pytest.raises(ValueError, match="must be METRIC<=NUMBER"):
        Constraint.read(text)


@pytest.mark.parametrize(("sign", "expected"), [("<=", 2), ("<", 1), (">=", 2), (">", 1)])
def test_a_limit_itself_is_met_where_the_sign_says_so(sign, expected):
    assert Constraint("x", sign, 2.0).met(pd.Series([1.0, 2.0, 3.0])).sum() == expected


def test_a_metric_that_is_no_column_is_refused():
    with pytest.raises(ValueError, match=r"among accuracy, time_ms\. Received: size"):
        select(COURSE, "accuracy", [Constraint.read("size<=1")])


@pytest.mark.parametrize("seed", range(60))
def test_it_agrees_with_brute_force_on_random_tables(seed):
    rng = np.random.default_rng(seed)
    names = ["f1", "ms", "mb"]
    values = rng.integers(0, 5, size=(rng.integers(1, 9), 3)).astype(float)  # many ties
    values[rng.random(values.shape) < 0.15] = np.nan
    table = pd.DataFrame(values, columns=names)
    limits = [Constraint("ms", "<=", float(rng.integers(-1, 5))), Constraint("mb", "<", 3.0)]
    found = select(table, "f1", limits)

    def feasible(row, constraints):
        signs = {"<=": lambda a, b: a <= b, "<": lambda a, b: a < b}
        return not math.isnan(row.f1) and all(
            signs[each.sign](getattr(row, each.metric), each.limit) for each in constraints
        )

    def best(constraints):
        chosen = None
        for row in table.itertuples():
            if feasible(row, constraints) and (chosen is None or row.f1 > chosen.f1):
                chosen = row
        return chosen

    winner = best(limits)
    assert found.winner == (None if winner is None else winner.Index)
    assert set(found.feasible) == {r.Index for r in table.itertuples() if feasible(r, limits)}
    gains = []
    for left_out in limits:
        other = best([each for each in limits if each is not left_out])
        if other is not None and (winner is None or other.f1 > winner.f1):
            gains.append((other.f1, left_out))
    most = max((gain for gain, _ in gains), default=None)
    assert (found.binding is None) == (most is None)
    if found.binding is not None:
        assert found.binding in [limit for gain, limit in gains if gain == most]
    whole = table.dropna()
    dominated = {
        a.Index
        for a, b in itertools.permutations(whole.itertuples(), 2)
        if b.f1 >= a.f1
        and b.ms <= a.ms
        and b.mb <= a.mb
        and (b.f1 > a.f1 or b.ms < a.ms or b.mb < a.mb)
    }
    assert set(found.pareto) == set(whole.index) - dominated


def test_equal_rows_are_both_on_the_front():
    table = pd.DataFrame({"a": [1.0, 1.0, 0.0], "b": [2.0, 2.0, 2.0]})
    assert pareto_set(table, {"a": "max", "b": "min"}) == (0, 1)
