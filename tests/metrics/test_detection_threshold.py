"""The score from which boxes are told, held to the F1 of every threshold tried in turn."""

import numpy as np
import pytest

from dlsuite.metrics.detection import best_threshold, detection_scores

NAMES = ("cat", "dog")
SQUARE, FAR = (0, 0, 10, 10), (40, 40, 50, 50)


def truth_of(boxes, labels, ignored=None):
    labels = np.array(labels)
    given = np.zeros(labels.shape, bool) if ignored is None else np.array(ignored)
    return {"boxes": np.array(boxes, float), "labels": labels, "ignored": given}


def answers_of(boxes, labels, scores):
    return {"boxes": np.array(boxes, float), "labels": np.array(labels), "scores": np.array(scores)}


def random_case(seed):
    """Ten pictures with true boxes, some ignored, and answers near them of any score and class."""
    random = np.random.default_rng(seed)
    start = random.uniform(0, 80, (10, 4, 2))
    boxes = np.concatenate([start, start + random.uniform(5, 20, start.shape)], axis=-1)
    labels = random.integers(-1, 2, (10, 4))
    truth = truth_of(boxes, labels, random.uniform(size=labels.shape) < 0.2)
    near = np.concatenate([boxes + random.normal(0, 1.5, boxes.shape), boxes[::-1]], axis=1)
    told = np.concatenate([np.where(random.uniform(size=labels.shape) < 0.8, labels, 1), labels], 1)
    return truth, answers_of(near, told, random.uniform(size=told.shape))


@pytest.mark.parametrize("seed", range(8))
def test_no_other_threshold_has_a_higher_f1(seed):
    truth, answers = random_case(seed)
    keys = np.arange(10)

    def f1(threshold):
        scores = detection_scores(keys, truth, answers, NAMES, threshold=threshold)
        return scores.values["f1"]

    chosen = best_threshold(keys, truth, answers, NAMES)
    assert f1(chosen) == pytest.approx(max(f1(at / 100) for at in range(1, 100)))


def test_low_scores_that_are_right_are_told():
    truth = truth_of([[SQUARE, FAR]], [[0, 1]])
    answers = answers_of([[SQUARE, FAR, (20, 0, 30, 10)]], [[0, 1, 0]], [[0.3, 0.2, 0.1]])
    assert 0.1 < best_threshold([0], truth, answers, NAMES) <= 0.2


def test_of_thresholds_as_good_the_middle_one_is_taken():
    truth = truth_of([[SQUARE]], [[0]])
    answers = answers_of([[SQUARE, FAR]], [[0, 1]], [[0.9, 0.2]])
    assert best_threshold([0], truth, answers, NAMES) == pytest.approx(0.56)  # of 0.21 to 0.9


def test_there_is_none_where_nothing_is_found():
    truth = truth_of([[SQUARE]], [[0]])
    assert best_threshold([0], truth, answers_of([[FAR]], [[0]], [[0.9]]), NAMES) is None
    nothing = answers_of(np.zeros((1, 0, 4)), np.zeros((1, 0), int), np.zeros((1, 0)))
    assert best_threshold([0], truth, nothing, NAMES) is None
    no_object = truth_of([[SQUARE]], [[-1]])
    assert best_threshold([0], no_object, answers_of([[FAR]], [[0]], [[0.9]]), NAMES) is None


def test_what_is_not_of_the_form_is_refused():
    truth = truth_of([[SQUARE]], [[0]])
    with pytest.raises(ValueError, match="must hold boxes, labels and scores"):
        best_threshold([0], truth, {"boxes": np.zeros((1, 0, 4))}, NAMES)
