"""pydantic's line errors as findings: one path, one code, the right branch of every union."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from dlsuite.recipe.paths import Path, path_in

# These say by themselves what is wrong; every other code means that the value fits no form.
TELLING = frozenset(
    {"extra_forbidden", "missing", "call_untyped", "call_type", "call_refused", "check"}
    | {"value_error", "assertion_error"}
)


@dataclass(frozen=True)
class Finding:
    """One line error.

    Attributes:
        path: Place in the tree that was checked; for a missing key, where it would stand.
        code: pydantic's error type, or one of ours.
        text: pydantic's or our own message.
        of_key: Whether it is about the last step itself, not the value that stands there.
        branches: For each union passed, the number of steps before it and the form tried.
    """

    path: Path
    code: str
    text: str
    of_key: bool = False
    branches: tuple[tuple[int, str], ...] = ()


def findings(error: ValidationError, tree: Any) -> list[Finding]:
    """What is wrong with `tree`, where several forms were tried only for the one meant."""
    found = [_finding(line, tree) for line in error.errors(include_url=False)]
    paths = [finding.path for finding in found]

    def order(finding: Finding) -> int:
        length = len(finding.path)
        return next(i for i, path in enumerate(paths) if path[:length] == finding.path)

    return sorted(dict.fromkeys(_settled(found)), key=order)


def _finding(line: Mapping[str, Any], tree: Any) -> Finding:
    path: list[str | int] = []
    branches: list[tuple[int, str]] = []
    loc, context = line["loc"], line.get("ctx") or {}
    code = "extra_forbidden" if line["type"] == "invalid_key" else line["type"]
    of_key = False
    for index, step in enumerate(loc):
        inside = _has(tree, step)
        absent = code == "missing" and index == len(loc) - 1
        if absent and isinstance(tree, list):
            code = "too_short"
        elif inside or absent:
            path.append(step)
            tree = tree[step] if inside else None
        elif step == "[key]":
            of_key = True
        else:
            branches.append((len(path), str(step)))
    if code == "check":
        path += path_in(tree, context["key"])
    text = str(context.get("error") or context.get("message") or line["msg"]).splitlines()[0]
    return Finding(tuple(path), code, text, of_key, tuple(branches))


def _settled(found: list[Finding]) -> list[Finding]:
    """Drops the branches of unions that were not meant."""
    unions: dict[Path, dict[str, list[Finding]]] = {}
    settled = [finding for finding in found if not finding.branches]
    for finding in found:
        if finding.branches:
            (depth, form), rest = finding.branches[0], finding.branches[1:]
            forms = unions.setdefault(finding.path[:depth], {})
            forms.setdefault(form, []).append(replace(finding, branches=rest))
    for path, forms in unions.items():
        branches = [_settled(branch) for branch in forms.values()]
        meant = [branch for branch in branches if all(_is_meant(f, path) for f in branch)]
        if meant:
            fewest = min(meant, key=len)
            settled += fewest
        else:
            settled.append(Finding(path, "no_form", branches[0][0].text))
    return settled


def _is_meant(finding: Finding, union: Path) -> bool:
    return len(finding.path) > len(union) or finding.code in TELLING


def _has(tree: Any, step: str | int) -> bool:
    if isinstance(tree, Mapping):
        return step in tree
    return isinstance(tree, list) and isinstance(step, int) and 0 <= step < len(tree)
