"""Planted label flips are found; clean labels, few examples and one class suspect nothing."""

import numpy as np
import pytest

from dlsuite.strategy.suspects import suspected_labels


@pytest.mark.parametrize("seed", [0, 1])
def test_five_percent_of_flipped_digits_are_found(seed):
    """Precision and recall on out-of-sample probabilities; without flips next to nothing."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, cross_val_predict

    pixels, truth = load_digits(return_X_y=True)
    generator = np.random.default_rng(seed)
    count = round(0.05 * len(truth))
    flipped = np.zeros(len(truth), bool)
    flipped[generator.choice(len(truth), count, replace=False)] = True
    labels = np.where(flipped, (truth + generator.integers(1, 10, len(truth))) % 10, truth)
    model = LogisticRegression(max_iter=60, tol=1e-2)
    folds = KFold(5, shuffle=True, random_state=seed)  # in their order digits go by writer
    told = cross_val_predict(model, pixels / 16, labels, cv=folds, method="predict_proba")
    suspects = suspected_labels(labels, told)
    precision = (suspects & flipped).sum() / suspects.sum()
    recall = (suspects & flipped).sum() / count
    assert precision >= 0.9
    assert recall >= 0.7
    clean = cross_val_predict(model, pixels / 16, truth, cv=folds, method="predict_proba")
    assert suspected_labels(truth, clean).mean() <= 0.025


def sure(labels, classes=2, share=0.9):
    rows = np.full((len(labels), classes), (1 - share) / (classes - 1))
    rows[np.arange(len(labels)), labels] = share
    return rows


def test_a_planted_flip_among_sure_answers_is_the_only_suspect():
    truth = np.arange(60) % 3
    labels = truth.copy()
    labels[7] = 2 if truth[7] != 2 else 0
    assert np.flatnonzero(suspected_labels(labels, sure(truth, 3))).tolist() == [7]
    assert not suspected_labels(truth, sure(truth, 3)).any()


def test_few_examples_or_one_class_tell_nothing():
    assert not suspected_labels([0, 1] * 5, sure(np.array([1, 0] * 5))).any()
    assert not suspected_labels(np.zeros(40, int), sure(np.ones(40, int))).any()
    assert suspected_labels([], np.zeros((0, 2))).shape == (0,)


@pytest.mark.parametrize(
    ("labels", "probabilities", "message"),
    [
        ([0, 1], np.ones((3, 2)) / 2, r"Received: \[2\] and \[3, 2\]"),
        ([[0]], np.ones((1, 2)) / 2, "must have shape"),
        ([0, 2], np.ones((2, 2)) / 2, "numbers from 0 to 1. Received: 0 to 2"),
    ],
)
def test_what_does_not_fit_is_refused(labels, probabilities, message):
    with pytest.raises(ValueError, match=message):
        suspected_labels(labels, probabilities)
