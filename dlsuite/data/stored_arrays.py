"""Arrays of an .npz, none of them made of objects or larger than it says or than memory is."""

import math
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO

import numpy as np

from dlsuite.data.examples import DataError
from dlsuite.host_memory import host_memory

ENDING = ".npy"
GIB = 2**30


def stored_arrays(path: Path, names: Collection[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Those arrays of a file that are named so, and the names of all that it holds.

    Raises:
        DataError: It is no .npz, is damaged, or one of these is of objects or larger than memory.
    """
    if not path.is_file():
        raise DataError(f"`path` must be an .npz file. Received: {path}.")
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(np.lib.format.MAGIC_PREFIX):
            raise DataError(
                f"{path} must be an .npz, which holds several arrays by name. Received: a single "
                "array, an .npy. numpy.savez(path, x=x, y=y) writes an .npz."
            )
        with zipfile.ZipFile(path) as archive:
            held = {info.filename.removesuffix(ENDING): info for info in archive.infolist()}
            found = {name: held[name] for name in names if name in held}
            return {name: _read(path, archive, held[name]) for name in found}, list(held)
    except DataError:
        raise
    except Exception as error:  # the readers raise whatever a damaged file makes them
        raise DataError(f"{path} cannot be read as an .npz of plain arrays: {error}") from error


def _read(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as file:
        shape, dtype = _header(file)
        begin = file.tell()
    needed, there = math.prod(shape) * dtype.itemsize, info.file_size - begin
    if dtype.hasobject:
        raise DataError(
            f"{path} must hold arrays of numbers. Received: {info.filename} of objects, which "
            "would have to be unpickled."
        )
    if needed != there:
        raise DataError(
            f"{path} must hold as much as it says. Received: {info.filename} of shape "
            f"{list(shape)} and type {dtype}, {needed:,} bytes, with {there:,}."
        )
    free = host_memory().available
    if needed > free:
        raise DataError(
            f"{info.filename} in {path} must fit in memory. Received: {needed / GIB:.1f} GiB, and "
            f"{free / GIB:.1f} GiB are free."
        )
    with archive.open(info) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array by its first bytes."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:  # of names in UTF-8, which plain numbers have not
        raise ValueError(f"an array of version {version}; 1.0 and 2.0 are read")
    return shape, dtype
