"""Classification scores against numbers worked by hand."""

import warnings

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from dlsuite.metrics import classification_scores, higher_is_better
from dlsuite.metrics.calibration import calibration_bins
from dlsuite.metrics.class_averages import recall_names
from dlsuite.tracking.values import metric_name

NAMES = ["ant", "bee", "cat"]
# Probabilities of four examples; the second is wrong.
PROBABILITIES = [[0.7, 0.2, 0.1], [0.6, 0.3, 0.1], [0.25, 0.5, 0.25], [0.1, 0.8, 0.1]]
LABELS = [0, 1, 1, 1]
KEYS = ["k0", "k1", "k2", "k3"]


def scores():
    return classification_scores(KEYS, LABELS, np.log(PROBABILITIES), NAMES)


def test_values_are_those_worked_by_hand():
    values = scores().values
    assert values["accuracy"] == pytest.approx(3 / 4)
    # ant 1 of 1, bee 2 of 3; no cat to recall.
    assert values["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2)
    # ant: precision 1/2, recall 1 -> 2/3; bee: precision 1, recall 2/3 -> 4/5.
    assert values["f1_macro"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert values["precision_macro"] == pytest.approx((1 / 2 + 1) / 2)
    assert values["loss"] == pytest.approx(-np.log([0.7, 0.3, 0.5, 0.8]).mean())


def test_each_example_has_its_row_in_order():
    table = scores().examples
    assert list(table) == ["key", "label", "predicted", "confidence", "loss", "correct"]
    assert list(table["key"]) == KEYS
    assert list(table["label"]) == ["ant", "bee", "bee", "bee"]
    assert list(table["predicted"]) == ["ant", "ant", "bee", "bee"]
    assert list(table["correct"]) == [True, False, True, True]
    np.testing.assert_allclose(table["confidence"], [0.7, 0.6, 0.5, 0.8])
    np.testing.assert_allclose(table["loss"], -np.log([0.7, 0.3, 0.5, 0.8]))


def test_logits_need_not_be_normalised_and_may_be_huge():
    shifted = classification_scores(KEYS, LABELS, np.log(PROBABILITIES) + 1e4, NAMES)
    assert shifted.values == pytest.approx(scores().values, nan_ok=True)


def test_averages_over_classes_are_those_of_sklearn():
    random = np.random.default_rng(0)
    names = list("abcdefg")  # f is only predicted, g neither held nor predicted
    labels = random.integers(0, 5, 200)
    logits = random.normal(size=(200, 7)) - 9.0 * (np.arange(7) == 6)
    predicted = logits.argmax(axis=1)
    values = classification_scores([str(i) for i in range(200)], labels, logits, names).values
    average = {"average": "macro", "zero_division": 0}
    assert values["accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    assert values["balanced_accuracy"] == pytest.approx(
        recall_score(labels, predicted, labels=np.unique(labels), **average)
    )
    assert values["f1_macro"] == pytest.approx(f1_score(labels, predicted, **average))
    assert values["precision_macro"] == pytest.approx(precision_score(labels, predicted, **average))


def test_a_class_predicted_but_absent_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = classification_scores(["a"], [0], [[0.0, 1.0, 0.0]], NAMES).values
    assert values["balanced_accuracy"] == 0
    assert values["f1_macro"] == 0


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        ([0, 1, 1, 1], np.zeros((4, 2)), r"Received: keys \[4\], labels \[4\], logits \[4, 2\], 3"),
        ([[0], [1], [1], [1]], np.zeros((4, 3)), r"labels \[4, 1\]"),
        ([0, 1, 1, 3], np.zeros((4, 3)), "whole numbers from 0 to 2. Received: int64 from 0 to 3"),
        ([0, 1, 1, -1], np.zeros((4, 3)), "from -1 to 1"),
        ([0.0, 1.0, 1.0, 1.0], np.zeros((4, 3)), "Received: float64"),
        ([0, 1, 1, 1], np.full((4, 3), np.nan), "NaN or infinity for 4 of 4 examples"),
    ],
)
def test_what_does_not_fit_is_named(labels, logits, message):
    with pytest.raises(ValueError, match=message):
        classification_scores(KEYS, labels, logits, NAMES)


def test_an_empty_split_has_no_scores():
    with pytest.raises(ValueError, match="N at least 1"):
        classification_scores([], np.zeros(0, int), np.zeros((0, 3)), NAMES)


def probabilities_and_labels(classes, count=300, seed=1):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    logits = random.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels]
    return labels, logits, softmax(logits, axis=1)


def test_figures_of_two_classes_are_sklearns_of_the_second():
    labels, logits, probabilities = probabilities_and_labels(2)
    values = classification_scores([str(i) for i in range(300)], labels, logits, ["no", "yes"])
    values, predicted = values.values, logits.argmax(axis=1)
    assert values["f1"] == pytest.approx(f1_score(labels, predicted))
    assert values["precision"] == pytest.approx(precision_score(labels, predicted))
    assert values["recall"] == pytest.approx(recall_score(labels, predicted))
    assert values["auc"] == pytest.approx(roc_auc_score(labels, probabilities[:, 1]))


def test_figures_of_more_classes_are_sklearns():
    labels, logits, probabilities = probabilities_and_labels(5)
    scored = classification_scores([str(i) for i in range(300)], labels, logits, list("abcde"))
    values, predicted = scored.values, logits.argmax(axis=1)
    area = roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    assert values["auc"] == pytest.approx(area)
    assert values["f1_micro"] == pytest.approx(f1_score(labels, predicted, average="micro"))
    macro = recall_score(labels, predicted, average="macro")
    assert values["recall_macro"] == pytest.approx(macro)
    each = recall_score(labels, predicted, average=None)
    assert [values[f"recall_of_{name}"] for name in "abcde"] == pytest.approx(each)
    bins = calibration_bins(scored.examples["confidence"], scored.examples["correct"]).dropna()
    apart = (bins["accuracy"] - bins["confidence"]).abs() * bins["examples"] / 300
    assert values["calibration_error"] == pytest.approx(apart.sum())
    assert "f1" not in values


def test_equal_probabilities_count_half():
    # Of six pairs of a `yes` and a `no` three are told apart, one is not, two are the wrong way.
    scores = [0.0, 1.0, 2.0, 1.0, 0.5]
    labels = [0, 0, 0, 1, 1]
    logits = [[0.0, score] for score in scores]
    values = classification_scores(list("abcde"), labels, logits, ["no", "yes"]).values
    assert values["auc"] == pytest.approx((1 + 0.5 + 0 + 1 + 0 + 0) / 6)


def test_what_a_split_does_not_tell_is_no_number():
    values = classification_scores(["a"], [0], [[2.0, 1.0]], ["no", "yes"]).values
    assert np.isnan(values["auc"])
    assert np.isnan(values["recall_of_yes"])
    assert (values["recall"], values["f1"]) == (0.0, 0.0)


def test_names_of_recalls_are_names_of_metrics_and_differ():
    names = ["T-shirt/top", "v1.5", "v1_5", "größe", "a/b", "a:b"]
    found = recall_names(names)
    assert found[0] == "recall_of_T-shirt_top"
    assert len(set(found)) == len(names)
    for each in found:
        assert metric_name(f"epoch/dev.{each}")
        assert higher_is_better(f"dev.{each}")
