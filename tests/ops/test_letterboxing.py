"""Letterboxes: where pictures lie in them, and boxes there and back."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlsuite.ops.letterboxing import extent, into_letterbox, out_of_letterbox, placement

SIDES = st.integers(1, 5000)
EPSILON = float(np.finfo(np.float32).eps)


@pytest.mark.parametrize(
    ("size", "target", "filled", "corner"),
    [
        ((300, 400), (416, 416), (312, 416), (52, 0)),  # 300 * 416 / 400
        ((400, 300), (416, 416), (416, 312), (0, 52)),
        ((10, 10), (64, 96), (64, 64), (0, 16)),
        ((64, 96), (64, 96), (64, 96), (0, 0)),
        ((1, 1000), (100, 100), (1, 100), (49, 0)),  # a tenth of a pixel is one; 99 are left
        ((1000, 1), (100, 100), (100, 1), (0, 49)),
        ((1, 40), (100, 100), (3, 100), (48, 0)),  # 2.5 rounds up
    ],
)
def test_a_picture_keeps_its_proportions_in_the_middle(size, target, filled, corner):
    assert tuple(int(side) for side in extent(size, target)) == filled
    scale, top, left = placement(size, target)
    assert (float(top), float(left)) == corner
    assert float(scale) == pytest.approx(min(target[0] / size[0], target[1] / size[1]))


@settings(max_examples=40, deadline=None)
@given(SIDES, SIDES, st.integers(1, 700), st.integers(1, 700))
def test_a_picture_fills_one_direction_and_rounds_the_other(height, width, high, wide):
    filled = [int(side) for side in extent((height, width), (high, wide))]
    scale = min(high / height, wide / width)
    for side, own, most in zip(filled, (height, width), (high, wide), strict=True):
        assert 1 <= side <= most
        assert side == 1 or abs(side - own * scale) <= 0.5 + 1e-6
    assert filled[0] == high or filled[1] == wide


@st.composite
def pictures_with_boxes(draw):
    sizes = draw(st.lists(st.tuples(SIDES, SIDES), min_size=1, max_size=20))
    parts = st.floats(0, 1, width=32)
    boxes = []
    for height, width in sizes:
        x, y = sorted(draw(st.tuples(parts, parts))), sorted(draw(st.tuples(parts, parts)))
        boxes.append([[x[0] * width, y[0] * height, x[1] * width, y[1] * height], [0, 0, 0, 0]])
    return np.array(sizes), np.array(boxes, "float32")


@settings(max_examples=40, deadline=None)
@given(pictures_with_boxes(), st.integers(1, 700), st.integers(1, 700))
@example((np.array([[1, 1]]), np.array([[[0, 0, 1, 1]]], "float32")), 416, 416)
@example((np.array([[1, 5000]]), np.array([[[17, 0, 4999, 1]]], "float32")), 416, 416)
@example((np.array([[5000, 1]]), np.array([[[0, 0, 1, 5000]]], "float32")), 1, 700)
def test_boxes_come_back_from_a_letterbox_to_where_they_were(pictures, high, wide):
    sizes, boxes = pictures
    target = (high, wide)
    there = np.asarray(into_letterbox(boxes, sizes, target))
    back = np.asarray(out_of_letterbox(there, sizes, target))
    filled = np.stack([np.asarray(side) for side in extent(sizes, target)], axis=-1)
    # A place in the letterbox is known to a few roundings of its side; so it is in the picture.
    slack = 4 * EPSILON * (max(target) * sizes / filled + sizes)  # [B, 2], of y and x
    assert (np.abs(back - boxes) <= np.tile(slack[:, ::-1], 2)[:, None]).all()
    assert not there[(boxes == 0).all(-1)].any()
    assert there.min() >= 0
    assert (there <= np.array([wide, high] * 2) * (1 + EPSILON)).all()


def test_the_whole_picture_is_what_it_fills():
    size, target = (333, 77), (64, 96)
    # 77 * 64 / 333 = 14.8, 15 wide, 81 left over, 40 of them on the left.
    whole = np.asarray(into_letterbox([[0.0, 0.0, 77.0, 333.0]], size, target))
    np.testing.assert_allclose(whole, [[40, 0, 55, 64]], rtol=1e-6)


def test_boxes_found_in_the_border_end_at_the_pictures_edge():
    # 300 x 400 fills rows 52 to 364 of 416, at a scale of 1.04.
    found = [[-5.0, 10.0, 208.0, 500.0], [0.0, 0.0, 20.0, 30.0], [0.0, 0.0, 0.0, 0.0]]
    back = np.asarray(out_of_letterbox(found, (300, 400), (416, 416)))
    expected = [[0, 0, 200, 300], [0, 0, 20 / 1.04, 0], [0, 0, 0, 0]]
    np.testing.assert_allclose(back, expected, rtol=1e-6)
