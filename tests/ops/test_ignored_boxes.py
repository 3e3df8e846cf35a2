"""Ignored boxes: what lies in them, by a loop, and that nets are not taught to see background."""

import numpy as np

from dlsuite.ops.box_labels import are_ignored, as_ignored
from dlsuite.ops.boxes import shares_inside
from dlsuite.ops.ignored_boxes import shows_ignored
from dlsuite.ops.visible_boxes import visible_boxes

from .by_hand import random_boxes


def share_by_hand(a, b):
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    whole = np.prod(a[2:] - a[:2])
    return np.prod(np.maximum(sides, 0)) / whole if whole else 0.0


def test_shares_are_those_of_a_loop_over_pairs():
    a, b = random_boxes(9), random_boxes(5, seed=1)
    expected = [[share_by_hand(one, other) for other in b] for one in a]
    np.testing.assert_allclose(np.asarray(shares_inside(a, b)), expected, rtol=1e-5, atol=1e-6)


def test_labels_keep_their_class_and_come_back():
    labels = np.array([0, 3, -1])
    marked = as_ignored(labels[:2])
    assert marked.tolist() == [-2, -5]
    assert as_ignored(marked).tolist() == [0, 3]
    assert are_ignored(np.append(marked, labels)).tolist() == [True, True, False, False, False]


def test_half_of_a_region_is_enough_and_of_the_box_it_may_be_a_corner():
    regions = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [6, 0, 16, 10], [0, 0, 0, 0]], "float32")
    crowd, cat = [0, 0, 10, 90], [5, 0, 20, 10]
    boxes = np.array([crowd, cat, [0, 0, 0, 0]], "float32")
    labels = np.array([as_ignored(1), 0, -1])
    batch = [np.stack([each, each]) for each in (regions, boxes, labels)]
    batch[2][1] = [1, 0, -1]  # none is ignored in the second picture
    shown = np.asarray(shows_ignored(*batch, size=(100, 100)))
    assert shown.tolist() == [[True, True, False, False], [False] * 4]


def test_what_lies_outside_of_the_picture_counts_for_nothing():
    regions = np.array([[[-30, -30, 30, 30]]], "float32")
    boxes, labels = np.array([[[0, 0, 128, 128]]], "float32"), np.array([[-2]])
    assert np.asarray(shows_ignored(regions, boxes, labels, size=(128, 128))).all()
    assert not np.asarray(shows_ignored(regions, boxes, labels * 0, size=(128, 128))).any()


def test_little_of_an_ignored_box_is_still_to_be_ignored():
    window = np.array([0, 0, 100, 100], "float32")
    boxes = np.array([[[-80, 0, 20, 90], [-80, 0, 20, 90], [-80, 0, 1, 90]]], "float32")
    boxes, labels = visible_boxes(boxes, np.array([[-2, 0, -2]]), window, 0.3)
    assert np.asarray(labels).tolist() == [[-2, -1, -1]]
    assert np.asarray(boxes)[0].tolist() == [[0, 0, 20, 90], [0] * 4, [0] * 4]
