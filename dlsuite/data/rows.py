"""Rows of arrays as seen from inside tf.data: gathered from memory or from a file on disk."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dlsuite.types import Tensor, Tree


def gatherer(rows: Tree) -> Callable[[Tensor], Tree]:
    """A TensorFlow function from indices, int64 `[b]` or scalar, to the rows there."""
    tensors = tf.nest.map_structure(_tensor, rows)
    return lambda indices: tf.nest.map_structure(lambda rows: tf.gather(rows, indices), tensors)


def _tensor(array: np.ndarray) -> Tensor:
    with tf.device("CPU:0"):  # tf.data runs there; from a GPU each batch would be copied back
        if isinstance(array, np.memmap) and array.flags.writeable:
            # Shares the mapping, which convert_to_tensor would read into memory as a whole.
            return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
        return tf.convert_to_tensor(array)
