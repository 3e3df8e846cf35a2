"""What scripts read: one JSON document on standard output, and nothing else there."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import date, time, timedelta
from enum import Enum
from typing import Annotated, Any, TextIO

import typer

# The parameter `as_json: Json = False` of a command that reports.
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document for scripts.")]

_reserved: list[TextIO] = []


def emit(value: Any) -> None:
    """Print `value` as one JSON document.

    Keys stay in their order. NaN and infinities, which JSON has not, become `null`; so do pandas'
    missing values. Arrays and columns become lists, tables lists of rows, dataclasses and recipe
    settings mappings, moments ISO 8601, durations seconds, what else there is its text.
    """
    out = _reserved[-1] if _reserved else sys.stdout
    print(json.dumps(plain(value), indent=2, ensure_ascii=False), file=out)


@contextmanager
def for_scripts() -> Iterator[None]:
    """Inside, standard output belongs to `emit`: what others print goes to standard error."""
    _reserved.append(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _reserved.pop()


def plain(value: Any) -> Any:
    """`value` as mappings with text keys, lists, texts, numbers, truths and None."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, list | tuple | range | Iterator):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, date | time):
        return None if value != value else value.isoformat()  # pandas' NaT is a moment
    if isinstance(value, timedelta):
        return None if value != value else value.total_seconds()
    return _of_a_package(value)


def _of_a_package(value: Any) -> Any:
    """What NumPy, pandas, pydantic and dataclasses make; told by their methods, none imported."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if hasattr(value, "to_dict"):
            return plain(value.to_dict())
        shown = (each.name for each in dataclasses.fields(value) if each.repr)
        return {name: plain(getattr(value, name)) for name in shown}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if hasattr(value, "itertuples"):  # a table
        return plain(value.to_dict("records"))
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if str(value) == "<NA>" else str(value)
