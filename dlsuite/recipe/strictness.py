"""No silent conversions: `"3"` is no number, `true` is no 1."""

from __future__ import annotations

from typing import Any

# Parts of a core schema that hold values or notes, not schemas.
NOT_SCHEMAS = frozenset({"default", "expected", "metadata", "config", "serialization"})


def refuse_conversions(schema: Any) -> None:
    """Makes every number and truth value of a pydantic core schema strict, in place.

    Lists stay acceptable for tuples and texts for paths: YAML has no other way to write them.
    """
    if isinstance(schema, dict):
        if schema.get("type") in ("int", "float", "bool"):
            schema["strict"] = True
        for key, inner in schema.items():
            if key not in NOT_SCHEMAS:
                refuse_conversions(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            refuse_conversions(inner)
