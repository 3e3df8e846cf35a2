"""Overlaps counted in squares, worked by hand, and as scalars in a loop; steps there and back."""

import math

import keras
import numpy as np
import pytest

from dlsuite.ops import boxes
from dlsuite.training.gradients import gradient_check, value_and_gradients

from .by_hand import iou_by_hand, random_boxes

# Two boxes and their IoU, by counting unit squares.
WORKED = (
    ([0, 0, 2, 2], [1, 0, 3, 2], 2 / 6),  # half of each
    ([0, 0, 2, 2], [0, 0, 2, 2], 1),
    ([0, 0, 2, 2], [2, 0, 4, 2], 0),  # side by side
    ([0, 0, 2, 2], [5, 5, 6, 6], 0),
    ([0, 0, 4, 4], [1, 1, 3, 3], 4 / 16),  # one in the other
    ([0, 0, 0, 0], [0, 0, 0, 0], 0),  # padding with padding
    ([0, 0, 0, 0], [0, 0, 2, 2], 0),
    ([2, 2, 0, 0], [0, 0, 2, 2], 0),  # edges out of order
)


def giou_by_hand(a: np.ndarray, b: np.ndarray) -> float:
    width, height = max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])
    inside = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    overlap = iou_by_hand(a, b)
    union = inside / (1 + overlap)
    return overlap - (width * height - union) / (width * height)


def ciou_by_hand(a: np.ndarray, b: np.ndarray) -> float:
    width, height = max(a[2], b[2]) - min(a[0], b[0]), max(a[3], b[3]) - min(a[1], b[1])
    apart = math.dist(
        ((a[0] + a[2]) / 2, (a[1] + a[3]) / 2), ((b[0] + b[2]) / 2, (b[1] + b[3]) / 2)
    )
    angles = [math.atan2(box[2] - box[0], box[3] - box[1]) for box in (a, b)]
    unlike = 4 / math.pi**2 * (angles[0] - angles[1]) ** 2
    overlap = iou_by_hand(a, b)
    alpha = unlike / (1 - overlap + unlike) if unlike else 0.0
    return overlap - apart**2 / (width**2 + height**2) - alpha * unlike


@pytest.mark.parametrize(("a", "b", "expected"), WORKED)
def test_iou_is_what_counting_squares_gives(a, b, expected):
    assert float(boxes.paired_iou(np.float32(a), np.float32(b))) == pytest.approx(expected)
    assert float(boxes.paired_iou(np.float32(b), np.float32(a))) == pytest.approx(expected)


def test_a_detection_is_correct_when_more_than_half_is_shared():
    """The course: an IoU above 0.5 counts as correct. Half a box moved aside is not enough."""
    truth = np.float32([0, 0, 12, 12])
    found = np.float32([[moved, 0, 12 + moved, 12] for moved in (0, 3, 4, 6)])
    # Moved by m: shared 12 * (12 - m), together 12 * (12 + m).
    np.testing.assert_allclose(boxes.iou(found, truth[None])[:, 0], [1, 9 / 15, 8 / 16, 6 / 18])
    correct = np.asarray(boxes.iou(found, truth[None])[:, 0]) > 0.5
    assert correct.tolist() == [True, True, False, False]


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_every_pair_has_its_overlap(leading):
    a, b = random_boxes(*leading, 6), random_boxes(*leading, 5, seed=1)
    overlaps = boxes.iou(a, b)
    assert overlaps.shape == (*leading, 6, 5)
    expected = [
        [[iou_by_hand(x, y) for y in more] for x in some]
        for some, more in zip(a.reshape(-1, 6, 4), b.reshape(-1, 5, 4), strict=True)
    ]
    np.testing.assert_allclose(overlaps, np.reshape(expected, (*leading, 6, 5)), atol=1e-12)


def test_one_list_of_boxes_is_held_against_those_of_every_picture():
    a, b = random_boxes(6), random_boxes(3, 5, seed=1)
    for picture in range(3):
        np.testing.assert_array_equal(boxes.iou(a, b)[picture], boxes.iou(a, b[picture]))


@pytest.mark.parametrize(
    ("function", "by_hand"),
    [
        (boxes.paired_iou, iou_by_hand),
        (boxes.generalized_iou, giou_by_hand),
        (boxes.complete_iou, ciou_by_hand),
    ],
)
def test_partners_have_the_overlap_of_a_loop(function, by_hand):
    full = [
        each[(each[:, 2] > each[:, 0])] for each in (random_boxes(80), random_boxes(80, seed=1))
    ]
    a, b = (each[:60] for each in full)
    expected = [by_hand(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(function(a, b), expected, atol=1e-12)
    np.testing.assert_allclose(function(a, a), 1, atol=1e-12)


def test_overlaps_and_steps_are_those_of_keras_but_for_its_epsilon():
    a, b = (random_boxes(3, 40, seed=seed).astype("float32") for seed in (0, 1))
    b[..., 2:] += 1
    a[..., 2:] += 1
    theirs = keras.utils.bounding_boxes
    np.testing.assert_allclose(boxes.iou(a, b), theirs.compute_iou(a, b, "xyxy"), atol=1e-5)
    np.testing.assert_allclose(
        boxes.complete_iou(a, b), theirs.compute_ciou(a, b, "xyxy"), atol=1e-5
    )
    spread = (0.1, 0.1, 0.2, 0.2)
    forms = {"anchor_format": "xyxy", "box_format": "xyxy", "variance": spread}
    steps = theirs.encode_box_to_deltas(a, b, encoding_format="center_xywh", **forms)
    np.testing.assert_allclose(boxes.encode_deltas(a, b, spread), steps, rtol=1e-4, atol=1e-4)


def test_generalized_iou_falls_the_further_boxes_lie_apart():
    here = np.float32([0, 0, 1, 1])
    # Two unit squares with a gap of g: the box around is 2 + g wide, g of it covered by neither.
    for gap in (0, 1, 8):
        there = np.float32([1 + gap, 0, 2 + gap, 1])
        assert float(boxes.generalized_iou(here, there)) == pytest.approx(-gap / (2 + gap))


def test_complete_iou_asks_for_the_center_and_for_the_ratio():
    square = np.float32([0, 0, 4, 4])
    # As large, in its corner: IoU 1/4; centers (2, 2) and (1, 1), the box around is the square.
    assert float(boxes.complete_iou(square, np.float32([0, 0, 2, 2]))) == pytest.approx(
        1 / 4 - 2 / 32
    )
    # One center, IoU 1/2, ratios 1 and 2.
    unlike = 4 / math.pi**2 * (math.pi / 4 - math.atan(1 / 2)) ** 2
    expected = 1 / 2 - unlike**2 / (1 / 2 + unlike)
    assert float(boxes.complete_iou(square, np.float32([1, 0, 3, 4]))) == pytest.approx(expected)


def test_area_is_width_times_height_and_never_below_zero():
    given = np.float32([[0, 0, 3, 4], [1, 1, 1, 5], [2, 2, 1, 1], [-2, -2, 2, 2]])
    assert np.asarray(boxes.area(given)).tolist() == [12, 0, 0, 16]


def test_half_precision_boxes_do_not_overflow():
    large = np.float16([0, 0, 640, 480])
    assert boxes.area(large).dtype == "float32"
    assert float(boxes.area(large)) == 640 * 480
    assert float(boxes.paired_iou(large, large)) == 1


def test_whole_numbers_are_boxes_too():
    assert float(boxes.paired_iou([0, 0, 2, 2], [1, 0, 3, 2])) == pytest.approx(1 / 3)


def test_steps_are_worked_by_hand():
    anchor = np.float32([10, 20, 30, 60])  # center (20, 40), 20 x 40
    box = np.float32([20, 20, 40, 100])  # center (30, 60), 20 x 80
    np.testing.assert_allclose(
        boxes.encode_deltas(anchor, box), [0.5, 0.5, 0, math.log(2)], rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(
        boxes.encode_deltas(anchor, box, (0.1, 0.1, 0.2, 0.2)),
        [5, 5, 0, 5 * math.log(2)],
        rtol=1e-6,
        atol=1e-6,
    )


@pytest.mark.parametrize("spread", [(1, 1, 1, 1), (0.1, 0.1, 0.2, 0.2)])
def test_steps_lead_back_to_their_boxes(spread):
    anchors, there = random_boxes(50), random_boxes(3, 50, seed=1)
    anchors[:, 2:] += 5
    there[..., 2:] += 1
    steps = boxes.encode_deltas(anchors, there, spread)
    np.testing.assert_allclose(boxes.decode_deltas(anchors, steps, spread), there, atol=1e-9)


def test_a_wild_step_grows_a_side_no_more_than_from_16_to_1000_pixels():
    anchor = np.float32([92, 92, 108, 108])
    grown = np.asarray(boxes.decode_deltas(anchor, np.float32([0, 0, 1e4, -1e4])))
    np.testing.assert_allclose(grown, [100 - 500, 100, 100 + 500, 100], rtol=1e-5)


def test_steps_to_padding_are_finite():
    steps = boxes.encode_deltas(np.float32([0, 0, 8, 8]), np.zeros((2, 4), "float32"))
    assert np.isfinite(steps).all()


def test_clipped_boxes_lie_on_their_picture():
    given = np.float32([[-5, -5, 5, 5], [1, 2, 3, 4], [30, 30, 90, 90], [70, 70, 90, 90]])
    expected = [[0, 0, 5, 5], [1, 2, 3, 4], [30, 30, 60, 50], [60, 50, 60, 50]]
    assert np.asarray(boxes.clip(given, (50, 60))).tolist() == expected


def test_pictures_of_a_batch_clip_at_sizes_of_their_own():
    given = np.full((2, 1, 4), 100, "float32") * [0, 0, 1, 1]
    sizes = np.float32([[50], [70]]), np.float32([[60], [80]])  # height, width [B, 1]
    assert np.asarray(boxes.clip(given, sizes))[:, 0].tolist() == [[0, 0, 60, 50], [0, 0, 80, 70]]


def test_centers_and_corners_are_inverses():
    given = random_boxes(2, 9)
    np.testing.assert_allclose(boxes.centers(np.float32([10, 20, 30, 60])), [20, 40, 20, 40])
    np.testing.assert_allclose(boxes.corners(boxes.centers(given)), given, atol=1e-12)


@pytest.mark.parametrize(
    "function", [boxes.paired_iou, boxes.generalized_iou, boxes.encode_deltas, boxes.decode_deltas]
)
def test_gradients_are_those_of_differences(function):
    a, b = random_boxes(20), random_boxes(20, seed=1)
    a[:, 2:] += 4
    b[:, 2:] += 4
    if function is boxes.decode_deltas:
        b /= 60
    errors = gradient_check(function, a, b)
    assert max(errors.values()) < 1e-6


def test_complete_iou_has_the_gradient_of_a_constant_weight():
    """Of `IoU - d^2 / c^2 - alpha v` with alpha held, as the paper has it."""
    a, b = random_boxes(20), random_boxes(20, seed=1)
    a[:, 2:] += 4
    b[:, 2:] += 4
    overlap = np.asarray(boxes.paired_iou(a, b))
    plain = overlap - np.asarray(boxes.complete_iou(a, b))  # d^2 / c^2 + alpha v
    x, y = np.asarray(boxes.centers(a)), np.asarray(boxes.centers(b))
    unlike = 4 / np.pi**2 * np.square(np.arctan(x[:, 2] / x[:, 3]) - np.arctan(y[:, 2] / y[:, 3]))
    alpha = unlike / (1 - overlap + unlike)
    assert (plain >= alpha * unlike - 1e-12).all()

    def of_constant(a, b):
        (ax, ay, aw, ah), (bx, by, bw, bh) = (
            keras.ops.unstack(boxes.centers(each), 4, axis=-1) for each in (a, b)
        )
        wide = keras.ops.maximum(a[:, 2], b[:, 2]) - keras.ops.minimum(a[:, 0], b[:, 0])
        high = keras.ops.maximum(a[:, 3], b[:, 3]) - keras.ops.minimum(a[:, 1], b[:, 1])
        away = ((ax - bx) ** 2 + (ay - by) ** 2) / (wide**2 + high**2)
        turn = keras.ops.arctan(aw / ah) - keras.ops.arctan(bw / bh)
        return boxes.paired_iou(a, b) - away - alpha * (4 / math.pi**2) * turn**2

    def both(a):
        return boxes.complete_iou(a, b) - of_constant(a, b)

    np.testing.assert_allclose(both(keras.ops.convert_to_tensor(a)), 0, atol=1e-12)
    assert max(gradient_check(of_constant, a, b).values()) < 1e-6
    assert np.abs(gradients(both, a)).max() < 1e-9


@pytest.mark.parametrize(
    "function",
    [boxes.paired_iou, boxes.generalized_iou, boxes.complete_iou, boxes.encode_deltas],
)
def test_padding_has_a_finite_gradient(function):
    a = np.float64([[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 4, 4], [3, 3, 3, 9], [3, 3, 9, 3]])
    b = np.float64([[0, 0, 0, 0], [1, 1, 4, 4], [0, 0, 0, 0], [1, 1, 4, 4], [0, 0, 0, 0]])
    assert np.isfinite(gradients(lambda a: function(a, b), a)).all()
    assert np.isfinite(gradients(lambda b: function(a, b), b)).all()


def gradients(function, at: np.ndarray) -> np.ndarray:
    variable = keras.Variable(at, dtype="float64")
    _, (found,) = value_and_gradients(
        lambda: keras.ops.sum(function(keras.ops.convert_to_tensor(variable))), [variable]
    )
    return np.asarray(found)
