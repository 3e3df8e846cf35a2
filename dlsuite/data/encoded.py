"""A cache of encoded examples that keeps random access: arrays in memory or files on disk."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import tensorflow as tf

from dlsuite.data.examples import DataError
from dlsuite.data.rows import FileRows
from dlsuite.host_memory import host_memory
from dlsuite.progress import followed
from dlsuite.types import Tree

GIB = 2**30


def encoded(
    batches: Iterable[Tree],
    count: int,
    cache: Literal["memory", "disk"],
    folder: Path | None = None,
) -> Tree:
    """Reads all batches once and keeps them as one tree of arrays `[count, ...]`.

    Args:
        batches: Batches in order, `count` examples in all, leaves of one shape but for `[b, ...]`.
        count: Number of examples.
        cache: `disk` gives rows that are read from files when they are asked for. The files have no
            name, so that their space is free again when the rows go, however the process ends.
        folder: Where those files are made; the system's temporary folder if None.

    Raises:
        DataError: If memory or disk has no room for it, or strings should go to disk.
    """
    arrays: list[np.ndarray | FileRows] = []
    structure: Tree = None
    done = 0
    for batch in followed(batches, f"keeping examples in {_PLACES[cache]}", unit="batches"):
        leaves = [np.asarray(leaf) for leaf in tf.nest.flatten(batch)]
        if not arrays:
            structure = batch
            arrays = _made(leaves, count, cache, folder)
        for array, leaf in zip(arrays, leaves, strict=True):
            if isinstance(array, FileRows):
                array.append(leaf)
            else:
                array[done : done + len(leaf)] = leaf
        done += len(leaves[0])
    return tf.nest.pack_sequence_as(structure, arrays)


_PLACES = {"memory": "memory", "disk": "a file"}


def _made(
    leaves: list[np.ndarray], count: int, cache: Literal["memory", "disk"], folder: Path | None
) -> list[np.ndarray | FileRows]:
    """Room for `count` rows like those of `leaves`."""
    if cache == "memory":
        _check_room("memory", leaves, count, host_memory().available)
        return [np.empty((count, *leaf.shape[1:]), leaf.dtype) for leaf in leaves]
    if any(leaf.dtype.hasobject for leaf in leaves):
        raise DataError(
            "`cache: disk` keeps numbers. Received: strings; `cache: memory` keeps them."
        )
    place = folder or Path(tempfile.gettempdir())
    place.mkdir(parents=True, exist_ok=True)
    _check_room("disk", leaves, count, shutil.disk_usage(place).free)
    return [FileRows(place, leaf.shape[1:], leaf.dtype) for leaf in leaves]


def _check_room(cache: str, leaves: list[np.ndarray], count: int, free: int) -> None:
    needed = count * sum(leaf.nbytes // len(leaf) for leaf in leaves)
    if needed > free:
        raise DataError(
            f"`cache: {cache}` must have room for all encoded examples, {needed / GIB:.1f} GiB. "
            f"Received: {free / GIB:.1f} GiB free."
        )
