"""Keys that a recipe may have with what they may be, for a shell: from a schema kept on disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlsuite.recipe import Block

PLAIN = re.compile(r"[\w.+:/-]+")  # a value that no shell takes apart or understands otherwise
DEEPEST = 6  # levels of keys


def assignments(recipe: str | None, incomplete: str) -> list[str]:
    """`key=value` for each key that begins so and each value that is plain, else `key=`.

    The value is the recipe's, or the default, or each of those that are possible.

    Args:
        recipe: A file or the name of one that ships; without one nothing is known.
        incomplete: What is typed.
    """
    tree = _read(recipe)
    if not tree:
        return []
    schema = _kept(str(tree.get("pipeline")))
    found: dict[str, dict[str, None]] = {}
    for key, values in _written(tree):
        found[key] = _plain(values)
    for key, values, default in _possible(schema, schema, tree):
        found.setdefault(key, _plain(default)).update(_plain(values))
    offers = (f"{key}={text}" for key, texts in found.items() for text in texts or [""])
    return [offer for offer in offers if offer.startswith(incomplete)]


def keep_schema(pipeline: str, settings: type[Block]) -> None:
    """Keep the schema of an application's recipes for `assignments`, if it can be written."""
    from dlsuite.recipe import json_schema

    path = _place(pipeline)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(json_schema(settings)), encoding="utf-8")
        draft.replace(path)
    except OSError:  # a full disk, or a home that nobody may write to
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def keep_schema_once(pipeline: str, settings: type[Block]) -> None:
    """`keep_schema` of an application of this package, where there is none of this version."""
    from pipelines import names

    if pipeline in names() and not _place(pipeline).exists():
        keep_schema(pipeline, settings)


def _place(pipeline: str) -> Path:
    from dlsuite import __version__

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "dlsuite" / f"schema-{__version__}-{pipeline}.json"


def _kept(pipeline: str) -> dict[str, Any]:
    try:
        return json.loads(_place(pipeline).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _read(recipe: str | None) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from pipelines import SHIPPED

    places = [SHIPPED / f"{recipe}.yaml", Path(recipe)] if recipe else []
    for path in places:
        try:
            tree = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, YAMLError):
            continue
        return tree if isinstance(tree, dict) else {}
    return {}


def _written(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every value of the recipe with its dotted key."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _written(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", [value]


def _possible(
    schema: Mapping[str, Any], part: Mapping[str, Any], tree: Any, before: str = "", depth: int = 0
) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """Every key that a schema knows, with the values that it lists, and the default.

    Of the alternatives of a `type:` block those are taken that the recipe has chosen.
    """
    for form in _forms(schema, part):
        kind = form.get("properties", {}).get("type", {}).get("const")
        chosen = tree.get("type") if isinstance(tree, Mapping) else tree
        if depth > DEEPEST or (kind is not None and kind != chosen):
            continue
        for name, inner in form.get("properties", {}).items():
            key = f"{before}{name}"
            forms = list(_forms(schema, inner))
            values = [value for each in forms for value in _values(each)]
            below = tree.get(name, inner.get("default")) if isinstance(tree, Mapping) else None
            if values or not any("properties" in each for each in forms):
                yield key, values, _default(inner)
            yield from _possible(schema, inner, below, f"{key}.", depth + 1)


def _forms(schema: Mapping[str, Any], part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The alternatives of a part of a schema, references followed."""
    if "$ref" in part:
        name = str(part["$ref"]).rpartition("/")[2]
        yield from _forms(schema, schema["$defs"].get(name, {}))
    for alternative in part.get("anyOf") or part.get("oneOf") or ():
        yield from _forms(schema, alternative)
    if "properties" in part or "type" in part or "enum" in part or "const" in part:
        yield dict(part)


def _values(form: Mapping[str, Any]) -> list[Any]:
    if "const" in form:
        return [form["const"]]
    if form.get("type") == "boolean":
        return [True, False]
    return list(form.get("enum", ()))


def _default(part: Mapping[str, Any]) -> list[Any]:
    default = part.get("default")
    return [] if default is None or isinstance(default, list | dict) else [default]


def _plain(values: list[Any]) -> dict[str, None]:
    """Those that can be written on the command line as they are, in their order."""
    texts = (value if isinstance(value, str) else json.dumps(value) for value in values)
    return dict.fromkeys(text for text in texts if PLAIN.fullmatch(text))
