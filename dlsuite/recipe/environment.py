"""`${NAME}` in a recipe: the value of an environment variable, or the data folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from dlsuite.recipe.spelling import received

REFERENCE = re.compile(r"\$\{([^}\s,\"']*)\}?")
# `{` and `}` would end a plain text inside [ ] or { }; these have no meaning in YAML.
OPEN, CLOSE = "\ue000", "\ue001"
HIDDEN = re.compile(rf"\${OPEN}([^\s,\"'{OPEN}{CLOSE}]*)({CLOSE}?)")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DATA = "DLSUITE_DATA"


def data_folder() -> Path:
    """Where data sets lie: `$DLSUITE_DATA`, else `$XDG_DATA_HOME/dlsuite` (`~/.local/share`)."""
    named = os.environ.get(DATA)
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "dlsuite"


# Variables that need not be set.
MEANT: Mapping[str, Callable[[], object]] = {DATA: data_folder}


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
        elif name in MEANT:
            return str(MEANT[name]())
        elif name not in os.environ:
            messages.append(f"the environment variable {name} is not set.")
        return os.environ.get(name, match[0])

    return REFERENCE.sub(value, text), messages


def hidden(text: str) -> str:
    """`text` with the braces of every `${NAME}` replaced by one character each."""
    return REFERENCE.sub(lambda m: f"${OPEN}{m[1]}{CLOSE if m[0].endswith('}') else ''}", text)


def shown(text: str) -> str:
    """The inverse of `hidden`."""
    return HIDDEN.sub(lambda m: f"${{{m[1]}{'}' if m[2] else ''}", text)
