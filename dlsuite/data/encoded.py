"""A cache of encoded examples that keeps random access: an array in memory or a file on disk."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
import psutil
import tensorflow as tf

from dlsuite.data.examples import DataError
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
        cache: `disk` writes one file for each leaf into a new folder, which goes with the arrays.
        folder: Where that new folder is made; the system's temporary folder if None.

    Raises:
        DataError: If memory or disk has no room for it.
    """
    arrays: list[np.ndarray] = []
    structure: Tree = None
    done = 0
    for batch in batches:
        leaves = [np.asarray(leaf) for leaf in tf.nest.flatten(batch)]
        if not arrays:
            structure = batch
            place = _room_for(leaves, count, cache, folder)
            arrays = [_empty(leaf, count, n, place) for n, leaf in enumerate(leaves)]
            if place is not None:
                weakref.finalize(arrays[0], shutil.rmtree, place, ignore_errors=True)
        for array, leaf in zip(arrays, leaves, strict=True):
            array[done : done + len(leaf)] = leaf
        done += len(leaves[0])
    return tf.nest.pack_sequence_as(structure, arrays)


def _room_for(leaves: list[np.ndarray], count: int, cache: str, folder: Path | None) -> Path | None:
    """The new folder for `disk`, None for `memory`; refuses where there is not enough room."""
    needed = count * sum(leaf.nbytes // len(leaf) for leaf in leaves)
    place = None
    if cache == "disk":
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix="encoded-", dir=folder))
        free = shutil.disk_usage(place).free
    else:
        free = psutil.virtual_memory().available
    if needed > free:
        if place is not None:
            place.rmdir()
        raise DataError(
            f"`cache: {cache}` must have room for all encoded examples, {needed / GIB:.1f} GiB. "
            f"Received: {free / GIB:.1f} GiB free."
        )
    return place


def _empty(leaf: np.ndarray, count: int, number: int, place: Path | None) -> np.ndarray:
    shape = (count, *leaf.shape[1:])
    if place is None:
        return np.empty(shape, leaf.dtype)
    return np.lib.format.open_memmap(
        place / f"{number}.npy", mode="w+", dtype=leaf.dtype, shape=shape
    )
