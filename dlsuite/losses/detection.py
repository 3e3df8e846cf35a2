"""Parts of the losses of detectors: each term of each box or anchor, and means of those that count.

Elementwise cross-entropies are `keras.ops.binary_crossentropy` and
`keras.ops.sparse_categorical_crossentropy`.
"""

import keras
from keras import ops

from dlsuite.ops.boxes import complete_iou
from dlsuite.types import Tensor


def in_full(raw: Tensor) -> Tensor:
    """Raw numbers in float32 at least, whatever the precision they were computed in."""
    return ops.cast(raw, keras.backend.result_type(raw.dtype, "float32"))


def complete_iou_loss(boxes: Tensor, predicted: Tensor) -> Tensor:
    """1 - CIoU of boxes and predicted ones, element by element (Zheng et al. 2020, equation 10).

    Args:
        boxes: True boxes, `[..., 4]`, of some extent.
        predicted: `[..., 4]`.

    Returns:
        `[...]` in [0, 3): 0 for the same box, above 1 for those that do not overlap.
    """
    return 1 - complete_iou(boxes, predicted)


def smooth_l1(differences: Tensor, beta: float = 1.0) -> Tensor:
    """`d² / 2β` where |d| < β, else `|d| - β / 2` (Girshick 2015, equation 3, where β is 1).

    Args:
        differences: `[...]`, in the unit of `beta`.
        beta: Where the parabola becomes a line, above 0; the gradient there is 1.

    Returns:
        `[...]`, each at least 0.
    """
    size = ops.absolute(differences)
    return ops.where(size < beta, ops.square(size) / (2 * beta), size - beta / 2)


def mean_where(values: Tensor, counted: Tensor, weights: Tensor | None = None) -> Tensor:
    """The mean of the values that count, in all of a batch; 0 where none does.

    Args:
        values: `[B, ...]`; where they do not count they may be anything finite.
        counted: Which do, booleans or weights of that shape.
        weights: Of the examples, `[B]`.
    """
    counted = ops.cast(counted, values.dtype)
    if weights is not None:
        shape = (-1,) + (1,) * (len(counted.shape) - 1)
        counted = counted * ops.reshape(ops.cast(weights, values.dtype), shape)
    # Fewer than one, as of weights below 1, must not make a sum larger.
    return ops.sum(values * counted) / ops.maximum(ops.sum(counted), 1)
