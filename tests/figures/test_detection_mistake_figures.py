"""Figures of mistakes: curves, bars, confusion and examples, on boxes counted by hand."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from dlsuite.figures import (
    detection_confusion,
    mistake_bars,
    mistake_examples,
    precision_recall,
)
from dlsuite.metrics import precision_recall_curves
from dlsuite.metrics.detection import confusion, mistakes

NAMES = ("cat", "$dog")
CAT, DOG, NOWHERE = (10, 20, 40, 60), (50, 5, 90, 45), (0, 0, 0, 0)
# Picture 0: the cat is found, the dog is missed, one false alarm. 1: nothing there, nothing told.
# 2: both found, the cat told twice. 3: an ignored dog.
TRUTH = {
    "boxes": np.array([[CAT, DOG], [NOWHERE, NOWHERE], [CAT, DOG], [DOG, NOWHERE]], np.float32),
    "labels": np.array([[0, 1], [-1, -1], [0, 1], [1, -1]]),
    "ignored": np.array([[False] * 2] * 3 + [[True, False]]),
}
ANSWERS = {
    "boxes": np.array(
        [
            [CAT, (60, 60, 80, 90), NOWHERE],
            [NOWHERE] * 3,
            [CAT, DOG, (12, 20, 40, 60)],
            [DOG, NOWHERE, NOWHERE],
        ],
        np.float32,
    ),
    "labels": np.array([[0, 1, -1], [-1, -1, -1], [0, 1, 0], [1, -1, -1]]),
    "scores": np.array([[0.9, 0.7, 0], [0, 0, 0], [0.8, 0.75, 0.6], [0.9, 0, 0]]),
}


def image(number=0):
    return np.full((100, 100, 3), 40 * number, np.uint8)


def boxes(axes):
    """Corners of all boxes on a picture."""
    frames = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    return [tuple(map(float, frame.get_bbox().extents)) for frame in frames]


def words(axes):
    return {text.get_text() for text in axes.texts}


def test_curves_end_at_their_recall_and_a_dot_stands_at_the_threshold(drawn):
    curves = pd.DataFrame(
        {
            "class": ["a", "a", "$b"],
            "score": [0.9, 0.4, np.nan],
            "precision": [0.5, 0.8, np.nan],
            "recall": [0.25, 0.5, 0.0],
            "average_precision": [0.4, 0.4, 0.0],
        }
    )
    figure = drawn(precision_recall(curves, split="dev"))
    title = "mAP at an overlap of 0.5, dev pictures: 0.200 over 2 classes"
    assert figure.get_suptitle() == title
    first, dot, second = figure.axes[0].lines
    np.testing.assert_array_equal(first.get_xydata(), [[0, 0.8], [0.25, 0.8], [0.5, 0.8]])
    np.testing.assert_array_equal(dot.get_xydata(), [[0.25, 0.8]])
    np.testing.assert_array_equal(second.get_xydata(), [[0, 0], [0, 0]])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a, 0.400", "$b, 0.000"]


def test_of_many_classes_those_found_worst_are_named(drawn):
    names = [f"class {i}" for i in range(20)]
    curves = pd.DataFrame(
        {
            "class": names,
            "score": 0.9,
            "precision": 0.5,
            "recall": 0.5,
            "average_precision": np.linspace(1, 0.05, 20),
        }
    )
    figure = drawn(precision_recall(curves))
    named = [text.get_text().split(",")[0] for text in figure.legends[0].get_texts()]
    assert sorted(named) == sorted(names[-7:])
    assert "named are the 7 found worst" in figure.get_suptitle()
    assert precision_recall(curves[:1]).get_suptitle().endswith("1.000 over one class")


def test_curves_of_no_class_are_refused():
    with pytest.raises(ValueError, match=r"at least one class\. Received: an empty table"):
        precision_recall(
            precision_recall_curves(
                *({**p, "labels": p["labels"] * 0 - 1} for p in (TRUTH, ANSWERS)), NAMES
            )
        )


TABLE = mistakes(list("abcd"), TRUTH, ANSWERS, NAMES)


def test_bars_count_mistakes_by_the_class_that_is_told_or_missed(drawn):
    figure = drawn(mistake_bars(TABLE, NAMES, split="dev"))
    assert figure.get_suptitle() == "3 mistakes beside 3 objects rightly found in dev pictures"
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["$dog", "cat"]
    lengths = {bars.get_label(): [bar.get_width() for bar in bars] for bars in axes.containers}
    assert lengths == {
        "class: wrong class (0)": [0, 0],
        "localization: badly placed (0)": [0, 0],
        "both: wrong class, badly placed (0)": [0, 0],
        "duplicate: found twice (1)": [0, 1],
        "background: nothing there (1)": [1, 0],
        "missed: not found (1)": [1, 0],
    }
    assert {text.get_text() for text in axes.texts} == {"2", "1"}


def test_of_many_classes_those_with_most_mistakes_have_bars(drawn):
    names = [*(f"class {i}" for i in range(40)), *NAMES]
    figure = drawn(mistake_bars(TABLE, names))
    assert "; the 30 classes with most" in figure.get_suptitle()
    assert len(figure.axes[0].containers[0]) == 30
    drawn(mistake_bars(TABLE[:0], NAMES))


def test_confusion_has_the_background_as_a_class(drawn):
    figure = drawn(detection_confusion(confusion(TABLE, NAMES), NAMES, split="dev"))
    assert figure.get_suptitle() == "3 of 4 dev objects found, 2 false alarms"
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["cat", "$dog", "(background)"]
    cells = {tuple(map(int, text.get_position()))[::-1]: text.get_text() for text in axes.texts}
    assert {place: count for place, count in cells.items() if count != "0"} == {
        (0, 0): "2",
        (1, 1): "1",
        (1, 2): "1",
        (2, 0): "1",
        (2, 1): "1",
    }


def test_mistakes_are_cut_out_of_their_pictures(drawn):
    def number(place):
        picture = np.zeros((100, 100, 3), np.float32)
        picture[60:90, 60:80] = 1  # where the false alarm is
        return picture

    figure = drawn(mistake_examples(TABLE, number, columns=2, split="dev"))
    rows = [axes.texts[0].get_text() for axes in figure.axes if not axes.images]
    assert rows == [
        "duplicate\nfound twice\n(1)",
        "background\nnothing there\n(1)",
        "missed\nnot found\n(1)",
    ]
    twice, nothing, missed = (axes for axes in figure.axes if axes.images)
    assert words(twice) == {"cat 0.60"}
    assert words(missed) == {"$dog"}
    # The box lies on the same pixels as in the whole picture.
    left, top, right, bottom = boxes(nothing)[0]
    part = np.asarray(nothing.images[0].get_array())
    assert part.shape[:2] == (48, 48)  # 30 pixels, and 0.6 as much beside them
    assert part[int(top) : int(bottom), int(left) : int(right)].min() == 1
    assert part.sum() == 3 * (right - left) * (bottom - top) == 3 * 20 * 30


def test_boxes_beyond_the_picture_are_cut_where_it_ends(drawn):
    truth = {name: values[:1] for name, values in TRUTH.items()}
    answers = {
        "boxes": [[[-20, -30, 5, 8], [95, 90, 140, 150]]],
        "labels": [[0, 0]],
        "scores": [[0.9, 0.8]],
    }
    table = mistakes(["a"], truth, answers, NAMES)
    figure = drawn(mistake_examples(table, image))
    assert all(np.asarray(axes.images[0].get_array()).size for axes in figure.axes if axes.images)


def test_examples_of_no_mistake_are_refused():
    with pytest.raises(ValueError, match=r"at least one mistake\. Received none"):
        mistake_examples(TABLE[TABLE["kind"] == "correct"], image)
