"""Detections scored by hand: what is told of each picture, what is left out, what is refused."""

import numpy as np
import pytest

from dlsuite.metrics import detection_scores, higher_is_better, mean_interval

SQUARE, SHIFTED, FAR = (0, 0, 10, 10), (2, 0, 12, 10), (50, 50, 60, 60)
NOWHERE = (0, 0, 0, 0)
PARTS = {"truth": ("boxes", "labels", "ignored"), "answers": ("boxes", "labels", "scores")}


def padded(pictures, names):
    """Boxes of each picture, `(box, label, third)`, as arrays padded with label -1."""
    most = max(1, *map(len, pictures))
    filled = [[*rows, *[(NOWHERE, -1, 0)] * (most - len(rows))] for rows in pictures]
    columns = [np.array([[row[i] for row in rows] for rows in filled]) for i in range(3)]
    return dict(zip(names, columns, strict=True))


def truth(*pictures):
    return padded(pictures, PARTS["truth"])


def answers(*pictures):
    return padded(pictures, PARTS["answers"])


def scored(true, told, names=("cat", "dog"), **choices):
    return detection_scores(
        [f"k{i}" for i in range(len(true["labels"]))], true, told, names, **choices
    )


def test_each_picture_is_answered_for_itself():
    true = truth(
        [(SQUARE, 0, False), (FAR, 1, False)],  # one found, one missed, nothing else told
        [(SQUARE, 0, False)],  # found, and one told that is not there
        [],  # nothing there, nothing told
        [],  # nothing there, one told
        [(SQUARE, 1, False)],  # told too low to count
    )
    told = answers(
        [(SHIFTED, 0, 0.9)],
        [(SQUARE, 0, 0.8), (FAR, 1, 0.6)],
        [],
        [(FAR, 0, 0.7)],
        [(SQUARE, 1, 0.4)],
    )
    scores = scored(true, told)
    table = scores.examples
    assert list(table["key"]) == ["k0", "k1", "k2", "k3", "k4"]
    assert list(table["label"]) == ["1 cat, 1 dog", "1 cat", "nothing", "nothing", "1 dog"]
    assert list(table["predicted"]) == ["1 cat", "1 cat, 1 dog", "nothing", "1 cat", "nothing"]
    assert list(table["objects"]) == [2, 1, 0, 0, 1]
    assert list(table["found"]) == [1, 1, 0, 0, 0]
    assert list(table["missed"]) == [1, 0, 0, 0, 1]
    assert list(table["false_alarms"]) == [0, 1, 0, 1, 0]
    assert list(table["correct"]) == [False, False, True, False, False]
    # 1 - F1, F1 = 2 found / (objects + told).
    np.testing.assert_allclose(table["loss"], [1 / 3, 1 / 3, 0, 1, 1])
    np.testing.assert_array_equal(table["error"], table["loss"])
    np.testing.assert_allclose(table["confidence"], [0.9, 0.7, 1, 0.7, 0.6])
    # 80 of 120 square pixels are shared; the other object of the picture is not overlapped.
    np.testing.assert_allclose(table["mean_iou"], [1 / 3, 1, np.nan, np.nan, 0])
    expected = {
        "precision": 2 / 4,
        "recall": 2 / 4,
        "f1": 2 * 2 / (4 + 4),
        "mean_iou": (2 / 3 + 0 + 1 + 0) / 4,
        "exact_match": 1 / 5,
        "loss": (1 / 3 + 1 / 3 + 0 + 1 + 1) / 5,
    }
    assert {name: scores.values[name] for name in expected} == pytest.approx(expected)


def test_the_table_feeds_intervals_and_every_value_knows_its_direction():
    scores = scored(truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.9)]))
    assert mean_interval(scores.examples["error"].to_numpy()) == (0, 0, 0)
    assert {name for name in scores.values if not higher_is_better(f"dev.{name}")} == {"loss"}


def test_scores_of_a_picture_do_not_depend_on_the_others():
    first, second = [(SQUARE, 0, False)], [(FAR, 1, False), (SQUARE, 0, False)]
    said, more = [(SHIFTED, 0, 0.9)], [(FAR, 0, 0.95), (SQUARE, 0, 0.55)]
    others = ["key", "map_50_part"]  # a part is what a picture adds to the others
    alone = scored(truth(second), answers(more)).examples.drop(columns=others)
    both = scored(truth(first, second), answers(said, more)).examples.drop(columns=others)
    assert alone.iloc[0].to_dict() == both.iloc[1].to_dict()


def test_an_ignored_object_is_neither_missed_nor_wrong_when_found():
    hard = truth([(SQUARE, 0, True), (FAR, 1, False)])
    silent = scored(hard, answers([(FAR, 1, 0.9)]))
    twice = scored(hard, answers([(FAR, 1, 0.9), (SQUARE, 0, 0.8), ((0, 0, 5, 10), 0, 0.7)]))
    for scores in (silent, twice):
        assert (
            scores.values["exact_match"] == scores.values["map"] == scores.values["precision"] == 1
        )
        assert "ap_of_cat" not in scores.values
        assert list(scores.examples["predicted"]) == ["1 dog"]


def test_a_threshold_changes_what_is_told_and_no_average_precision():
    true, told = truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.3), (FAR, 0, 0.2)])
    high, low = scored(true, told), scored(true, told, threshold=0.25)
    assert (high.values["f1"], low.values["f1"]) == (0, 1)
    assert high.values["map"] == low.values["map"] == 1


def test_what_a_split_does_not_tell_is_left_out():
    nothing = scored(truth([], []), answers([], []))
    assert nothing.values == {"exact_match": 1.0, "loss": 0.0}
    alarm = scored(truth([]), answers([(SQUARE, 0, 0.9)]))
    assert alarm.values == {"exact_match": 0.0, "loss": 1.0, "precision": 0.0}
    small = scored(truth([(SQUARE, 0, False)]), answers([]))
    assert {"map_medium", "map_large", "recall_large", "ap_50_of_dog", "precision"}.isdisjoint(
        small.values
    )
    assert small.values["map"] == small.values["map_small"] == small.values["ap_50_of_cat"] == 0


def test_past_100_classes_there_are_no_values_of_each():
    scores = scored(
        truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.9)]), [f"c{i}" for i in range(101)]
    )
    assert not [name for name in scores.values if "_of_" in name]
    assert scores.values["map"] == 1


def test_a_box_turned_inside_out_finds_nothing():
    scores = scored(truth([(SQUARE, 0, False)]), answers([((10, 10, 0, 0), 0, 0.9)]))
    assert scores.values["map"] == scores.values["mean_iou"] == 0


def changed(part, name, value):
    true, told = truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.9)])
    (true if part == "truth" else told)[name] = np.asarray(value)
    return true, told


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (changed("truth", "labels", [[2]]), r"from 0 to 1\. Received: int64 from 2 to 2"),
        (changed("answers", "labels", [[0.0]]), "Received: float64 from 0.0 to 0.0"),
        (changed("answers", "boxes", [[[0, 0, np.nan, 1]]]), "`answers` must be finite .* 1 of 1"),
        (changed("answers", "scores", [[np.inf]]), "scores of `answers` must be finite"),
        (changed("truth", "ignored", [False]), r"Received: \[1, 1, 4\], \[1, 1\], \[1\]"),
        (changed("truth", "boxes", [[0, 0, 1, 1]]), r"boxes \[E, N, 4\]"),
        ((truth([], []), answers([])), "truth of 2, answers of 1, keys of 2"),
    ],
)
def test_what_cannot_be_measured_is_refused(case, message):
    with pytest.raises(ValueError, match=message):
        scored(*case)


def test_missing_parts_and_thresholds_outside_are_refused():
    true, told = truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.9)])
    with pytest.raises(ValueError, match=r"boxes, labels and ignored\. Received: boxes, labels"):
        scored({name: true[name] for name in ("boxes", "labels")}, told)
    with pytest.raises(ValueError, match=r"in \[0, 1\]. Received: threshold=1.5"):
        scored(true, told, threshold=1.5)


def test_absent_boxes_may_hold_anything():
    true, told = truth([(SQUARE, 0, False)]), answers([(SQUARE, 0, 0.9), (SQUARE, -1, 0.9)])
    told["boxes"] = told["boxes"].astype(float)
    told["boxes"][0, 1] = np.nan
    assert scored(true, told).values["precision"] == 1
