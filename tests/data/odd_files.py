"""Odd, broken and hostile data files, made in code, each with what should become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Odd:
    """One file, or folder with one, that nobody expects.

    Attributes:
        name: What is odd about it.
        source: The source that would read it.
        make: Writes it below a folder and gives the path that a recipe would name.
        refused: What the refusal says, as a regular expression; empty where it is read.
        arguments: Of the source, beside the path.
    """

    name: str
    source: str
    make: Callable[[Path], Path]
    refused: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pipeline(self) -> str:
        """The application for what it holds."""
        table = self.source == "csv" or self.arguments.get("table")
        return "tabular" if table else "image_classification"

    def recipe(self, folder: Path) -> dict[str, Any]:
        """A recipe for it; the file is made below `folder`."""
        arguments = {k: v for k, v in self.arguments.items() if k != "table"}
        kept = {"cache": str(folder / "cache")} if self.source == "image_folder" else {}
        source = {"type": self.source, "path": str(self.make(folder)), **arguments, **kept}
        picture = {} if self.pipeline == "tabular" else {"image_size": [8, 8]}
        return {
            "pipeline": self.pipeline,
            "data": {"source": source, "batch_size": 8, **picture},
            "model": {"type": "mlp", "hidden": [4]},
            "training": {"epochs": 1},
        }


def every() -> tuple[Odd, ...]:
    """All of them."""
    from tests.data import odd_archives, odd_arrays, odd_pictures, odd_tables

    rooms = (odd_archives, odd_arrays, odd_pictures, odd_tables)
    return tuple(odd for room in rooms for odd in room.odd())
