"""What a slot allows, in words: `a whole number of at least 1 or full`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlsuite.recipe.room import MOST_BESIDE_A_HINT, MOST_LISTED
from dlsuite.recipe.slots import Slot
from dlsuite.recipe.spelling import nearest, one_of, received

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "none": "null",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozenset": "a list",
    "dict": "a mapping",
}
BOUNDS = {"ge": "at least {}", "gt": "above {}", "le": "at most {}", "lt": "below {}"}
SHOWN_KEYS = 8
ANYTHING = "anything"
TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def must_be(slot: Slot, value: Any) -> str:
    """The message for a value that fits no form of its slot."""
    hint = _hint(slot, value)
    words = allowed(slot, MOST_BESIDE_A_HINT if hint else MOST_LISTED)
    return f"must be {words}. Received: {received(value)}.{hint}"


def allowed(slot: Slot, most: int = MOST_LISTED) -> str:
    """The forms of a slot joined with `or`, null last; empty if anything goes.

    Args:
        slot: The place.
        most: The most names that a Room lists.
    """
    forms = sorted(slot.alternatives(), key=lambda form: form.kind == "none")
    words = list(dict.fromkeys(_words(form, most) for form in forms))
    return "" if ANYTHING in words else " or ".join(words)


def _names(slot: Slot) -> list[str]:
    """Texts that the slot allows by name: literals and public names of a Room."""
    found: list[str] = []
    for form in slot.alternatives():
        if form.room:
            found += form.room.names()
        found += [name for name in _literals(form) if isinstance(name, str)]
    return found


def _hint(slot: Slot, value: Any) -> str:
    if not isinstance(value, str):
        return ""
    kinds = {form.kind for form in slot.alternatives()}
    near = nearest(value, _names(slot))
    if near:
        return f" Did you mean {near}?"
    if kinds & {"int", "float"} and _is_number(value):
        return " Leave the quotes away."
    if "bool" in kinds and value.lower() in {*TRUTH, "true", "false"}:
        return f" Write {TRUTH.get(value.lower(), value.lower())}."
    return ""


def _words(form: Slot, most: int) -> str:
    schema = form.schema
    if form.room:
        return form.room.allowed(most)
    if form.kind in ("int", "float"):
        return _with_bounds(KINDS[form.kind], schema)
    if form.kind in ("literal", "enum"):
        return one_of([_literal(value) for value in _literals(form)])
    if form.kind == "model":
        keys = list(form.keys({}))
        more = ", …" if len(keys) > SHOWN_KEYS else ""
        return f"a mapping with {', '.join(keys[:SHOWN_KEYS])}{more}"
    return KINDS[form.kind] + _size(form) if form.kind in KINDS else ANYTHING


def _with_bounds(noun: str, schema: Mapping[str, Any]) -> str:
    bounds = dict(schema)
    if schema["type"] == "int":  # `at least 1` for `above 0`
        bounds |= {"ge": schema["gt"] + 1} if "gt" in schema else {}
        bounds |= {"le": schema["lt"] - 1} if "lt" in schema else {}
        bounds = {name: bound for name, bound in bounds.items() if name not in ("gt", "lt")}
    parts = [words.format(bounds[name]) for name, words in BOUNDS.items() if name in bounds]
    if "multiple_of" in schema:
        parts.append(f"a multiple of {schema['multiple_of']}")
    if not parts:
        return noun
    return f"{noun} {'of ' if parts[0].startswith('at') else ''}{' and '.join(parts)}"


def _size(form: Slot) -> str:
    schema, least, most = form.schema, *_length(form)
    if "pattern" in schema:
        return f" that matches {schema['pattern']}"
    if form.kind == "str" and (least, most) == (1, None):
        return " that is not empty"
    unit = {"dict": "key", "str": "character"}.get(form.kind, "item")
    if least is not None and least == most:
        return f" of {_count(least, unit)}"
    parts = [f"at least {_count(least, unit)}"] if least else []
    parts += [f"at most {_count(most, unit)}"] if most is not None else []
    return f" of {' and '.join(parts)}" if parts else ""


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _length(form: Slot) -> tuple[int | None, int | None]:
    if form.kind == "tuple" and "variadic_item_index" not in form.schema:
        fixed = len(form.schema["items_schema"])
        return fixed, fixed
    return form.schema.get("min_length"), form.schema.get("max_length")


def _literals(form: Slot) -> list[Any]:
    if form.kind == "enum":
        return [member.value for member in form.schema["members"]]
    return list(form.schema["expected"]) if form.kind == "literal" else []


def _literal(value: Any) -> str:
    return value if isinstance(value, str) and value else received(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
