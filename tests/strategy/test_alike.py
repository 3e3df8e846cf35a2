"""Whether dev and test are of one distribution: told when they are not, rarely when they are."""

import numpy as np
import pytest

from dlsuite.strategy import supervised
from dlsuite.strategy.alike import about_dev_and_test
from dlsuite.strategy.drift import Drift, Sample, drift

COUNT = 200


def sample(generator, *, shares=(0.5, 0.3, 0.2), moved=0.0, turned=False, count=COUNT):
    """Labels of three classes and three inputs; `turned` couples two inputs that were apart."""
    x = generator.normal(size=(count, 3))
    if turned:
        x[:, 1] = 0.8 * x[:, 0] + 0.6 * x[:, 1]
    inputs = {"height": x[:, 0] + moved, "width": x[:, 1], "depth": x[:, 2]}
    return Sample(
        labels={"label": generator.choice(["a", "b", "c"], count, p=shares)}, inputs=inputs
    )


@pytest.mark.slow
def test_equal_distributions_raise_a_false_alarm_in_at_most_five_of_a_hundred():
    alarms = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        alarms += bool(drift(sample(generator), sample(generator), seed=seed).found)
    # 95 %: of 60 no more than 6, one time in 13 at the level itself.
    assert alarms <= 6


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"shares": (0.2, 0.3, 0.5)}, "label: more c ("),
        ({"moved": 1.0}, "height: higher by 1."),
        ({"turned": True, "count": 600}, "A classifier that sees one example of each knows in"),
    ],
)
def test_planted_differences_are_found_and_worded(how, words):
    generator = np.random.default_rng(0)
    old = sample(generator, count=how.get("count", COUNT))
    findings, in_order = about_dev_and_test(drift(old, sample(generator, **how)))
    assert in_order == ()
    assert findings[0].startswith("Dev and test are not of one distribution. From dev to test: ")
    assert words in findings[0]


def test_what_was_found_in_order_is_told_with_its_evidence():
    generator = np.random.default_rng(1)
    findings, (told,) = about_dev_and_test(drift(sample(generator), sample(generator)))
    assert findings == ()
    assert told.startswith("Dev and test could not be told apart: in labels (p ")
    assert " and by a classifier (p " in told


def test_what_was_not_compared_is_not_told():
    assert about_dev_and_test(None) == about_dev_and_test(Drift(())) == ((), ())


def test_a_known_difference_explains_the_gap_between_dev_and_test():
    generator = np.random.default_rng(0)
    unlike = drift(sample(generator), sample(generator, moved=1.0))
    errors = {"train": 0.01, "dev": 0.015, "test": 0.06}
    found = supervised(errors, dev_and_test=unlike)
    assert found.verdict == "dev overfitting"
    assert "Dev and test are not of one distribution." in found.findings[-1]
    assert found.advice[0].action == "Draw dev and test anew from one distribution"
    assert "Get a bigger or a fresh dev set" not in [item.action for item in found.advice]
    alike = supervised(errors, dev_and_test=drift(sample(generator), sample(generator)))
    assert alike.advice[0].action == "Get a bigger or a fresh dev set"
    assert "Dev and test could not be told apart" in alike.text()
