"""load: a recipe, its overrides and a settings class become a Recipe."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from dlsuite.recipe.block import Block
from dlsuite.recipe.call import plain
from dlsuite.recipe.checking import checked
from dlsuite.recipe.document import Document, read
from dlsuite.recipe.overrides import overridden
from dlsuite.recipe.paths import path_in
from dlsuite.recipe.problems import Problem

B = TypeVar("B", bound=Block)


@dataclass(frozen=True)
class Recipe(Generic[B]):
    """A recipe that passed every static check.

    Attributes:
        settings: Its values.
        written: The text as written, overrides not in it.
        resolved: Plain values, defaults and overrides included; loading it gives the same again.
        sha256: Of `resolved` as canonical JSON.
        name: File name without ending; the pipeline's name for a mapping.
        document: Where each value stands.
    """

    settings: B
    written: str
    resolved: dict[str, Any]
    sha256: str
    name: str
    document: Document = field(repr=False)

    @property
    def overrides(self) -> tuple[str, ...]:
        """Overrides in force, as written."""
        return tuple(self.document.overridden.values())

    def problem(self, key: str, message: str) -> Problem:
        """A problem of a dotted key, with its position: for what only the data can tell."""
        return self.document.problem(path_in(self.document.tree, key), message)


def load(
    source: str | os.PathLike[str] | Mapping[str, Any] | Block | Document,
    settings: type[B],
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    shipped: Path | None = None,
) -> Recipe[B]:
    """Reads a recipe and checks all that can be known without data.

    Args:
        source: A file, the name of a recipe in `shipped`, a mapping, settings, or a Document.
        settings: Class that says what the recipe may hold.
        overrides: Texts `training.epochs=3`, or a mapping of dotted keys to values.
        shipped: Folder of recipes that can be named without path and ending.

    Raises:
        RecipeError: With every problem at once.
    """
    document = overridden(read(source, shipped), overrides)
    made = checked(document, settings)
    resolved = plain(made)
    return Recipe(
        settings=made,
        written=document.written,
        resolved=resolved,
        sha256=_sha256(resolved),
        name=document.name,
        document=document,
    )


def flatten(resolved: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted key -> scalar, lists by index; empty mappings and lists as `{}` and `[]`."""
    flat: dict[str, Any] = {}
    for key, value in resolved.items():
        if isinstance(value, list):
            value = {str(index): inner for index, inner in enumerate(value)} or "[]"
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}.") if value else {f"{prefix}{key}": "{}"})
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _sha256(resolved: Mapping[str, Any]) -> str:
    text = json.dumps(_text_keys(resolved), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _text_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _text_keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_text_keys(inner) for inner in value]
    return value
