"""By which outputs an answer is understood: what was told, and what is true instead."""

import numpy as np

from dlsuite.targets import ManyLabels, ManyOutputs, Number, OneClass, Output


def test_a_class_is_understood_by_itself_and_where_it_is_wrong_by_the_true_one_too():
    target = OneClass(("a", "b", "c"), (1, 1, 1))
    known = np.array([[0.7, 0.2, 0.1], [0.5, 0.1, 0.4]])
    asked = target.asked(np.array([0, 2]), {"probabilities": known})
    assert asked == [((0, "a", 0.7), None), ((0, "a", 0.5), (2, "c", 0.4))]


def test_labels_are_understood_by_what_was_told_wrongly_and_what_was_missed():
    target = ManyLabels(("a", "b", "c"), (1, 1, 1), 3)
    known = np.array([[0.9, 0.6, 0.1], [0.9, 0.6, 0.1], [0.9, 0.4, 0.1], [0.3, 0.2, 0.1]])
    truth = np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0], [1, 0, 0]])
    asked = target.asked(truth, {"probabilities": known, "present": known > 0.5})
    assert asked == [
        ((0, "a", 0.9), None),  # right
        ((1, "b", 0.6), (2, "c", 0.1)),  # b told, c missed
        ((0, "a", 0.9), (1, "b", 0.4)),  # b missed, nothing told wrongly
        ((0, "a", 0.3), None),  # missed, and yet the most probable
    ]


def test_outputs_are_understood_by_the_one_that_knew_the_truth_least():
    target = ManyOutputs(
        (Output("size", ("s", "l"), (1, 1)), Output("tone", ("d", "m", "w"), (1,) * 3))
    )
    answers = {
        "size_probabilities": np.array([[0.9, 0.1], [0.4, 0.6]]),
        "tone_probabilities": np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4]]),
    }
    asked = target.asked(np.array([[0, 1], [1, 0]]), answers)
    assert asked == [((3, "tone: m", 0.7), None), ((4, "tone: w", 0.4), (2, "tone: d", 0.3))]


def test_a_number_has_no_outputs_to_tell_apart():
    assert Number("price", 0.0, 1.0).asked(np.zeros(2), {"value": np.zeros(2)}) == []
