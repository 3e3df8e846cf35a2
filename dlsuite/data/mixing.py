"""MixUp and CutMix: images made of two, and targets that say how much of each."""

from typing import Any

import tensorflow as tf

from dlsuite.types import Tensor


def mixed(layer: Any, x: Tensor, rest: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """A batch whose examples are mixed with others of the same batch.

    What to draw is the layer's affair, the targets are not: Keras takes the area that CutMix cuts
    for the box that it drew, of parts of pixels, where the share of an image is that of the pixels
    that it keeps (Yun et al. 2019, equation 1 and algorithm 1).

    Args:
        layer: `keras.layers.MixUp` or `keras.layers.CutMix`.
        x: Images, `[B, H, W, C]`.
        rest: The targets as shares, float `[B, ...]`, and maybe weights of examples `[B]`.

    Returns:
        The images, their targets, and weights if there were any. With weights u and v of the two
        and a share s, the loss of a mixed example is `s u loss_1 + (1 - s) v loss_2`.

    Raises:
        ValueError: Targets that are no shares, such as numbers of classes.
    """
    drawn = layer.get_random_transformation(x, training=True)
    partner = drawn["permutation_order"]  # [B]
    images = layer.transform_images(x, transformation=drawn, training=True)
    if "batch_masks" in drawn:
        share = 1 - tf.reduce_mean(tf.cast(drawn["batch_masks"], tf.float32), axis=(1, 2, 3))
    else:
        share = tf.cast(drawn["mix_weight"], tf.float32)  # [B]
    if not rest:
        return (images,)
    targets, *weights = rest
    if not targets.dtype.is_floating:
        raise ValueError(
            f"{type(layer).__name__} needs targets as shares, floating `[B, ...]`. Received: "
            f"{targets.dtype.name} {list(targets.shape)}."
        )
    if weights:
        own = share * weights[0]
        both = own + (1 - share) * tf.gather(weights[0], partner)
        weights = [both]
        share = tf.where(both > 0, tf.math.divide_no_nan(own, both), share)
    return images, _blend(targets, share, partner), *weights


def _blend(targets: Tensor, share: Tensor, partner: Tensor) -> Tensor:
    ones = tf.ones([tf.rank(targets) - 1], tf.int32)
    share = tf.reshape(tf.cast(share, targets.dtype), tf.concat([tf.shape(share), ones], 0))
    return share * targets + (1 - share) * tf.gather(targets, partner)
