"""Every kind of mistake, on boxes whose overlap is worked by hand."""

import numpy as np
import pytest

from dlsuite.metrics import detection_scores
from dlsuite.metrics.detection import KINDS, MEANINGS, confusion, mistakes, set_right

NAMES = ("cat", "dog")
OBJECT = (0, 0, 10, 10)
# Overlaps with it: 80 of 120, 30 of 100, 5 of 100 square pixels.
GOOD, LOOSE, FAINT = (2, 0, 12, 10), (0, 0, 10, 3), (0, 0, 10, 0.5)
FAR = (50, 50, 60, 60)


def table_of(objects, told, threshold=0.5):
    """`objects`: (box, label) or (box, label, ignored); `told`: (box, label, score)."""
    objects = [(*row, False)[:3] for row in objects] or [(FAR, -1, False)]
    told = told or [(FAR, -1, 0.0)]
    truth, answers = (
        {
            name: np.array([[row[i] for row in rows]])
            for i, name in enumerate(("boxes", "labels", third))
        }
        for rows, third in ((objects, "ignored"), (told, "scores"))
    )
    return mistakes(["k"], truth, answers, NAMES, threshold=threshold)


@pytest.mark.parametrize(
    ("told", "kinds"),
    [
        ([(GOOD, 0, 0.9)], ["correct"]),
        ([(LOOSE, 0, 0.9)], ["localization"]),
        ([(GOOD, 1, 0.9)], ["class"]),
        ([(GOOD, 0, 0.9), (OBJECT, 0, 0.8)], ["correct", "duplicate"]),
        ([(LOOSE, 1, 0.9)], ["both", "missed"]),
        ([(FAINT, 0, 0.9)], ["background", "missed"]),
        ([(FAR, 0, 0.9)], ["background", "missed"]),
        ([], ["missed"]),
        ([(GOOD, 0, 0.4)], ["missed"]),
        # The object is found, so a further one in its place but of another class is of that kind.
        ([(OBJECT, 0, 0.6), (GOOD, 1, 0.9)], ["class", "correct"]),
    ],
)
def test_a_mistake_is_of_its_kind(told, kinds):
    table = table_of([(OBJECT, 0)], told)
    assert list(table["kind"]) == kinds
    assert set(kinds) <= set(KINDS)


def test_a_row_says_which_boxes_it_is_about():
    table = table_of([(FAR, 1), (OBJECT, 0)], [(GOOD, 1, 0.9), ((80, 80, 90, 90), 0, 0.6)])
    first, second, third = (row for _, row in table.iterrows())
    told, true = ("x_min", "y_min", "x_max", "y_max"), ("true_x_min", "true_y_max")
    assert (first["kind"], first["label"], first["predicted"]) == ("class", "cat", "dog")
    assert (first["picture"], first["key"], first["object"], first["score"]) == (0, "k", 1, 0.9)
    assert first["overlap"] == pytest.approx(80 / 120)
    assert tuple(first[list(told)]) == GOOD
    assert tuple(first[list(true)]) == (0, 10)
    assert (second["kind"], second["label"], second["object"]) == ("background", "", -1)
    assert np.isnan(second[["overlap", *true]].astype(float)).all()
    assert (third["kind"], third["label"], third["predicted"]) == ("missed", "dog", "")
    assert np.isnan(third[["score", "overlap", *told]].astype(float)).all()
    assert tuple(third[list(true)]) == (50, 60)


def test_ignored_objects_are_in_no_row():
    assert table_of([(OBJECT, 0, True)], [(GOOD, 0, 0.9), (LOOSE, 0, 0.8)]).empty
    # Told to be another class, it is not that object, and nothing else is there.
    table = table_of([(OBJECT, 0, True)], [(GOOD, 1, 0.9)])
    assert list(table["kind"]) == ["background"]


def test_classes_are_confused_with_each_other_and_with_the_background():
    table = table_of(
        [(OBJECT, 0), (FAR, 1), ((80, 80, 90, 90), 1)],
        [(GOOD, 1, 0.9), (OBJECT, 1, 0.8), (FAR, 1, 0.7), ((20, 20, 30, 30), 0, 0.6)],
    )
    assert list(table["kind"]) == ["class", "class", "correct", "background", "missed"]
    expected = [
        [0, 1, 0],  # the cat is called a dog,
        [0, 1, 1],  # one dog is found, one is not,
        [1, 1, 0],  # a cat in nothing, and the cat's second dog.
    ]
    np.testing.assert_array_equal(confusion(table, NAMES), expected)


def test_rows_of_a_confusion_are_objects_and_columns_detections():
    random = np.random.default_rng(0)
    pictures, most, classes = 30, 9, 3
    corner = random.uniform(0, 60, (pictures, most, 2))
    boxes = np.concatenate([corner, corner + random.uniform(10, 40, corner.shape)], axis=-1)
    labels = random.integers(-1, classes, (pictures, most))
    truth = {"boxes": boxes, "labels": labels, "ignored": np.zeros(labels.shape, bool)}
    answers = {
        "boxes": np.tile(boxes, (1, 2, 1)) + random.normal(0, 3, (pictures, 2 * most, 4)),
        "labels": random.integers(-1, classes, (pictures, 2 * most)),
        "scores": random.uniform(size=(pictures, 2 * most)),
    }
    names = list("abc")
    table = mistakes(range(pictures), truth, answers, names, threshold=0.3)
    counts = confusion(table, names)
    told = answers["labels"][answers["scores"] >= 0.3]
    np.testing.assert_array_equal(counts[:3].sum(axis=1), [(labels == i).sum() for i in range(3)])
    np.testing.assert_array_equal(counts[:, :3].sum(axis=0), [(told == i).sum() for i in range(3)])
    assert set(KINDS) == set(table["kind"])
    examples = detection_scores(range(pictures), truth, answers, names, threshold=0.3).examples
    right = table[table["kind"] == "correct"].groupby("picture").size()
    assert right.to_dict() == {i: n for i, n in enumerate(examples["found"]) if n}
    wrong = table[~table["kind"].isin(["correct", "missed"])].groupby("picture").size()
    assert wrong.to_dict() == {i: n for i, n in enumerate(examples["false_alarms"]) if n}
    assert table["picture"].is_monotonic_increasing


def test_an_empty_table_confuses_nothing():
    table = table_of([], [])
    assert table.empty
    np.testing.assert_array_equal(confusion(table, NAMES), np.zeros((3, 3)))


@pytest.mark.parametrize(
    ("kind", "told", "found", "alarms"),
    [
        ("missed", [], 1, 0),
        ("localization", [(LOOSE, 0, 0.9)], 1, 1),
        ("class", [(GOOD, 1, 0.9)], 1, 1),
        # Of two that are off one finds the object, and both are no alarms any more.
        ("localization", [(LOOSE, 0, 0.9), ((0, 0, 10, 4), 0, 0.8)], 1, 2),
        # The object has been found by another.
        ("class", [(OBJECT, 0, 0.6), (GOOD, 1, 0.9)], 0, 1),
        ("duplicate", [(GOOD, 0, 0.9), (OBJECT, 0, 0.8)], 0, 1),
        ("background", [(FAR, 0, 0.9)], 0, 1),
        ("both", [(LOOSE, 1, 0.9)], 0, 1),
        ("missed", [(LOOSE, 1, 0.9)], 1, 0),
        ("both", [(OBJECT, 0, 0.9)], 0, 0),
    ],
)
def test_a_kind_set_right_changes_its_own_boxes_alone(kind, told, found, alarms):
    table = table_of([(OBJECT, 0)], told)
    assert tuple(map(list, set_right(table, kind, 1))) == ([found], [alarms])
    # Of pictures without any mistake of the kind nothing changes.
    later = table.assign(picture=2)
    assert set_right(later, kind, 4)[0].tolist() == [0, 0, found, 0]


def test_every_kind_of_mistake_has_a_meaning():
    assert set(MEANINGS) == set(KINDS) - {"correct"}
