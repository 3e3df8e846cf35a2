"""A document against a settings class: the settings, or every problem at once."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from dlsuite.recipe.block import Block
from dlsuite.recipe.document import Document
from dlsuite.recipe.findings import Finding, findings
from dlsuite.recipe.own import imports_refused
from dlsuite.recipe.paths import Path, dotted, value_at
from dlsuite.recipe.problems import Problem, RecipeError
from dlsuite.recipe.slots import Slot, every_key, locate, slot_of
from dlsuite.recipe.spelling import CLOSE, likeness, nearest, received
from dlsuite.recipe.wording import allowed, must_be

B = TypeVar("B", bound=Block)

# Their text says all.
SENTENCES = frozenset(
    {"call_untyped", "call_name", "call_type", "check", "value_error", "assertion_error"}
)


def checked(document: Document, settings: type[B]) -> B:
    """The settings that a document describes; what a foreign one names is not imported.

    Raises:
        RecipeError: With every problem of the document.
    """
    with imports_refused(document.foreign):
        return _checked(document, settings)


def _checked(document: Document, settings: type[B]) -> B:
    found, made = _validated(document.tree, settings)
    unknown = [finding.path for finding in found if finding.code == "extra_forbidden"]
    if unknown:
        # Checks across keys wait for valid blocks: see what they say once unknown keys are gone.
        more, _ = _validated(_without(document.tree, unknown), settings)
        found += [f for f in more if f not in found and not _is_echo(f, unknown)]
    told = {problem.key for problem in document.problems}
    words = _Words(document, slot_of(settings), found) if found else None
    said = [words.problem(f) for f in found if words and dotted(f.path) not in told]
    problems = [*document.problems, *(problem for problem in said if problem)]
    if problems or made is None:
        order = {problem: _order(problem) for problem in dict.fromkeys(problems)}
        raise RecipeError(sorted(order, key=lambda problem: order[problem]))
    return made


def _validated(tree: dict[str, Any], settings: type[B]) -> tuple[list[Finding], B | None]:
    try:
        return [], settings.model_validate(tree)
    except ValidationError as error:
        return findings(error, tree), None


class _Words:
    """Words for findings, with the whole tree at hand for suggestions."""

    def __init__(self, document: Document, root: Slot, found: list[Finding]) -> None:
        self.document, self.root = document, root
        self.keys = list(dict.fromkeys(every_key(root, document.tree)))
        unknown = (finding.path for finding in found if finding.code == "extra_forbidden")
        self.meant = {(*path[:-1], self._sibling(path)) for path in unknown}

    def problem(self, finding: Finding) -> Problem | None:
        path, code = finding.path, finding.code
        if code == "extra_forbidden":
            return self.document.problem(path, self._unknown(path), at=path)
        if code == "missing":
            if path in self.meant:
                return None  # the misspelt key beside it says so
            return self.document.problem(path, self._missing(path), at=self._block(path[:-1]))
        if finding.of_key:
            message = f"the key must be {self._keys_of(path)}. Received: {received(path[-1])}."
            return self.document.problem(path, message, at=path)
        if code == "call_refused":
            return self.document.problem(path, finding.text, at=self._block(path))
        return self.document.problem(path, self._wrong(finding))

    def _wrong(self, finding: Finding) -> str:
        if finding.code in SENTENCES:
            return finding.text
        value = value_at(self.document.tree, finding.path)
        slot = locate(self.root, self.document.tree, finding.path)
        if slot is None or not allowed(slot):
            return f"{finding.text}. Received: {received(value)}."
        return must_be(slot, value)

    def _unknown(self, path: Path) -> str:
        owner, names, late = self._owner(path[:-1])
        if path[-1] in late:
            elsewhere = self._elsewhere(path)
            hint = f" Did you mean {elsewhere}?" if elsewhere else ""
            return f"not in a recipe: the program passes it to {owner}.{hint}"
        what = f"not an argument of {owner}" if late is not NO_CALL else f"not a key of {owner}"
        # The very word in another block is likelier than a like one in this.
        near = self._elsewhere(path, SAME) or self._sibling(path) or self._elsewhere(path)
        if near:
            return f"{what}. Did you mean {near}?"
        listed = f"Allowed: {', '.join(names)}" if names else "It takes none"
        return f"{what}. {listed}."

    def _missing(self, path: Path) -> str:
        owner, _, late = self._owner(path[:-1])
        slot = locate(self.root, self.document.tree, path)
        what = allowed(slot) if slot else ""
        needs = f", {owner} needs it" if late is not NO_CALL else ""
        return f"is missing{needs}. Must be {what}." if what else f"is missing{needs}."

    def _owner(self, parent: Path) -> tuple[str, list[str], Mapping[str, Any]]:
        """Who has the keys at `parent`: its name, its keys, and what the program passes to it."""
        slot = locate(self.root, self.document.tree, parent)
        value = value_at(self.document.tree, parent)
        name = value.get("type") if isinstance(value, Mapping) else value
        for form in slot.alternatives() if slot else []:
            if form.room and isinstance(name, str) and form.room.knows(name):
                target = form.room.find(name)
                return name, list(form.room.arguments(target).names), form.room.late
        keys = list(slot.keys(value)) if slot else []
        return dotted(parent) or "a recipe", keys, NO_CALL

    def _sibling(self, path: Path) -> str | None:
        beside = [str(key[-1]) for key in self.keys if key[:-1] == path[:-1]]
        return nearest(str(path[-1]), beside)

    def _elsewhere(self, path: Path, least: float = CLOSE) -> str | None:
        others = [key for key in self.keys if key[:-1] != path[:-1] and key[-1] != "type"]
        ranked = [(likeness(str(path[-1]), str(key[-1])), -len(key), key) for key in others]
        best = max(ranked, key=lambda entry: entry[:2], default=None)
        return dotted(best[2]) if best and best[0] >= least else None

    def _block(self, path: Path) -> Path:
        value = value_at(self.document.tree, path)
        return (*path, "type") if isinstance(value, Mapping) and "type" in value else path

    def _keys_of(self, path: Path) -> str:
        slot = locate(self.root, self.document.tree, path[:-1])
        forms = slot.alternatives() if slot else []
        mapping = next(form for form in forms if "keys_schema" in form.schema)
        return allowed(Slot(mapping.schema["keys_schema"], mapping.definitions))


def _is_echo(finding: Finding, unknown: list[Path]) -> bool:
    """Whether a block misses what may be written there under a wrong key."""
    parents = {path[:-1] for path in unknown}
    return finding.code in ("value_error", "assertion_error") and finding.path in parents


NO_CALL: Mapping[str, Any] = {}
SAME = 1.0  # likeness


def _without(tree: dict[str, Any], paths: list[Path]) -> dict[str, Any]:
    pruned = copy.deepcopy(tree)
    for path in paths:
        holder: Any = pruned
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
    return pruned


def _order(problem: Problem) -> tuple[bool, int, int]:
    return problem.line is None, problem.line or 0, problem.column or 0
