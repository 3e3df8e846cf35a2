"""Files that are whole or absent, whenever the process dies, and arrays as they can hold them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dlsuite.training.variables import Arrays


def replaced(path: Path, write: Callable[[BinaryIO], Any]) -> str:
    """Writes a file that is whole or absent, and gives its SHA-256."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        part.replace(path)
    except OSError:  # on a full disk half a file is in the way of all else
        with suppress(OSError):
            part.unlink()
        raise
    return digest


def storable(arrays: Arrays) -> tuple[Arrays, dict[str, str]]:
    """Arrays in types that the npy format knows, and the names of their own types."""
    dtypes = {key: array.dtype.name for key, array in arrays.items()}
    known = {
        # bfloat16 and the 8-bit floats of ml_dtypes would be stored as nameless bytes.
        key: array if array.dtype.isbuiltin == 1 else array.view(f"u{array.dtype.itemsize}")
        for key, array in arrays.items()
    }
    return known, dtypes


def typed(array: np.ndarray, dtype: str) -> np.ndarray:
    """A stored array in the type that it had."""
    if array.dtype.name == dtype:
        return array
    import ml_dtypes

    return array.view(getattr(ml_dtypes, dtype))
