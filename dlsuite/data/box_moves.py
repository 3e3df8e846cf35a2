"""Where the layers of Keras move boxes to, from what they drew for the pixels.

Their own boxes go astray: RandomShear shears them in parts of the sides and pixels in pixels,
RandomRotation and RandomZoom turn them about another point than the pixels, by half a pixel, MixUp
joins labels of different images, and all cut boxes before anyone can see how much of them is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dlsuite.layers.color_jitter import ColorJitter
from dlsuite.types import Tensor

# What changes pixels where they are. RandomErasing may hide an object, whose box stays.
STILL = (
    ColorJitter,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.RandomBrightness,
    keras.layers.RandomColorDegeneration,
    keras.layers.RandomColorJitter,
    keras.layers.RandomContrast,
    keras.layers.RandomErasing,
    keras.layers.RandomGaussianBlur,
    keras.layers.RandomGrayscale,
    keras.layers.RandomHue,
    keras.layers.RandomInvert,
    keras.layers.RandomPosterization,
    keras.layers.RandomSaturation,
    keras.layers.RandomSharpness,
    keras.layers.Solarization,
)
Drawn = dict[str, Any]


def moved(layer: keras.layers.Layer, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    """Boxes after a layer, around all of what they held, not cut at the border.

    Args:
        layer: One of `MOVES`.
        drawn: What its `get_random_transformation` gave.
        boxes: `[B, M, 4]`.
        sides: Width and height of the images, float32 `[2]`.
    """
    for kind, move in MOVES.items():
        if isinstance(layer, kind):
            return move(layer, drawn, boxes, sides)
    raise TypeError(type(layer).__name__)  # none of them: the caller asked before


def _flipped(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    x_min, y_min, x_max, y_max = tf.unstack(boxes, axis=-1)
    if "horizontal" in layer.mode:
        x_min, x_max = sides[0] - x_max, sides[0] - x_min
    if "vertical" in layer.mode:
        y_min, y_max = sides[1] - y_max, sides[1] - y_min
    flips = tf.reshape(drawn["flips"], (-1, 1, 1))
    return tf.where(flips, tf.stack([x_min, y_min, x_max, y_max], axis=-1), boxes)


def _rotated(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    return _carried(boxes, tf.reshape(drawn["rotation_matrix"][:, :6], (-1, 2, 3)))


def _translated(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    return boxes + tf.tile(drawn["translations"], (1, 2))[:, None]


def _zoomed(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    zoom = tf.concat([drawn["width_zoom"], drawn["height_zoom"]] * 2, axis=1)[:, None]
    middle = tf.tile(sides / 2, (2,))
    return (boxes - middle) / zoom + middle


def _sheared(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    x, y = drawn["shear_factor"][:, 0], drawn["shear_factor"][:, 1]
    one, none = tf.ones_like(x), tf.zeros_like(x)
    matrix = tf.stack([one, x, none, y, one, none], axis=-1)
    return _carried(boxes, tf.reshape(matrix, (-1, 2, 3)))


def _one_of_many(layer: Any, drawn: Drawn, boxes: Tensor, sides: Tensor) -> Tensor:
    """RandAugment: the layers that it drew, one after the other."""
    for turn in range(layer.num_ops):
        for number, (name, part) in enumerate(drawn["transforms"].items()):
            inner = getattr(layer, name)
            if isinstance(inner, tuple(MOVES)):
                taken = drawn["layer_idxes"][turn] == number
                boxes = tf.where(taken, moved(inner, part, boxes, sides), boxes)
    return boxes


def _carried(boxes: Tensor, matrices: Tensor) -> Tensor:
    """Boxes around where the corners go under matrices `[B, 2, 3]`.

    A matrix says for each pixel of the result which one it shows, both counted from the middle of
    the first, as TensorFlow's projective transformation reads it; corners go the other way.
    """
    x_min, y_min, x_max, y_max = tf.unstack(boxes - 0.5, axis=-1)
    corners = tf.stack(
        [tf.stack([x_min, x_max, x_min, x_max], -1), tf.stack([y_min, y_min, y_max, y_max], -1)],
        axis=-1,
    )  # [B, M, 4, 2]
    back = tf.linalg.inv(matrices[:, :, :2])  # [B, 2, 2]
    after = tf.einsum("bij,bmcj->bmci", back, corners - matrices[:, None, None, :, 2])
    low, high = tf.reduce_min(after, axis=2), tf.reduce_max(after, axis=2)
    return tf.concat([low, high], axis=-1) + 0.5


MOVES: dict[type, Callable[[Any, Drawn, Tensor, Tensor], Tensor]] = {
    keras.layers.RandomFlip: _flipped,
    keras.layers.RandomRotation: _rotated,
    keras.layers.RandomShear: _sheared,
    keras.layers.RandomTranslation: _translated,
    keras.layers.RandomZoom: _zoomed,
    keras.layers.RandAugment: _one_of_many,
}
