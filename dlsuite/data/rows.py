"""Rows of arrays as seen from inside tf.data: gathered from memory or from a file on disk."""

import os
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from dlsuite.types import Tensor, Tree


class FileRows:
    """Numbers `[N, ...]` in a file without a name, which goes with this object.

    Rows are read when they are asked for, not mapped: a mapping counts as memory of the process
    as it is read, until all of it is there.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: np.dtype) -> None:
        self.shape, self.dtype = shape, dtype
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))

    def append(self, rows: np.ndarray) -> None:
        """Puts rows `[b, ...]` behind those that are there."""
        self._file.write(np.ascontiguousarray(rows).data)
        self._file.flush()

    def read(self, indices: np.ndarray) -> np.ndarray:
        """The rows at `indices`, int64 `[b]`."""
        rows = np.empty((len(indices), *self.shape), self.dtype)
        into = rows.reshape(len(indices), -1).view(np.uint8)
        for place, index in zip(into, indices.tolist(), strict=True):
            got = os.preadv(self._file.fileno(), [place.data], index * self._size)
            if got != self._size:
                raise OSError(f"The file of kept examples ends before row {index}.")
        return rows


def gatherer(rows: Tree) -> Callable[[Tensor], Tree]:
    """A TensorFlow function from indices, int64 `[b]`, to the rows there.

    Of arrays a scalar index gives one row.
    """
    leaves = [_reader(leaf) for leaf in tf.nest.flatten(rows)]
    return lambda indices: tf.nest.pack_sequence_as(rows, [read(indices) for read in leaves])


def _reader(leaf: np.ndarray | FileRows) -> Callable[[Tensor], Tensor]:
    if isinstance(leaf, FileRows):
        return lambda indices: _from_file(leaf, indices)
    with tf.device("CPU:0"):  # tf.data runs there; from a GPU each batch would be copied back
        tensor = tf.convert_to_tensor(leaf)
    return lambda indices: tf.gather(tensor, indices)


def _from_file(rows: FileRows, indices: Tensor) -> Tensor:
    # TensorFlow keeps this function for ever; the rows are kept by the dataset that reads them.
    behind = weakref.ref(rows)

    def read(indices: np.ndarray) -> np.ndarray:
        kept = behind()
        assert kept is not None
        return kept.read(indices)

    found = tf.numpy_function(read, [indices], tf.as_dtype(rows.dtype), stateful=False)
    return tf.ensure_shape(found, [None, *rows.shape])
