"""The course's three steps worked on paper, and both kinds against a loop over boxes."""

import numpy as np
import pytest
import tensorflow as tf

from dlsuite.ops.nms import nms, soft_nms

from .by_hand import iou_by_hand, random_boxes

# Five boxes of one class. The first two and the last two overlap by 9 / 15 and 8 / 16 of a square
# of 12, the third is alone; scores are in none of these orders.
PICTURE = np.float32(
    [[0, 0, 12, 12], [3, 0, 15, 12], [50, 50, 60, 60], [100, 0, 112, 12], [104, 0, 116, 12]]
)
SCORES = np.float32([0.7, 0.9, 0.3, 0.8, 0.6])


def by_hand(boxes, scores, *, iou_threshold, score_threshold, max_detections):
    """One picture: (score, class, box) by falling score."""
    kept = []
    for label in range(scores.shape[1]):
        rest = [i for i in np.argsort(-scores[:, label]) if scores[i, label] > score_threshold]
        while rest:
            best = rest.pop(0)
            kept.append((scores[best, label], label, boxes[best]))
            rest = [i for i in rest if iou_by_hand(boxes[best], boxes[i]) <= iou_threshold]
    return sorted(kept, key=lambda each: -each[0])[:max_detections]


def softly_by_hand(boxes, scores, *, sigma, score_threshold, max_detections):
    kept = []
    for label in range(scores.shape[1]):
        now = dict(enumerate(scores[:, label].astype("float64")))
        while now:
            best = max(now, key=lambda i: now[i])
            kept.append((now.pop(best), label, boxes[best]))
            for i in now:
                now[i] *= np.exp(-(iou_by_hand(boxes[best], boxes[i]) ** 2) / sigma)
    kept = [each for each in kept if each[0] > score_threshold]
    return sorted(kept, key=lambda each: -each[0])[:max_detections]


def assert_answers(found, expected):
    """The answers of one picture, padding included."""
    rows = found["scores"].shape[0]
    padding = rows - len(expected)
    scores = [score for score, _, _ in expected] + [0] * padding
    np.testing.assert_allclose(found["scores"], scores, rtol=1e-5)
    np.testing.assert_array_equal(found["labels"], [k for _, k, _ in expected] + [-1] * padding)
    boxes = [box for _, _, box in expected] + [np.zeros(4)] * padding
    np.testing.assert_array_equal(found["boxes"], np.float32(boxes).reshape(-1, 4))


def picture(answers, number):
    return {name: value[number].numpy() for name, value in answers.items()}


def random_batch(seed, pictures=3, boxes=40, classes=3):
    rng = np.random.default_rng(seed)
    scores = rng.uniform(size=(pictures, boxes, classes)).astype("float32")
    return random_boxes(pictures, boxes, seed=seed).astype("float32"), scores


def test_the_three_steps_of_the_course():
    """1. the best box (1, of 0.9); 2. box 0 overlaps it by 0.6 and goes; 3. repeat: 3, then 2.

    Box 4 overlaps box 3 by half, which is not more than the threshold of one half: it stays.
    """
    found = picture(nms(PICTURE[None], SCORES[None, :, None], max_detections=6), 0)
    np.testing.assert_array_equal(found["scores"], np.float32([0.9, 0.8, 0.6, 0.3, 0, 0]))
    assert found["boxes"][:4].tolist() == PICTURE[[1, 3, 4, 2]].tolist()
    assert found["labels"].tolist() == [0, 0, 0, 0, -1, -1]
    # A lower threshold drops it, a bound on scores drops box 2, a bound on their number the rest.
    lower = nms(PICTURE[None], SCORES[None, :, None], iou_threshold=0.4, max_detections=6)
    assert lower["scores"][0].numpy().tolist() == np.float32([0.9, 0.8, 0.3, 0, 0, 0]).tolist()
    likely = nms(PICTURE[None], SCORES[None, :, None], score_threshold=0.5, max_detections=6)
    assert np.count_nonzero(likely["scores"]) == 3
    few = nms(PICTURE[None], SCORES[None, :, None], max_detections=2)
    assert few["scores"][0].numpy().tolist() == np.float32([0.9, 0.8]).tolist()


def test_classes_do_not_suppress_each_other():
    boxes = np.float32([[[0, 0, 10, 10], [0, 0, 10, 10]]])
    scores = np.float32([[[0.9, 0.0], [0.0, 0.8]]])
    found = picture(nms(boxes, scores, max_detections=3), 0)
    assert found["labels"].tolist() == [0, 1, -1]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "bounds",
    [
        {"iou_threshold": 0.5, "score_threshold": 0.05, "max_detections": 100},
        {"iou_threshold": 0.3, "score_threshold": 0.4, "max_detections": 7},
        {"iou_threshold": 0.0, "score_threshold": 0.0, "max_detections": 200},
        {"iou_threshold": 1.0, "score_threshold": 0.9, "max_detections": 50},
    ],
)
def test_a_batch_of_random_boxes_is_answered_as_a_loop_does(seed, bounds):
    boxes, scores = random_batch(seed)
    answers = nms(boxes, scores, **bounds)
    for number in range(3):
        expected = by_hand(boxes[number], scores[number], **bounds)
        assert_answers(picture(answers, number), expected)


@pytest.mark.parametrize("sigma", [0.1, 0.5])
@pytest.mark.parametrize(("score_threshold", "most"), [(0.05, 200), (0.3, 7)])
def test_soft_suppression_is_answered_as_a_loop_does(sigma, score_threshold, most):
    boxes, scores = random_batch(1, pictures=2, boxes=25, classes=2)
    bounds = {"sigma": sigma, "score_threshold": score_threshold, "max_detections": most}
    answers = soft_nms(boxes, scores, **bounds)
    for number in range(2):
        expected = softly_by_hand(boxes[number], scores[number], **bounds)
        assert_answers(picture(answers, number), expected)


def test_a_box_that_overlaps_loses_score_and_not_its_place():
    found = picture(soft_nms(PICTURE[None], SCORES[None, :, None], max_detections=6), 0)
    lowered = {0: 0.7 * np.exp(-(0.6**2) / 0.5), 4: 0.6 * np.exp(-(0.5**2) / 0.5)}
    expected = sorted([0.9, 0.8, 0.3, *lowered.values()], reverse=True)
    np.testing.assert_allclose(found["scores"], [*expected, 0], rtol=1e-5)
    assert found["labels"].tolist() == [0] * 5 + [-1]


@pytest.mark.parametrize("suppress", [nms, soft_nms])
def test_a_picture_with_nothing_likely_is_all_padding(suppress):
    boxes, scores = random_batch(0)
    found = suppress(boxes, scores * 0.01, max_detections=4)
    assert found["labels"].numpy().tolist() == [[-1] * 4] * 3
    assert not found["scores"].numpy().any()
    assert not found["boxes"].numpy().any()


@pytest.mark.parametrize("suppress", [nms, soft_nms])
def test_absent_boxes_and_undefined_scores_are_never_found(suppress):
    boxes, scores = random_batch(0)
    boxes[:, 20:], scores[:, 20:] = 0, 0
    scores[:, 3] = np.nan
    alone = suppress(boxes[:, :20], np.nan_to_num(scores[:, :20]), max_detections=30)
    found = suppress(boxes, scores, max_detections=30)
    for name, expected in alone.items():
        np.testing.assert_array_equal(found[name], expected)


@pytest.mark.parametrize("suppress", [nms, soft_nms])
def test_any_batch_and_any_number_of_boxes_share_one_graph(suppress):
    graph = tf.function(
        lambda boxes, scores: suppress(boxes, scores, max_detections=9),
        input_signature=[tf.TensorSpec((None, None, 4)), tf.TensorSpec((None, None, 3))],
    )
    for pictures, count in ((1, 5), (3, 40)):
        boxes, scores = random_batch(2, pictures, count)
        expected = suppress(boxes, scores, max_detections=9)
        for name, value in graph(boxes, scores).items():
            assert value.shape[1:] == expected[name].shape[1:]
            np.testing.assert_array_equal(value, expected[name])


def test_equal_scores_are_all_answered_and_in_the_same_order_each_time():
    boxes = np.float32([[[20 * i, 0, 20 * i + 10, 10] for i in range(12)]])
    scores = np.full((1, 12, 2), 0.5, "float32")
    first, again = (nms(boxes, scores, max_detections=24) for _ in range(2))
    np.testing.assert_array_equal(first["boxes"], again["boxes"])
    for label in (0, 1):
        of_class = first["boxes"].numpy()[first["labels"].numpy() == label]
        assert sorted(of_class.tolist()) == boxes[0].tolist()


def test_boxes_keep_their_pixels_wherever_they_lie():
    """TensorFlow's default would cut them at 0 and 1."""
    boxes = np.float32([[[-500, -20, -30, 4000], [0.25, 0.5, 3000, 900]]])
    found = nms(boxes, np.float32([[[0.9], [0.8]]]), max_detections=2)
    np.testing.assert_array_equal(found["boxes"], boxes)


def test_half_precision_scores_and_boxes_are_answered_in_single():
    boxes, scores = random_batch(0)
    found = nms(boxes.astype("float16"), scores.astype("float16"), max_detections=5)
    assert {str(value.dtype) for value in found.values()} == {
        "<dtype: 'float32'>",
        "<dtype: 'int32'>",
    }


def test_a_width_that_is_not_above_zero_is_refused():
    with pytest.raises(ValueError, match=r"`sigma` must be above 0. Received: sigma=0"):
        soft_nms(*random_batch(0), sigma=0)
