"""What a value of a recipe can be: plain, and of a size that can be written and read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlsuite.recipe.paths import Path
from dlsuite.recipe.spelling import received

LEAST, MOST = -(2**63), 2**63 - 1  # what NumPy and TensorFlow count with


def refusal(value: Any) -> str | None:
    """Why a scalar cannot stand in a recipe, or None."""
    if isinstance(value, int) and not LEAST <= value <= MOST:
        return f"a whole number must be from {LEAST} to {MOST}. Received: {received(value)}."
    if isinstance(value, str) and (
        "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    ):
        return (
            "a text must be of characters, which a zero byte and half of a surrogate pair are "
            f"not. Received: {received(value)}."
        )
    if value is None or isinstance(value, str | int | float):
        return None
    return (
        "must be a text, a number, true, false, null, a list or a mapping. "
        f"Received: a {type(value).__name__}."
    )


def only_plain(value: Any, path: Path = ()) -> tuple[Any, list[tuple[Path, str]]]:
    """A tree of mappings and lists with null for each value that a recipe cannot hold.

    Returns:
        The tree, and the path and message of each such value or key; such keys are left out.
    """
    found: list[tuple[Path, str]] = []
    if isinstance(value, Mapping):
        kept = {}
        for key, inner in value.items():
            text = isinstance(key, str) and refusal(key) is None
            if not text and (isinstance(key, bool) or not isinstance(key, int)):
                message = f"a key must be a text or a whole number. Received: {received(key)}."
                found.append((path, message))
                continue
            kept[key], more = only_plain(inner, (*path, key))
            found += more
        return kept, found
    if isinstance(value, list):
        pairs = [only_plain(inner, (*path, index)) for index, inner in enumerate(value)]
        return [inner for inner, _ in pairs], [each for _, more in pairs for each in more]
    refused = refusal(value)
    return (value, []) if refused is None else (None, [(path, refused)])
