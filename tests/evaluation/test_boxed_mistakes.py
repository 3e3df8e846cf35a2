"""Kinds of mistakes of boxes and the error without each, worked by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dlsuite.data import Examples
from dlsuite.evaluation.boxed_mistakes import kinds
from dlsuite.evaluation.found_again import FoundAgain
from dlsuite.metrics import detection_scores

NAMES = ("cat", "dog")
OBJECT, GOOD, LOOSE, FAR = (0, 0, 10, 10), (2, 0, 12, 10), (0, 0, 10, 3), (50, 50, 60, 60)
OTHER = (80, 80, 90, 90)
# Objects and what is told of three pictures, and the counts that follow.
PICTURES: list[tuple[list, list]] = [
    # Found once, told twice, one more missed: 1 of 2, 1 false alarm, F1 2 / 4.
    ([(OBJECT, 0), (OTHER, 1)], [(OBJECT, 0, 0.9), (GOOD, 0, 0.8)]),
    # Told loosely, and where nothing is: 0 of 1, 2 false alarms, F1 0.
    ([(OBJECT, 0)], [(LOOSE, 0, 0.9), (FAR, 1, 0.7)]),
    # Told as the other class: 0 of 1, 1 false alarm, F1 0.
    ([(OBJECT, 0)], [(OBJECT, 1, 0.9)]),
]
ABSENT = (FAR, -1, 0.0)
INFO: Any = SimpleNamespace(info=SimpleNamespace(class_names=NAMES, threshold=0.5))


def arrays(rows, names):
    filled = [[*row, *[ABSENT] * (2 - len(row))] for row in rows]
    return {
        name: np.array([[each[place] for each in row] for row in filled])
        for place, name in enumerate(names)
    }


def parts():
    """Table of scores, examples and answers of the three pictures."""
    objects, told = zip(*PICTURES, strict=True)
    truth = arrays(objects, ("boxes", "labels"))
    truth["ignored"] = np.zeros_like(truth["labels"], bool)
    answers = arrays(told, ("boxes", "labels", "scores"))
    keys = np.array(["a", "b", "c"])
    table = detection_scores(keys, truth, answers, NAMES, threshold=0.5).examples
    return table, Examples(rows=truth, keys=keys), answers


def of_kind(found):
    return {name.partition(":")[0]: each for name, each in found.items()}


def test_each_kind_is_credited_with_its_own_boxes_alone():
    table, examples, answers = parts()
    assert table["error"].tolist() == [0.5, 1.0, 1.0]
    found = of_kind(kinds(INFO, table, FoundAgain(examples, np.arange(3), answers)))
    expected = {
        "missed": (1, [0], [1 - 4 / 5, 1, 1]),  # 2 of 2, 1 false alarm
        "duplicate": (1, [0], [1 - 2 / 3, 1, 1]),  # 1 of 2, none
        "localization": (1, [1], [0.5, 1 - 2 / 3, 1]),  # 1 of 1, 1 false alarm
        "background": (1, [1], [0.5, 1, 1]),
        "class": (1, [2], [0.5, 1, 0]),
    }
    assert set(found) == set(expected)
    for name, (count, rows, errors) in expected.items():
        assert (found[name].count, found[name].rows.tolist()) == (count, rows)
        assert found[name].error_without == pytest.approx(np.mean(errors))


def test_of_pictures_that_are_gone_it_is_known_what_was_missed():
    table, examples, answers = parts()
    there = np.array([2, 0])
    again = FoundAgain(
        examples.take(there), there, {name: part[there] for name, part in answers.items()}
    )
    found = of_kind(kinds(INFO, table, again))
    assert set(found) == {"missed", "duplicate", "class"}
    # What the second picture missed is found then, beside its two false alarms.
    assert (found["missed"].count, found["missed"].rows.tolist()) == (2, [0, 1])
    assert found["missed"].error_without == pytest.approx(np.mean([1 / 5, 1 - 2 / 4, 1]))
    gone = of_kind(kinds(INFO, table, None))
    assert list(gone) == ["missed"]
    assert gone["missed"].count == 3
    assert gone["missed"].error_without == pytest.approx(np.mean([1 / 5, 1 - 2 / 4, 1 - 2 / 3]))
