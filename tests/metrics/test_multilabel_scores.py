"""Scores of labels: worked by hand, equal to scikit-learn's, defined where nothing is there."""

import numpy as np
import pytest
from sklearn import metrics as theirs

from dlsuite.metrics import higher_is_better, multilabel_scores
from dlsuite.metrics.measures import measure_of

NAMES = ("rain", "wind", "snow")
# Two of three examples have all labels right; 1 of 9 decisions is wrong, a wind that was missed.
LABELS = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0]])
LOGITS = np.array([[2.0, -1.0, -3.0], [-2.0, -2.0, -3.0], [1.0, -4.0, -3.0]])


def scored(labels=LABELS, logits=LOGITS):
    return multilabel_scores([str(i) for i in range(len(labels))], labels, logits, NAMES)


def test_values_worked_by_hand():
    values = scored().values
    assert values["accuracy"] == pytest.approx(2 / 3)
    assert values["hamming_loss"] == pytest.approx(1 / 9)
    assert values["f1_micro"] == pytest.approx(2 * 2 / (2 * 2 + 1))
    # Snow is neither there nor told, so it does not count; rain is 1, wind 0.
    assert values["f1_macro"] == pytest.approx(1 / 2)
    assert values["average_precision_macro"] == pytest.approx(1.0)  # each ranked first
    assert values["loss"] == pytest.approx(
        np.log1p(np.exp(np.where(LABELS, -LOGITS, LOGITS))).mean()
    )


def test_the_table_tells_of_each_example():
    table = scored().examples
    assert table["label"].tolist() == ["rain|wind", "", "rain"]
    assert table["predicted"].tolist() == ["rain", "", "rain"]
    assert table["correct"].tolist() == [False, True, True]
    assert table["hamming_loss"].tolist() == pytest.approx([1 / 3, 0, 0])
    odds = np.exp(np.abs(LOGITS))
    assert table["confidence"].tolist() == pytest.approx((odds / (1 + odds)).prod(axis=1))


def test_values_are_those_of_scikit_learn():
    random = np.random.default_rng(0)
    labels, logits = random.integers(0, 2, (200, 3)), random.normal(size=(200, 3))
    values, told = scored(labels, logits).values, logits > 0
    assert values["accuracy"] == pytest.approx(theirs.accuracy_score(labels, told))
    assert values["f1_macro"] == pytest.approx(theirs.f1_score(labels, told, average="macro"))
    assert values["hamming_loss"] == pytest.approx(theirs.hamming_loss(labels, told))
    assert values["average_precision_macro"] == pytest.approx(
        theirs.average_precision_score(labels, logits)
    )


@pytest.mark.parametrize(("told", "f1"), [(-1.0, 1.0), (1.0, 0.0)])
def test_where_no_label_is_there_nothing_is_missed(told, f1):
    values = scored(np.zeros((2, 3), int), np.full((2, 3), told)).values
    assert all(np.isfinite(list(values.values())))
    assert values["f1_micro"] == values["f1_macro"] == values["accuracy"] == f1
    assert values["average_precision_macro"] == 1.0


def test_every_name_tells_its_direction():
    low = {name for name in scored().values if not higher_is_better(name)}
    assert low == {"hamming_loss", "loss"}


def test_intervals_are_those_of_what_the_table_tells():
    random = np.random.default_rng(0)
    scores = scored(random.integers(0, 2, (60, 3)), random.normal(size=(60, 3)))
    for metric in ("accuracy", "hamming_loss", "loss"):
        measure = measure_of(metric, [scores])
        assert measure is not None
        assert measure.value(scores.examples) == pytest.approx(scores.values[metric])
    # F1 of labels is not that of their lists.
    assert measure_of("f1_macro", [scores]) is None


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        (LABELS[:, :2], LOGITS, r"labels \[3, 2\], logits \[3, 3\]"),
        (LABELS + 1, LOGITS, "must be 0 or 1. Received: int64 from 1 to 2"),
        (LABELS, LOGITS * np.nan, "NaN or infinity for 3 of 3 examples"),
    ],
)
def test_what_cannot_be_scored_is_refused(labels, logits, message):
    with pytest.raises(ValueError, match=message):
        scored(labels, logits)
