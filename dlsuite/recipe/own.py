"""`module:name` in a recipe: a function or class of the user's own."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from dlsuite.recipe.spelling import nearest, received

_refusal: ContextVar[str] = ContextVar("refusal", default="")


@contextmanager
def imports_refused(why: str) -> Iterator[None]:
    """Inside, every `module:name` is refused with these words, and nothing of it is imported.

    Args:
        why: A sentence; if it is empty, names are imported as ever.
    """
    token = _refusal.set(why)
    try:
        yield
    finally:
        _refusal.reset(token)


def own_callable(name: str) -> Callable[..., Any]:
    """What `module:name` names.

    Raises:
        LookupError: There is no such module, or it has no callable of that name.
    """
    module_name, _, attribute = name.partition(":")
    module = own_module(module_name, name)
    target = getattr(module, attribute, None)
    if target is None:
        near = nearest(attribute, [n for n in vars(module) if not n.startswith("_")])
        hint = f" Did you mean {module_name}:{near}?" if near else ""
        raise LookupError(f"{module_name} has no {attribute!r}.{hint}")
    if not callable(target):
        raise LookupError(f"{name} must be a function or class. Received: {received(target)}.")
    return target


def own_module(module_name: str, name: str) -> ModuleType:
    """A module of the user's own, from the current folder too.

    Args:
        module_name: As Python imports it.
        name: What asked for it, for the message.

    Raises:
        LookupError: It cannot be imported, for whatever reason, or may not be.
    """
    if why := _refusal.get():
        raise LookupError(f"names code to import, {received(name)}. {why}")
    if os.getcwd() not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.getcwd())  # as `python -m` does, for the user's own modules
    importlib.invalidate_caches()  # the file may have been written a moment ago
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # a module of the user's own can fail in any way
        if is_signal(error):
            raise
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        words = (str(error).splitlines() or ["no words"])[0]
        raise LookupError(f"cannot import {name}: {kind}{words}") from error


def is_signal(error: BaseException) -> bool:
    """Whether it is no exit of the code's own but what a signal became, a kind of SystemExit."""
    return isinstance(error, SystemExit) and type(error) is not SystemExit
