"""Dotted overrides: `training.epochs=3` laid over a document."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dlsuite.recipe.call import plain
from dlsuite.recipe.document import Document
from dlsuite.recipe.paths import Path, dotted, path_in, step_in, steps, value_at
from dlsuite.recipe.plainness import only_plain
from dlsuite.recipe.problems import Problem
from dlsuite.recipe.spelling import received
from dlsuite.recipe.syntax import parse
from dlsuite.recipe.yaml_errors import Unreadable


def overridden(document: Document, overrides: Sequence[str] | Mapping[str, Any]) -> Document:
    """The document with overrides laid over it, the last one of a key winning.

    Lists are entered by index, and their length as index adds an item. What cannot be laid over
    is added to the document's problems.

    Args:
        document: Recipe as read.
        overrides: Texts `key=value`, the value in YAML, or a mapping of dotted keys to values.
    """
    for text, key, value, problems in _pairs(overrides):
        document = replace(document, problems=(*document.problems, *problems))
        if key is not None:
            document = _laid(document, text, key, value)
    return document


def _pairs(
    overrides: Sequence[str] | Mapping[str, Any],
) -> list[tuple[str, str | None, Any, list[Problem]]]:
    if isinstance(overrides, Mapping):
        return [_given(key, value) for key, value in overrides.items()]
    if isinstance(overrides, str):
        overrides = [overrides]
    return [_parsed(text) for text in overrides]


def _given(key: str, value: Any) -> tuple[str, str | None, Any, list[Problem]]:
    value, refused = only_plain(plain(value))
    text = f"{key}={_shown(value)}"
    if not steps(key):
        message = "must be a dotted key, such as training.epochs."
        return text, None, None, [Problem(f"override {text}", None, None, "", message)]
    problems = [
        Problem(f"override {text}", None, None, dotted((key, *path)), message)
        for path, message in refused
    ]
    return text, key, value, problems


def _parsed(text: str) -> tuple[str, str | None, Any, list[Problem]]:
    key, equals, value = text.partition("=")
    key = key.strip()
    place = f"override {text}"
    if not equals or not steps(key):
        message = "must be written key=value, such as training.epochs=3."
        return text, None, None, [Problem(place, None, None, "", message)]
    try:
        found = parse(value)
    except Unreadable as error:
        message = f"the value is no YAML, at column {error.mark[1]}: {error.message}."
        return text, None, None, [Problem(place, None, None, key, message)]
    problems = [Problem(place, None, None, key, message) for _, message, _ in found.problems]
    return text, key, found.value, problems


def _laid(document: Document, text: str, key: str, value: Any) -> Document:
    tree = copy.deepcopy(document.tree)
    try:
        path = _set(tree, steps(key), value)
    except LookupError as error:
        problem = Problem(f"override {text}", None, None, key, error.args[0])
        return replace(document, problems=(*document.problems, problem))
    return replace(
        document,
        tree=tree,
        marks={p: mark for p, mark in document.marks.items() if not _under(p, path)},
        overridden={
            **{p: other for p, other in document.overridden.items() if not _under(p, path)},
            path: text,
        },
        problems=tuple(
            problem
            for problem in document.problems
            if problem.line is None or not _under(path_in(tree, problem.key), path)
        ),
    )


def _under(path: Path, top: Path) -> bool:
    return path[: len(top)] == top


def _set(tree: dict[Any, Any], left: list[str], value: Any) -> Path:
    """Sets a value in place, making mappings on the way, and returns its path."""
    path: Path = ()
    holder: Any = tree
    while True:
        step, left = step_in(holder, left)
        if isinstance(holder, list):
            step = _index(holder, step)
        elif not isinstance(holder, dict):
            raise LookupError(f"{dotted(path)} has no keys, it is {received(holder)}.")
        path = (*path, step)
        if not left:
            holder[step] = value
            return path
        here = value_at(holder, (step,))
        if here is None or isinstance(here, str):
            here = {} if here is None else {"type": here}  # `optimizer: Adam` is {type: Adam}
            holder[step] = here
        holder = here


def _index(holder: list[Any], step: str | int) -> int:
    if not isinstance(step, int) or step > len(holder):
        raise LookupError(f"a list is entered by index, 0 to {len(holder)}. Received: {step}.")
    if step == len(holder):
        holder.append(None)
    return step


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else received(value)
