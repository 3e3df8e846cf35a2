"""Which lists of boxes are right answers to the same candidates."""

import numpy as np
import pytest

from dlsuite.ops.nms import nms
from dlsuite.serving import ExportMismatch
from dlsuite.serving.replay import Case
from dlsuite.serving.suppressed import PREFIX, Candidates, fault
from dlsuite.serving.verify import compare

OVERLAP, THRESHOLD, MOST = 0.5, 0.05, 5


def candidates(count, classes, seed):
    random = np.random.default_rng(seed)
    start = random.uniform(0, 60, (count, 2))
    boxes = np.concatenate([start, start + random.uniform(10, 40, (count, 2))], -1)
    return boxes.astype("float32"), random.uniform(0, 1, (count, classes)).astype("float32")


def answer_of(boxes, scores, most=MOST):
    found = nms(boxes[None], scores[None], iou_threshold=OVERLAP, max_detections=most)
    return {name: np.asarray(part)[0] for name, part in found.items()}


def seen(boxes, scores):
    which, labels = np.nonzero(scores > THRESHOLD)
    return Candidates(boxes[which], scores[which, labels], labels, boxes[which], OVERLAP, THRESHOLD)


@pytest.mark.parametrize("most", [5, 100])
@pytest.mark.parametrize("seed", range(20))
def test_what_suppression_leaves_is_right_and_every_change_of_it_wrong(seed, most):
    boxes, scores = candidates(30, 2, seed)
    answer, known = answer_of(boxes, scores, most), seen(boxes, scores)
    assert fault(answer, known, 1e-5) == ("", 0)
    found = int((answer["labels"] >= 0).sum())
    moved = {
        **answer,
        "boxes": answer["boxes"] + np.float32(0.1) * (answer["labels"] >= 0)[:, None],
    }
    assert "one that the training code sees" in fault(moved, known, 1e-5)[0]
    higher = {**answer, "scores": np.where(answer["labels"] >= 0, answer["scores"] + 0.001, 0)}
    assert "one that the training code sees" in fault(higher, known, 1e-5)[0]
    swapped = {name: part.copy() for name, part in answer.items()}
    swapped["labels"][:found] = 1 - swapped["labels"][:found]
    assert fault(swapped, known, 1e-5)[0]
    for gone in range(found):
        less = {name: np.delete(part, gone, 0) for name, part in answer.items()}
        less = {
            n: np.concatenate([p, np.full_like(p[:1], -(n == "labels"))]) for n, p in less.items()
        }
        assert "nothing suppresses must be answered" in fault(less, known, 1e-5)[0]
    twice = {name: np.repeat(part, 2, 0)[:most] for name, part in answer.items()}
    assert "overlap no more" in fault(twice, known, 1e-5)[0]
    backwards = {name: np.r_[part[:found][::-1], part[found:]] for name, part in answer.items()}
    assert "scores must fall" in fault(backwards, known, 1e-5)[0]


@pytest.mark.parametrize("seed", range(20))
def test_scores_that_differ_in_the_last_digits_give_other_right_answers(seed):
    """All scores are tied; the order that noise gives decides what is answered."""
    boxes, scores = candidates(30, 2, seed)
    scores = np.full_like(scores, 0.9)
    noise = np.random.default_rng(seed).uniform(-3e-6, 3e-6, (2, *scores.shape)).astype("float32")
    one, other = (answer_of(boxes, scores + each, 100) for each in noise)
    assert (one["boxes"] != other["boxes"]).any()
    for answer in (one, other):
        wrong, apart = fault(answer, seen(boxes, scores), 1e-5)
        assert (wrong, apart <= 3.1e-6) == ("", True)


def test_a_corner_near_zero_is_as_exact_as_the_picture_is_large():
    boxes = np.array([[1.4, 1.4, 600, 480]], np.float32)
    known, answer = seen(boxes, np.ones((1, 1))), answer_of(boxes, np.ones((1, 1)))
    near = {**answer, "boxes": answer["boxes"] + [[0, 2e-5, 0, 0], *[[0] * 4] * 4]}
    assert fault(near, known, 1e-5) == ("", pytest.approx(2e-5 / 600, rel=0.1))
    far = {**answer, "boxes": answer["boxes"] + [[0, 1e-2, 0, 0], *[[0] * 4] * 4]}
    assert "within 1e-05 (`export.tolerance`)" in fault(far, known, 1e-5)[0]


def test_nothing_found_is_right_where_nothing_is_seen_and_wrong_where_something_is():
    nothing = {
        "boxes": np.zeros((3, 4), "float32"),
        "scores": np.zeros(3, "float32"),
        "labels": np.full(3, -1),
    }
    boxes, scores = candidates(4, 1, 0)
    assert fault(nothing, seen(boxes, 0 * scores), 1e-5) == ("", 0)
    assert "must be answered" in fault(nothing, seen(boxes, scores), 1e-5)[0]
    late = {**nothing, "boxes": np.ones((3, 4), "float32")}
    assert "what is absent" in fault(late, seen(boxes, 0 * scores), 1e-5)[0]
    assert (
        "one that the training code sees"
        in fault(answer_of(boxes, scores), seen(boxes, 0 * scores), 1e-5)[0]
    )


def test_the_proof_names_the_example():
    boxes, scores = candidates(6, 1, 3)
    known, answer = seen(boxes, scores), answer_of(boxes, scores)
    expected = {name: np.stack([part, part]) for name, part in answer.items()}
    for name, part in known._asdict().items():
        expected[PREFIX + name] = np.stack([part, part])
    said = {name: part.copy() for name, part in expected.items() if name in answer}
    case = Case("serving_default", (0, 1), {})
    assert compare([case], [said], expected, 1e-5).max_difference == 0
    said["boxes"][1, 0] += 5
    with pytest.raises(ExportMismatch, match="Signature `serving_default`, example 1: box 0 must"):
        compare([case], [said], expected, 1e-5)
