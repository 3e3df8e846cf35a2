"""Rows of arrays as seen from inside tf.data: gathered from memory or from a file on disk."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from dlsuite.types import Tensor, Tree


def gatherer(rows: Tree) -> Callable[[Tensor], Tree]:
    """A TensorFlow function from indices, int64 `[b]` or scalar, to the rows there."""
    # In TensorFlow's order of leaves, so that the function can be traced.
    gathers = tf.nest.map_structure(_gather, rows)
    return lambda indices: tf.nest.map_structure(lambda gather: gather(indices), gathers)


def _gather(array: np.ndarray) -> Callable[[Tensor], Tensor]:
    if isinstance(array, np.memmap):
        return lambda indices: _from_disk(array, indices)
    with tf.device("CPU:0"):  # tf.data runs there; on a GPU each batch would be copied back
        tensor = tf.convert_to_tensor(array)
    return lambda indices: tf.gather(tensor, indices)


def _from_disk(array: np.memmap, indices: Tensor) -> Tensor:
    def take(chosen: Any) -> np.ndarray:
        return np.asarray(array[chosen])

    rows = tf.numpy_function(take, [indices], array.dtype, stateful=False)
    rows.set_shape([*indices.shape, *array.shape[1:]])
    return rows
