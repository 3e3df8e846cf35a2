"""Ignored boxes: what lies in them, by a loop, and that nets are not taught to see background."""

import numpy as np

from dlsuite.ops.boxes import shares_inside
from dlsuite.ops.ignored_boxes import are_ignored, as_ignored, shows_ignored

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
    assert np.asarray(shows_ignored(regions, boxes, labels)).tolist() == [True, True, False, False]
