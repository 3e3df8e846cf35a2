"""Keys as people write them, `data.augment.0`, and as the tree has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Path = tuple[str | int, ...]

# A step is anything without a dot, or quoted: expect."test.accuracy".at_least
STEP = re.compile(r'"([^"]*)"|([^."]+)')


def dotted(path: Path) -> str:
    """`("data", "augment", 0)` as `data.augment.0`."""
    return ".".join(str(step) for step in path)


def steps(key: str) -> list[str]:
    """Steps of a dotted key, or none if it is not one."""
    if ".." in key or STEP.sub("", key).strip("."):
        return []
    return [quoted or bare for quoted, bare in STEP.findall(key)]


def step_in(value: Any, left: list[str]) -> tuple[str | int, list[str]]:
    """The first step of `left` into `value`, and the steps after it.

    Where `value` has a key with dots that fits, as in `expect.test.accuracy.at_least`, the longest
    one is the step.
    """
    if isinstance(value, list) and left[0].isdigit():
        return int(left[0]), left[1:]
    for end in range(len(left), 0, -1):
        name = ".".join(left[:end])
        if isinstance(value, Mapping) and name in value:
            return name, left[end:]
        if isinstance(value, Mapping) and name.isdigit() and int(name) in value:
            return int(name), left[end:]
    return left[0], left[1:]


def path_in(tree: Any, key: str) -> Path:
    """The path that a dotted key means in `tree`, whether or not something stands there."""
    path: Path = ()
    left = steps(key)
    while left:
        step, left = step_in(tree, left)
        path = (*path, step)
        tree = value_at(tree, (step,))
    return path


def value_at(tree: Any, path: Path) -> Any:
    """What stands at `path`, or None."""
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree
