"""Slot: one place of a settings class, what may stand there and which keys it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from dlsuite.recipe.call import plain
from dlsuite.recipe.paths import Path
from dlsuite.recipe.room import Room

# Nodes that only hold another -> where they hold it.
WRAPPERS = {
    "default": "schema",
    "function-before": "schema",
    "function-after": "schema",
    "function-wrap": "schema",
    "lax-or-strict": "lax_schema",
    "json-or-python": "json_schema",
}
MISSING = object()
DEEPEST = 3


@dataclass(frozen=True)
class Slot:
    """A node of a pydantic core schema with the definitions it may refer to."""

    schema: Mapping[str, Any]
    definitions: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """`int`, `literal`, `list`, `model` …, or `room`."""
        return "room" if self.room else self.schema["type"]

    @property
    def room(self) -> Room | None:
        """The Room, where a `type:` block may stand."""
        return (self.schema.get("metadata") or {}).get("room")

    @property
    def default(self) -> Any:
        """Plain default, or MISSING."""
        if self.schema["type"] == "default" and "default" in self.schema:
            return plain(self.schema["default"])
        return MISSING

    def alternatives(self) -> list[Slot]:
        """The forms that a value may take here, unions and wrappers opened."""
        kind = self.schema["type"]
        if kind == "definitions":
            known = {d["ref"]: d for d in self.schema["definitions"]}
            return Slot(self.schema["schema"], {**self.definitions, **known}).alternatives()
        if kind == "definition-ref":
            return self._at(self.definitions[self.schema["schema_ref"]]).alternatives()
        if kind in WRAPPERS:
            return self._at(self.schema[WRAPPERS[kind]]).alternatives()
        if kind == "nullable":
            return [*self._at(self.schema["schema"]).alternatives(), self._at({"type": "none"})]
        if kind == "union":
            choices = [c[0] if isinstance(c, tuple) else c for c in self.schema["choices"]]
            return [slot for choice in choices for slot in self._at(choice).alternatives()]
        return [self]

    def keys(self, value: Any) -> dict[str, Slot]:
        """Keys that the schema or the callable chosen by `value` names, over all alternatives."""
        found: dict[str, Slot] = {}
        for slot in self.alternatives():
            for name, inner in slot._own_keys(value).items():
                found.setdefault(name, inner)
        return found

    def into(self, key: str | int, value: Any) -> Slot | None:
        """The slot of `key`, if `value`, which stands here, can have it."""
        named = self.keys(value)
        if key in named:
            return named[str(key)]
        for slot in self.alternatives():
            if slot.kind == "dict":
                return slot._at(slot.schema.get("values_schema", {"type": "any"}))
            if isinstance(key, int) and slot.kind in ("list", "set", "frozenset"):
                return slot._at(slot.schema.get("items_schema", {"type": "any"}))
            if isinstance(key, int) and slot.kind == "tuple":
                items = slot.schema["items_schema"]
                return slot._at(items[min(key, len(items) - 1)])
        return None

    def _own_keys(self, value: Any) -> dict[str, Slot]:
        if self.room:
            return _call_keys(self.room, value)
        if self.kind == "model":
            return self._at(self.schema["schema"])._fields()
        if self.kind == "typed-dict":
            return self._fields()
        return {}

    def _fields(self) -> dict[str, Slot]:
        schema = self.schema
        while schema["type"] in WRAPPERS:
            schema = schema[WRAPPERS[schema["type"]]]
        return {name: self._at(inner["schema"]) for name, inner in schema["fields"].items()}

    def _at(self, schema: Mapping[str, Any]) -> Slot:
        return Slot(schema, self.definitions)


def slot_of(settings: Any) -> Slot:
    """The slot of a whole settings class."""
    return Slot(TypeAdapter(settings).core_schema, {})


def locate(root: Slot, tree: Any, path: Path) -> Slot | None:
    """The slot at `path` of `tree`, or None where the settings have no such place."""
    slot: Slot | None = root
    for step in path:
        if slot is None:
            return None
        inner, tree = slot.into(step, tree), _inside(slot, tree, step)
        slot = inner
    return slot


def every_key(root: Slot, tree: Any, path: Path = (), beyond: int = 0) -> Iterator[Path]:
    """Paths of all keys that this recipe could have: settings, and arguments of what it names.

    Blocks that may hold their own kind end `DEEPEST` levels `beyond` what the recipe holds.
    """
    if beyond > DEEPEST:
        return
    beyond = beyond + 1 if tree is None else 0
    for name, slot in root.keys(tree).items():
        yield (*path, name)
        yield from every_key(slot, _inside(root, tree, name), (*path, name), beyond)
    if isinstance(tree, Mapping | list):
        named = root.keys(tree)
        for step in range(len(tree)) if isinstance(tree, list) else tree:
            inner = root.into(step, tree)
            if inner is not None and step not in named:
                yield from every_key(inner, _inside(root, tree, step), (*path, step))


def _inside(slot: Slot, tree: Any, step: str | int) -> Any:
    if isinstance(tree, Mapping) and step in tree:
        return tree[step]
    if isinstance(tree, list) and isinstance(step, int) and step < len(tree):
        return tree[step]
    inner = slot.into(step, tree)
    return None if inner is None or inner.default is MISSING else inner.default


def _call_keys(room: Room, value: Any) -> dict[str, Slot]:
    name = value.get("type") if isinstance(value, Mapping) else value
    text = Slot({"type": "str"}, {})
    if not isinstance(name, str):
        return {"type": text}
    try:
        taken = room.arguments(room.find(name))
    except LookupError:
        return {"type": text}
    return {"type": text, **Slot(taken.adapter.core_schema, {}).keys({})}
