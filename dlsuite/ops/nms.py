"""Non-maximum suppression: of boxes that show the same thing, the one with the best score.

Each class for itself, each picture of a batch for itself, in TensorFlow's own kernels.
"""

from __future__ import annotations

from dlsuite.types import Tensor


def nms(
    boxes: Tensor,
    scores: Tensor,
    *,
    iou_threshold: float = 0.5,
    score_threshold: float = 0.05,
    max_detections: int = 100,
) -> dict[str, Tensor]:
    """The course's three steps for every class: take the best box, drop what overlaps it, repeat.

    Args:
        boxes: Shape `[B, A, 4]`, shared by all classes, in any range.
        scores: Shape `[B, A, K]`, of every box for every class.
        iou_threshold: A box goes that overlaps a better one of its class by more than this, in
            [0, 1].
        score_threshold: Only scores above this are looked at; in [0, 1].
        max_detections: D, the most that a picture keeps over all classes.

    Returns:
        `boxes` float32 `[B, D, 4]`, `scores` float32 `[B, D]` falling, `labels` int32 `[B, D]`;
        what is absent has label -1, score 0 and box 0. No gradient passes.
    """
    import tensorflow as tf

    boxes, scores = (tf.stop_gradient(tf.cast(each, tf.float32)) for each in (boxes, scores))
    # The kernel reads (y, x, y, x); areas do not know which axis is which.
    found = tf.image.combined_non_max_suppression(
        boxes[:, :, None, :],
        scores,
        max_output_size_per_class=max_detections,
        max_total_size=max_detections,
        iou_threshold=iou_threshold,
        score_threshold=score_threshold,
        clip_boxes=False,
    )
    present = found.nmsed_scores > score_threshold  # what fills the rows up scores 0
    return _answers(found.nmsed_boxes, found.nmsed_scores, found.nmsed_classes, present)


def soft_nms(
    boxes: Tensor,
    scores: Tensor,
    *,
    sigma: float = 0.5,
    score_threshold: float = 0.05,
    max_detections: int = 100,
) -> dict[str, Tensor]:
    """As `nms`, but what overlaps a better box loses score and not its place.

    Each time the best is taken, the scores of the others of its class are multiplied by
    `exp(-iou^2 / sigma)`. Bodla et al. 2017, equation 4 and figure 2.

    Args:
        boxes: Shape `[B, A, 4]`, shared by all classes.
        scores: Shape `[B, A, K]`.
        sigma: Above 0; the smaller, the more is lost.
        score_threshold: Only scores above this stay, after all losses.
        max_detections: D, the most that a picture keeps over all classes.

    Returns:
        As `nms`, with the lowered scores.

    Raises:
        ValueError: A `sigma` that is not above 0.
    """
    import tensorflow as tf

    if sigma <= 0:
        raise ValueError(f"`sigma` must be above 0. Received: sigma={sigma}.")
    boxes, scores = (tf.stop_gradient(tf.cast(each, tf.float32)) for each in (boxes, scores))
    classes = scores.shape[-1]
    batch = tf.shape(boxes)[0]
    by_class = tf.reshape(tf.transpose(scores, (0, 2, 1)), (batch * classes, -1))  # [B * K, A]
    rows = tf.range(batch * classes) // classes  # the picture of each

    def one(row: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        picture, one_class = row
        kept, lowered, count = tf.raw_ops.NonMaxSuppressionV5(
            boxes=boxes[picture],
            scores=one_class,
            max_output_size=max_detections,
            iou_threshold=1.0,
            score_threshold=score_threshold,
            soft_nms_sigma=sigma / 2,  # the kernel's exponent is -iou^2 / (2 sigma)
            pad_to_max_output_size=True,
        )
        lowered = tf.where(tf.range(max_detections) < count, lowered, -1.0)
        return kept, lowered

    kept, lowered = tf.map_fn(
        one, (rows, by_class), fn_output_signature=(tf.int32, tf.float32)
    )  # [B * K, D]
    wide = (batch, classes * max_detections)
    best, places = tf.math.top_k(tf.reshape(lowered, wide), max_detections)  # [B, D]
    indices = tf.gather(tf.reshape(kept, wide), places, batch_dims=1)
    present = best >= 0
    found = tf.where(present[..., None], tf.gather(boxes, indices, batch_dims=1), 0.0)
    return _answers(found, tf.where(present, best, 0.0), places // max_detections, present)


def _answers(boxes: Tensor, scores: Tensor, classes: Tensor, present: Tensor) -> dict[str, Tensor]:
    import tensorflow as tf

    labels = tf.where(present, tf.cast(classes, tf.int32), -1)
    return {"boxes": boxes, "scores": scores, "labels": labels}
