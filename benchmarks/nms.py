"""Non-maximum suppression of the suite against `tf.image.combined_non_max_suppression`.

    python -m benchmarks.nms

Answers of a detector on pictures of 320 pixels: 6,300 boxes on three grids, 20 classes. After
training few of them are likely, before it nearly all are. Both give the same boxes, which is
checked before anything is measured; ours marks what is absent besides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import tensorflow as tf

from benchmarks.harness import Row, in_turn, record, timed
from dlsuite.ops.anchors import pyramid_anchors
from dlsuite.ops.nms import nms

ROUNDS = 41  # calls are short and the least disturbance shows
PICTURES, SIDE, OBJECTS, CLASSES = 8, 320, 12, 20
SHAPES = [[(16, 16), (24, 16), (16, 24)], [(40, 40)] * 3, [(90, 90), (140, 90), (90, 140)]]
BOUNDS = {"iou_threshold": 0.5, "score_threshold": 0.05}
MOST = 100
CALLS = {"trained": 10, "untrained": 1}  # in a round


def rows() -> Iterator[Row]:
    """One ratio for scores after and one for scores before training."""
    for state, calls in CALLS.items():
        boxes, scores = answers(trained=state == "trained")
        ours, theirs = (partial(work, boxes, scores) for work in (_ours(), _theirs()))
        first, second = ours(), theirs()
        for name, other in (("boxes", second.nmsed_boxes), ("scores", second.nmsed_scores)):
            np.testing.assert_array_equal(first[name], other)
        yield in_turn(
            f"NMS against TensorFlow's, {state}, batch {PICTURES}",
            partial(timed, ours, calls),
            partial(timed, theirs, calls),
            rounds=ROUNDS,
            target=1.1,
        )


def answers(*, trained: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Boxes `[B, A, 4]` and scores `[B, A, K]` of a detector."""
    rng = np.random.default_rng(0)
    anchors = pyramid_anchors((SIDE, SIDE), (8, 16, 32), SHAPES)
    boxes = anchors + rng.normal(0, 3, (PICTURES, *anchors.shape))
    scores = rng.uniform(0.3, 0.6, (*boxes.shape[:2], CLASSES))
    if trained:
        scores = rng.uniform(0, 0.04, scores.shape)
        middle = (boxes[..., :2] + boxes[..., 2:]) / 2
        for picture in range(PICTURES):
            for place in rng.uniform(20, SIDE - 20, (OBJECTS, 2)):
                near = np.linalg.norm(middle[picture] - place, axis=-1) < 16
                of_class = rng.integers(CLASSES)
                scores[picture, near, of_class] = rng.uniform(0.1, 0.99, near.sum())
    return tf.constant(boxes, tf.float32), tf.constant(scores, tf.float32)


def _ours() -> Callable[..., dict[str, tf.Tensor]]:
    # Not `partial`: at each call tf.function would look at its numbers once more.
    def suppressed(boxes: tf.Tensor, scores: tf.Tensor) -> dict[str, tf.Tensor]:
        return nms(boxes, scores, max_detections=MOST, **BOUNDS)

    return tf.function(suppressed)


def _theirs() -> Callable[..., tuple[tf.Tensor, ...]]:
    def suppressed(boxes: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return tf.image.combined_non_max_suppression(
            boxes[:, :, None], scores, MOST, MOST, clip_boxes=False, **BOUNDS
        )

    return tf.function(suppressed)


if __name__ == "__main__":
    record("nms", rows())
