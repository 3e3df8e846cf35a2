"""Words of the messages: near names, lists of names, values as a recipe would write them."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CLOSE = 0.7  # Of difflib's ratio; `droput` and `dropout` have 0.92, `lr` and `lion` 0.33.
LONGEST = 60
MOST_BITS = 256


def likeness(given: str, name: str) -> float:
    """How much `given` looks like a slip of `name`, in [0, 1].

    Initials (`lr`) count as 0.8, so do the same letters in another order.
    """
    if len(given) > LONGEST + len(name):
        return 0.0  # a text of thousands of letters would take difflib seconds
    a, b = (text.lower().replace("-", "_") for text in (given, name))
    words = b.split("_")
    if len(words) > 1 and a == "".join(word[:1] for word in words):
        return 0.8
    ratio = difflib.SequenceMatcher(None, a, b).ratio()
    if len(a) >= 3 and sorted(a) == sorted(b):
        ratio = max(ratio, 0.8)
    if (len(a) >= 4 and a in b) or (len(b) >= 4 and b in a):
        ratio = max(ratio, 0.75)
    return ratio if given == name else min(ratio, 0.99)


def nearest(given: str, names: Iterable[str]) -> str | None:
    """The name that `given` is most likely a slip of, if any is close."""
    ranked = sorted(((-likeness(given, name), name) for name in names), key=lambda pair: pair[0])
    return ranked[0][1] if ranked and -ranked[0][0] >= CLOSE else None


def one_of(names: Sequence[str]) -> str:
    """`a`, or `one of a, b`."""
    return names[0] if len(names) == 1 else f"one of {', '.join(names)}"


def sentence(text: str) -> str:
    """`text` with a full stop, unless it ends already."""
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def received(value: Any) -> str:
    """`value` as a recipe would write it, strings always quoted, long ones cut."""
    text = _flow(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _flow(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_item(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_item(inner) for inner in value) + "]"
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"one of {value.bit_length()} bits"  # Python refuses to write numbers so long
    if isinstance(value, float) and not math.isfinite(value):
        return f".{value}".replace(".-", "-.")
    return str(value)


def _item(value: Any) -> str:
    return "null" if value is None else value if isinstance(value, str) else _flow(value)
