"""`${NAME}` in a recipe: the value of an environment variable."""

from __future__ import annotations

import os
import re

from dlsuite.recipe.spelling import received

REFERENCE = re.compile(r"\$\{([^}\s,\"']*)\}?")
# `{` and `}` would end a plain text inside [ ] or { }; these have no meaning in YAML.
OPEN, CLOSE = "\ue000", "\ue001"
HIDDEN = re.compile(rf"\${OPEN}([^\s,\"'{OPEN}{CLOSE}]*)({CLOSE}?)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MEANINGS = {
    "DLSUITE_DATA": "the folder that holds your data sets (export DLSUITE_DATA=/path/to/data)"
}


def substituted(text: str) -> tuple[str, list[str]]:
    """`text` with every `${NAME}` replaced, and a message for each that cannot be.

    A reference that fails stays as written, so that the rest of the recipe can be checked.
    """
    messages: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if not match[0].endswith("}") or not NAME.fullmatch(name):
            messages.append(
                f"must name an environment variable as ${{NAME}}. Received: {received(match[0])}."
            )
        elif name not in os.environ:
            meaning = f" It names {MEANINGS[name]}." if name in MEANINGS else ""
            messages.append(f"the environment variable {name} is not set.{meaning}")
        return os.environ.get(name, match[0])

    return REFERENCE.sub(value, text), messages


def hidden(text: str) -> str:
    """`text` with the braces of every `${NAME}` replaced by one character each."""
    return REFERENCE.sub(lambda m: f"${OPEN}{m[1]}{CLOSE if m[0].endswith('}') else ''}", text)


def shown(text: str) -> str:
    """The inverse of `hidden`."""
    return HIDDEN.sub(lambda m: f"${{{m[1]}{'}' if m[2] else ''}", text)
