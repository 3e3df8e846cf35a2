"""What regions are taught, worked by hand, and what is proposed and cropped."""

import numpy as np
import pytest

from dlsuite.models.faster_rcnn import Proposals
from dlsuite.models.rcnn import CONTEXT, WarpedRegions
from dlsuite.models.region_loss import Lesson, box_loss, drawn_first, lesson, mean_of_drawn, picked

TRUTH = {
    "boxes": np.array([[[0, 0, 10, 10], [20, 20, 30, 30], [0, 0, 0, 0]]], "float32"),
    "labels": np.array([[4, 2, -1]], "int32"),
}
# IoU with the nearest box: 1, 0.8 (of the second), 0.25, 0; the last two are absent.
REGIONS = np.array(
    [[[0, 0, 10, 10], [20, 20, 30, 28], [0, 0, 5, 5], [40, 40, 50, 50], [0] * 4, [7, 7, 7, 9]]],
    "float32",
)
USUAL = {
    "positive": 0.5,
    "negative": 0.5,
    "count": 6,
    "positive_share": 0.5,
    "seed": 0,
    "size": (99, 99),
}


def taught(truth=TRUTH, **choices):
    return lesson(REGIONS, truth, **{**USUAL, **choices})


def test_regions_learn_the_box_and_class_that_they_overlap_most():
    learned = taught()
    assert np.asarray(learned.positive)[0].tolist() == [True, True, False, False, False, False]
    assert np.asarray(learned.negative)[0].tolist() == [False, False, True, True, False, False]
    assert np.asarray(learned.labels)[0, :2].tolist() == [4, 2]
    np.testing.assert_array_equal(np.asarray(learned.boxes)[0, :2], TRUTH["boxes"][0, :2])


def test_between_the_thresholds_lies_what_is_not_drawn():
    learned = taught(positive=0.9, negative=0.2)
    assert np.asarray(learned.positive)[0].tolist() == [True] + 5 * [False]
    assert np.asarray(learned.negative)[0].tolist() == [False] * 3 + [True] + [False] * 2


def test_by_force_every_box_has_a_region():
    learned = taught(positive=0.9, negative=0.2, force=True)
    assert np.asarray(learned.positive)[0].tolist() == [True, True] + 4 * [False]


def test_no_more_are_drawn_than_asked():
    learned = taught(count=2)
    assert np.asarray(learned.positive).sum() == 1
    assert np.asarray(learned.negative).sum() == 1
    places = np.asarray(drawn_first(learned, 2))[0]
    assert np.asarray(learned.positive)[0, places[0]]
    assert np.asarray(learned.negative)[0, places[1]]
    one = learned.at(places[None])
    assert np.asarray(one.positive)[0].tolist() == [True, False]
    np.testing.assert_array_equal(np.asarray(one.boxes)[0, 0], TRUTH["boxes"][0, places[0]])
    assert np.asarray(picked(REGIONS, places[None])).tolist() == [REGIONS[0, places].tolist()]


def test_a_mean_is_over_what_is_drawn():
    learned = Lesson(
        boxes=np.zeros((2, 3, 4)),
        labels=np.zeros((2, 3)),
        positive=np.array([[True, False, False], [False, False, False]]),
        negative=np.array([[False, True, False], [False, False, False]]),
    )
    values = np.array([[1.0, 2.0, 50.0], [7.0, 8.0, 9.0]], "float32")
    drawn = learned.positive | learned.negative
    np.testing.assert_allclose(mean_of_drawn(values, learned, drawn), [1.5, 0.0])


def test_the_loss_of_boxes_by_hand():
    # A region 10 wide, its box 1 to the right: dx = 0.1, over a deviation of 0.1 a step of 1; the
    # net says 0.5 and 3 for the height, where 0 is right. Smooth L1: 0.5² / 2 and 3 - 0.5.
    learned = Lesson(
        boxes=np.array([[[1, 0, 11, 10], [0, 0, 10, 10]]], "float32"),
        labels=np.array([[0, 0]]),
        positive=np.array([[True, False]]),
        negative=np.array([[False, True]]),
    )
    regions = np.array([[[0, 0, 10, 10], [0, 0, 10, 10]]], "float32")
    said = np.array([[[0.5, 0, 0, 3], [9, 9, 9, 9]]], "float32")
    loss = box_loss(regions, said, learned, deviations=(0.1, 0.1, 0.2, 0.2), beta=1.0)
    np.testing.assert_allclose(loss, [(0.125 + 2.5) / 2], rtol=1e-5)


def proposals(count: int = 3) -> Proposals:
    return Proposals((2, 2), 16, ((16.0, 16.0), (8.0, 24.0)), (32, 32), count)


def test_proposals_are_the_best_anchors_at_their_steps():
    objectness = np.full((1, 8), -9.0, "float32")
    objectness[0, [0, 6]] = 1.0, 3.0  # the squares of the first and of the last field
    deltas = np.zeros((1, 8, 4), "float32")
    deltas[0, 6] = 0.5, 0.0, np.log(0.5), 0.0  # half a side to the right, half as wide
    boxes = np.asarray(proposals()([objectness, deltas]))
    np.testing.assert_allclose(boxes[0, :2], [[28, 16, 32, 32], [0, 0, 16, 16]], atol=1e-4)


def test_of_two_proposals_alike_one_goes():
    objectness = np.array([[2.0, 1.0, *[-9.0] * 6]], "float32")
    deltas = np.zeros((1, 8, 4), "float32")
    deltas[0, 1] = 0.0, 0.0, np.log(2.0), np.log(2 / 3)  # 8 x 24 becomes 16 x 16
    boxes = np.asarray(proposals(8)([objectness, deltas]))[0]
    assert (boxes[0] == [0, 0, 16, 16]).all()
    assert not (np.abs(boxes[1:] - boxes[0]) < 1).all(axis=1).any()
    assert not boxes[-1].any()  # absent
    layer = Proposals.from_config(proposals(8).get_config())
    np.testing.assert_array_equal(np.asarray(layer([objectness, deltas]))[0], boxes)


def test_crops_show_context_around_a_region():
    # On a ramp a pixel has the value of its place, so a crop says where it looked.
    ramp = np.broadcast_to(
        np.arange(64, dtype="float32")[None, None, :, None] + 0.5, (1, 64, 64, 1)
    )
    size, left, right = 20, 20.0, 40.0
    crop = np.asarray(WarpedRegions(size)([ramp, np.array([[[left, 20.0, right, 40.0]]])]))
    wide = (right - left) / (1 - 2 * CONTEXT)
    start = (left + right) / 2 - wide / 2
    expected = start + (np.arange(size) + 0.5) / size * wide
    np.testing.assert_allclose(crop[0, 0, 7, :, 0], expected, rtol=1e-5)
    # 16 of the paper's 227 pixels lie before the region.
    assert (left - start) / wide == pytest.approx(16 / 227)


def test_regions_in_an_ignored_box_are_no_background():
    crowd = {
        "boxes": np.concatenate([TRUTH["boxes"], [[[38, 38, 99, 99]]]], axis=1).astype("float32"),
        "labels": np.array([[4, 2, -1, -2]], "int32"),
    }
    learned = taught(crowd)
    assert np.asarray(learned.positive)[0].tolist() == [True, True] + 4 * [False]
    assert np.asarray(learned.negative)[0].tolist() == [False, False, True, False, False, False]
