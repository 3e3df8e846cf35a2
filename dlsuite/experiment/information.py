"""What a model learned about its data, as plain JSON with its run, and rebuilt from there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from dlsuite.experiment.pipeline import Pipeline
from dlsuite.tracking import RunRecord, StoreError, TrackedRun

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = "info.json"
ARRAY = "array"  # the key that marks an array among mappings
PLAIN = "biufSU"  # kinds of NumPy types that JSON can hold
LONGEST = 2**16  # bytes of one of its values


def keep(tracked: TrackedRun, info: Any) -> None:
    """`info.json`: the `info` of a run's splits."""
    tracked.json(FILE, plain(info))


def read(pipeline: Pipeline, record: RunRecord) -> Any:
    """The `info` that a run was trained with.

    Raises:
        StoreError: The run keeps none, or one of another version of the application.
    """
    import json

    if FILE not in record.artifacts():
        raise StoreError(
            f"{record} keeps no {FILE}: it was trained by a version of dlsuite that did not write "
            "it, or ended before its data was read. Train it again."
        )
    try:
        kept = json.loads(record.artifact(FILE).read_text(encoding="utf-8"))
        return rebuilt(pipeline.info, kept)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"][1:])
        raise StoreError(
            f"The {FILE} of {record} does not fit {pipeline.name} as it is now: {place}: "
            f"{first['msg']}. Train the run again, or use the version of dlsuite that did."
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(f"The {FILE} of {record} is damaged: {error}.") from error


def plain(info: Any) -> Any:
    """Dataclasses, mappings, sequences, arrays and scalars as what JSON holds."""
    if dataclasses.is_dataclass(info) and not isinstance(info, type):
        return {each.name: plain(getattr(info, each.name)) for each in dataclasses.fields(info)}
    if isinstance(info, Mapping):
        return {str(key): plain(value) for key, value in info.items()}
    if isinstance(info, np.ndarray):
        return {ARRAY: info.tolist(), "dtype": info.dtype.str, "shape": list(info.shape)}
    if isinstance(info, np.generic):
        return info.item()
    if isinstance(info, list | tuple | set | frozenset):
        return [plain(value) for value in info]
    return info


def rebuilt(kind: Any, kept: Any) -> Any:
    """The inverse of `plain` for a type; mappings, lists and arrays alone where it is None.

    Raises:
        pydantic.ValidationError: `kept` is not of that type.
    """
    kept = _with_arrays(kept)
    if kind is None:
        return kept
    # Of a tuple, because a dataclass takes no config of another; inside it is handed on.
    whole: Callable[[Any], Any] = TypeAdapter(
        tuple[kind], config=ConfigDict(arbitrary_types_allowed=True, extra="forbid")
    ).validate_python
    return whole([kept])[0]


def _with_arrays(kept: Any) -> Any:
    if isinstance(kept, dict) and set(kept) == {ARRAY, "dtype", "shape"}:
        dtype = np.dtype(kept["dtype"])
        if dtype.kind not in PLAIN or dtype.itemsize > LONGEST:
            raise ValueError(f"an array must be of numbers or texts. Received: {dtype}")
        return np.array(kept[ARRAY], dtype=dtype).reshape(kept["shape"])
    if isinstance(kept, dict):
        return {key: _with_arrays(value) for key, value in kept.items()}
    return [_with_arrays(value) for value in kept] if isinstance(kept, list) else kept
