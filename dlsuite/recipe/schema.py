"""json_schema: what a recipe may hold, for editors (JSON Schema 2020-12)."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from dlsuite.recipe.block import Block
from dlsuite.recipe.room import Room, described_rooms

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OWN = {"type": "string", "pattern": r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"}


def json_schema(settings: type[Block]) -> dict[str, Any]:
    """JSON Schema of the recipes of a settings class.

    Every Room becomes one definition, with an alternative for each of its public names.
    """
    rooms: dict[str, Room] = {}
    definitions: dict[str, Any] = {}
    with described_rooms(rooms):
        root = _generated(TypeAdapter(settings), definitions)
        done: set[str] = set()
        while waiting := [name for name in rooms if name not in done]:
            for name in waiting:
                definitions[name] = _of_room(rooms[name], definitions)
                done.add(name)
    schema = {"$schema": DIALECT, **root, "$defs": dict(sorted(definitions.items()))}
    return _with_references(schema)


class _Schema(GenerateJsonSchema):
    """pydantic's, without titles made of names, and with types that YAML cannot write refused."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def handle_invalid_for_json_schema(self, schema: CoreSchema, error_info: str) -> dict[str, Any]:
        return {"not": {}}


def _generated(adapter: TypeAdapter[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = adapter.json_schema(schema_generator=_Schema)
    definitions.update(schema.pop("$defs", {}))
    return schema


def _of_room(room: Room, definitions: dict[str, Any]) -> dict[str, Any]:
    blocks = {name: _of_call(room, name, definitions) for name in room.names()}
    bare = [name for name, block in blocks.items() if block["required"] == ["type"]]
    own = {"type": "object", "properties": {"type": OWN}, "required": ["type"]}
    listed = [{"type": "string", "enum": bare}] if bare else []
    return {"oneOf": [*listed, *blocks.values(), OWN, own]}


def _of_call(room: Room, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    target = room.find(name)
    taken = room.arguments(target)
    schema = _generated(taken.adapter, definitions)
    properties = schema.get("properties", {})
    for argument, default in taken.defaults.items():
        properties[argument] = {**properties[argument], "default": default}
    says = (inspect.getdoc(target) or "").split("\n\n")[0].replace("\n", " ")
    return {
        "title": name,
        **({"description": says} if says else {}),
        "type": "object",
        "properties": {"type": {"const": name}, **properties},
        "required": ["type", *schema.get("required", [])],
        "additionalProperties": False,
    }


def _with_references(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_references(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    room = schema.get("x-room")
    reference = {"$ref": f"#/$defs/{room}"} if isinstance(room, str) else {}
    rest = {key: _with_references(inner) for key, inner in schema.items() if key != "x-room"}
    return {**rest, **reference}
