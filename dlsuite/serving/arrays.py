"""NumPy files as the named inputs of a signature."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.data.stored_arrays import stored_arrays


def read_arrays(path: Path, specs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays `[N, ...]` by input name, in the types that the signature takes.

    Args:
        path: A `.npz` file with an array for every input, or the `.npy` file of the only one.
        specs: `tf.TensorSpec` by input name.

    Raises:
        ValueError: If an input is missing, of another shape or type, or lengths differ.
    """
    try:
        found = _found(path, specs)
    except (EOFError, OSError, ValueError, MemoryError) as error:
        raise ValueError(f"{path} must be a NumPy file of numbers or texts. {error}") from error
    missing = [name for name in specs if name not in found]
    if missing:
        raise ValueError(
            f"{path} must hold arrays named {', '.join(specs)}. Missing: {', '.join(missing)}."
        )
    arrays = {name: _fitted(path, name, found[name], spec) for name, spec in specs.items()}
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ValueError(
            f"The arrays of {path} must be of one length, 1 at least. Received: {lengths}."
        )
    return arrays


def _found(path: Path, specs: Mapping[str, Any]) -> dict[str, np.ndarray]:
    with path.open("rb") as file:
        single = file.read(6) == np.lib.format.MAGIC_PREFIX
    if not single:
        return stored_arrays(path, list(specs))[0]
    # Mapped first: a file that says more than it holds is refused before memory is taken for it.
    mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    return {next(iter(specs)): np.array(mapped)}


def _fitted(path: Path, name: str, array: np.ndarray, spec: Any) -> np.ndarray:
    text = spec.dtype.name == "string"
    wanted = np.dtype(object) if text else np.dtype(spec.dtype.as_numpy_dtype)
    known = array.dtype.kind in "SU" if text else np.can_cast(array.dtype, wanted, "same_kind")
    if not known or not spec.shape.is_compatible_with(array.shape):
        raise ValueError(
            f"`{name}` in {path} must be {spec.dtype.name} of shape {spec.shape.as_list()}. "
            f"Received: {array.dtype} of shape {list(array.shape)}."
        )
    return array.astype(wanted)
