"""Scores told by tables: the same as when they were scored, with intervals that mean something."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.metrics import Scores, classification_scores, mean_interval, regression_scores
from dlsuite.metrics.measures import measure_of

NAMES = ["ant", "bee", "cat"]
TRUTH = np.random.default_rng(5).integers(3, size=120)


def classes(right, seed=0, truth=TRUTH):
    """Scores of a classifier that is right with probability `right`."""
    random = np.random.default_rng(seed)
    wrong = (truth + random.integers(1, 3, size=len(truth))) % 3
    told = np.where(random.random(len(truth)) < right, truth, wrong)
    logits = np.eye(3)[told] * random.uniform(1, 4, (len(truth), 1))
    return classification_scores([f"{i:032x}" for i in range(len(truth))], truth, logits, NAMES)


def numbers(noise, count=90, seed=0):
    """Scores of a regression whose errors have this standard deviation."""
    targets = np.random.default_rng(9).normal(50, 10, count)
    told = targets + np.random.default_rng(seed).normal(0, noise, count)
    return regression_scores([f"{i:032x}" for i in range(count)], targets, told)


OF_CLASSES = [
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "f1_micro",
    "precision_macro",
    "recall_macro",
]
UNTOLD = ("auc", "calibration_error")  # of probabilities that the table does not hold


@pytest.mark.parametrize("scores", [classes(0.8), numbers(3.0)], ids=["classes", "numbers"])
def test_a_table_tells_every_metric_that_was_scored(scores):
    for metric, value in scores.values.items():
        if metric.startswith(UNTOLD):
            continue
        measure = measure_of(metric, [scores])
        assert measure.value(scores.examples) == pytest.approx(value)
        interval = measure.interval(scores.examples)
        assert interval.estimate == pytest.approx(value)
        assert interval.low < value < interval.high
        assert measure.interval(scores.examples) == interval


def test_a_metric_that_is_the_mean_of_a_column_is_known_by_its_value():
    table = pd.DataFrame({"key": list("abcd"), "length": [1, 2, 3, 6], "far": [0.5, 1, 1, 1.5]})
    scores = Scores({"mean_length": 3.0, "odd": 17.0}, table)
    assert measure_of("mean_length", [scores]).value(table) == 3
    assert measure_of("odd", [scores]) is None
    # What is 0 throughout is the mean of nothing in particular: here of no small object found.
    nothing = Scores({"map_small": 0.0, "accuracy": 0.0}, table.assign(correct=False))
    assert measure_of("map_small", [nothing]) is None
    assert measure_of("accuracy", [nothing]).value(nothing.examples) == 0


def test_a_name_alone_does_not_tell_a_metric():
    """F1 of several labels is not that of their lists taken for classes."""
    scores = classes(0.8)
    other = Scores({**scores.values, "f1_macro": 0.123}, scores.examples)
    assert measure_of("f1_macro", [other]) is None


@pytest.mark.parametrize("metric", OF_CLASSES)
def test_equals_are_not_told_apart_and_a_planted_difference_is(metric):
    one, same, worse = classes(0.9, 1), classes(0.9, 2), classes(0.6, 3)
    measure = measure_of(metric, [one, same, worse])
    low, high = measure.paired(same.examples, one.examples)[1:]
    assert low < 0 < high
    assert measure.paired(worse.examples, one.examples).high < 0
    assert measure.unpaired(worse.examples, one.examples).high < 0
    itself = measure.paired(one.examples, one.examples)
    assert itself.estimate == 0
    assert itself.low <= 0 <= itself.high


@pytest.mark.parametrize("metric", ["r2", "rmse", "mae"])
def test_the_same_examples_tell_more_than_different_ones(metric):
    """Shifted answers: each example's error grows a little, whatever it was."""
    one = numbers(6.0)
    table = one.examples
    worse = table["target"] + 1.1 * (table["predicted"] - table["target"])
    other = regression_scores(table["key"], table["target"], worse)
    measure = measure_of(metric, [one, other])
    paired = measure.paired(other.examples, one.examples)
    unpaired = measure.unpaired(other.examples, one.examples)
    assert paired.estimate == pytest.approx(other.values[metric] - one.values[metric])
    assert paired.high - paired.low < (unpaired.high - unpaired.low) / 2
    assert paired.low * paired.high > 0
    assert unpaired.low < 0 < unpaired.high


def test_few_errors_of_one_alone_are_no_certainty():
    """4 against 0 of 36: McNemar's exact p is 0.125."""
    truth = np.tile([0, 1, 2], 12)
    perfect = classes(1.0, truth=truth)
    told = truth.copy()
    told[:4] = (told[:4] + 1) % 3
    four = classification_scores(perfect.examples["key"], truth, np.eye(3)[told] * 3, NAMES)
    for metric in ("accuracy", "f1_macro", "balanced_accuracy"):
        measure = measure_of(metric, [perfect, four])
        interval = measure.paired(four.examples, perfect.examples)
        assert interval.low < 0 <= interval.high
        assert measure.interval(perfect.examples).low < 1


def test_large_tables_are_drawn_in_part_and_their_interval_is_the_same():
    scores = numbers(2.0, count=15_000)
    table = scores.examples
    drawn = measure_of("mae", [scores]).interval(table)
    plain = mean_interval((table["predicted"] - table["target"]).abs())
    assert drawn.high - drawn.low == pytest.approx(plain.high - plain.low, rel=0.1)


def test_samples_of_equal_targets_have_no_r2_and_are_left_out():
    scores = regression_scores(["a", "b"], [0.0, 1.0], [0.1, 0.8])
    interval = measure_of("r2", [scores]).interval(scores.examples)
    assert np.isfinite(interval).all()


def test_pairs_must_be_of_the_same_examples():
    measure = measure_of("f1_macro", [classes(0.9)])
    with pytest.raises(ValueError, match="Received: a of 120, b of 119"):
        measure.paired(classes(0.9).examples, classes(0.9).examples.iloc[1:])


def two_classes(right, seed):
    """Scores of a classifier of cats, of which there are few, and dogs."""
    random = np.random.default_rng(seed)
    truth = (np.random.default_rng(1).random(300) < 0.2).astype(int)
    told = np.where(random.random(300) < right, truth, 1 - truth)
    names = [f"{i:032x}" for i in range(300)]
    return classification_scores(names, truth, 3.0 * np.eye(2)[told], ["dog", "cat"])


@pytest.mark.parametrize("metric", ["f1", "precision", "recall", "recall_of_dog", "recall_of_cat"])
def test_a_score_of_one_class_is_told_whichever_is_the_positive_one(metric):
    """`cat` is the second class here and would be the first by the alphabet."""
    one, worse = two_classes(0.95, 1), two_classes(0.7, 2)
    measure = measure_of(metric, [one, worse])
    table = one.examples
    positive = "dog" if metric == "recall_of_dog" else "cat"
    true, said = table["label"] == positive, table["predicted"] == positive
    hit = (true & said).sum()
    by_hand = {
        "f1": 2 * hit / (true.sum() + said.sum()),
        "precision": hit / said.sum(),
    }.get(metric, hit / true.sum())
    assert measure.value(table) == pytest.approx(by_hand)
    assert measure.paired(worse.examples, table).high < 0
    itself = measure.paired(table, table)
    assert itself.low <= 0 <= itself.high


def test_the_interval_of_f1_holds_the_truth_at_its_rate():
    """Right with 0.8 on classes of 0.3 and 0.7: precision 0.24 / 0.38, recall 0.24 / 0.3."""
    random, held = np.random.default_rng(0), 0
    for _ in range(200):
        truth = (random.random(200) < 0.3).astype(int)
        told = np.where(random.random(200) < 0.8, truth, 1 - truth)
        names = [f"{i:032x}" for i in range(200)]
        scores = classification_scores(names, truth, 3.0 * np.eye(2)[told], ["no", "yes"])
        low, high = measure_of("f1", [scores]).interval(scores.examples)[1:]
        held += low <= 2 * 0.24 / (0.3 + 0.24 + 0.14) <= high
    assert held >= 182  # nominal 190, its standard deviation 3
