"""Sources in name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

__all__ = ["csv", "digits", "image_folder"]


def digits() -> dict[str, Any]:
    """Handwritten digits."""
    return {}


def image_folder(path: Path) -> dict[str, Any]:
    """A folder with one folder a class."""
    return {"path": path}


def csv(
    path: Path,
    target: Annotated[str, Field(min_length=1)],
    on_bad_example: str,
    columns: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A table."""
    return {"path": path, "target": target, "columns": columns}
