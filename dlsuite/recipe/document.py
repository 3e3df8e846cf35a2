"""Document: a recipe as plain values, each with its position, before its settings are known."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from dlsuite.recipe.call import plain
from dlsuite.recipe.environment import substituted
from dlsuite.recipe.paths import Path, dotted
from dlsuite.recipe.plainness import only_plain
from dlsuite.recipe.problems import Problem, RecipeError
from dlsuite.recipe.spelling import nearest, one_of, received, sentence
from dlsuite.recipe.syntax import MAX_DEPTH, parse
from dlsuite.recipe.yaml_errors import Mark, Unreadable

MAX_BYTES = 2**20  # longer ones take YAML minutes to read
LINE_BREAKS = frozenset("\x85\u2028\u2029\ufeff")  # to YAML 1.1, whose emitter this is


@dataclass(frozen=True)
class Document:
    """A recipe that could be read.

    Attributes:
        file: As the user gave it; `recipe` for a mapping.
        name: File name without ending; the pipeline's name for a mapping.
        written: The text, overrides not in it.
        tree: Mappings, lists and scalars, environment variables put in.
        marks: Line and column of key and value of each path, 1-based.
        overridden: Paths set by an override, each with the override as written.
        problems: What is wrong already, without keeping the rest from being checked.
        foreign: Why no code that it names may be imported, in a sentence; empty where it may.
    """

    file: str
    name: str
    written: str
    tree: dict[str, Any]
    marks: Mapping[Path, tuple[Mark, Mark]] = field(default_factory=dict)
    overridden: Mapping[Path, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    foreign: str = ""

    def problem(self, path: Path, message: str, *, at: Path | None = None) -> Problem:
        """A problem of the key at `path`, shown at its value, or at the key `at`."""
        message = sentence(message)
        key, where = dotted(path), path if at is None else at
        made = [text for over, text in self.overridden.items() if over[: len(where)] == where]
        if made and where not in self.marks:  # a key that only the override brought in
            return Problem(f"override {made[-1]}", None, None, key, message)
        for end in range(len(where), -1, -1):
            known = where[:end]
            if known in self.overridden:
                return Problem(f"override {self.overridden[known]}", None, None, key, message)
            if known in self.marks:
                of_value = at is None and end == len(where)
                line, column = self.marks[known][1 if of_value else 0]
                return Problem(self.file, line, column, key, message)
        return Problem(self.file, None, None, key, message)

    def choose(self, key: str, names: Iterable[str]) -> str:
        """The value of a top-level key: one of `names`, or `module:name` of the user's own.

        Raises:
            RecipeError: If the key is absent or holds something else.
        """
        listed, value = sorted(names), self.tree.get(key)
        if isinstance(value, str) and (value in listed or ":" in value):
            return value
        allowed = f"{one_of(listed)}, or module:name of your own"
        if key in self.tree:
            near = nearest(value, listed) if isinstance(value, str) else None
            hint = f" Did you mean {near}?" if near else ""
            message = f"must be {allowed}. Received: {received(value)}.{hint}"
        else:
            slip = nearest(key, [str(name) for name in self.tree])
            hint = f" Is it spelt {slip} here?" if slip else ""
            message = f"is missing. Must be {allowed}.{hint}"
        raise RecipeError([self.problem((key,), message)])


def read(
    source: str | os.PathLike[str] | Mapping[str, Any] | BaseModel | Document,
    shipped: FilePath | None = None,
) -> Document:
    """Reads a recipe.

    Args:
        source: A file, the name of a recipe in `shipped`, a mapping, settings, or what this
            function returned.
        shipped: Folder of recipes that can be named without path and ending.

    Raises:
        RecipeError: If there is no such recipe, or it is no YAML mapping.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, BaseModel | Mapping):
        try:
            return _of_mapping(plain(source))
        except RecursionError as error:
            message = f"must be nested at most {MAX_DEPTH} deep. Received: deeper, or itself."
            raise _no_recipe("recipe", message) from error
    path, shown = _find(source, shipped)
    return _of_text(_text(path, shown), shown, path.stem)


def _of_text(text: str, file: str, name: str) -> Document:
    try:
        found = parse(text)
    except Unreadable as error:
        raise RecipeError([Problem(file, *error.mark, "", f"{error.message}.")]) from error
    if not isinstance(found.value, dict) or not found.value:
        came = "an empty file" if not found.value else received(found.value)
        message = f"must be a mapping of keys such as `pipeline:` and `data:`. Received: {came}."
        raise RecipeError([Problem(file, 1, 1, "", message)])
    problems = tuple(
        Problem(file, *mark, dotted(path), message) for path, message, mark in found.problems
    )
    return Document(
        file, name, text, found.value, {**found.marks, (): ((1, 1), (1, 1))}, {}, problems
    )


def _of_mapping(given: dict[str, Any]) -> Document:
    tree, refused = only_plain(given)
    stream = io.StringIO()
    YAML().dump(_writable(tree), stream)
    document = Document("recipe", str(tree.get("pipeline", "recipe")), stream.getvalue(), {})
    problems = [document.problem(path, message) for path, message in refused]

    def value(inner: Any, path: Path) -> Any:
        if isinstance(inner, Mapping):
            return {key: value(item, (*path, key)) for key, item in inner.items()}
        if isinstance(inner, list):
            return [value(item, (*path, index)) for index, item in enumerate(inner)]
        if not isinstance(inner, str) or "${" not in inner:
            return inner
        text, messages = substituted(inner)
        problems.extend(document.problem(path, message) for message in messages)
        return text

    filled = value(tree, ())
    return Document("recipe", document.name, document.written, filled, problems=tuple(problems))


def _writable(value: Any) -> Any:
    """The same values, with texts quoted that would be written plainly and read otherwise."""
    if isinstance(value, Mapping):
        return {key: _writable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_writable(inner) for inner in value]
    if isinstance(value, str) and not LINE_BREAKS.isdisjoint(value):
        return DoubleQuotedScalarString(value)
    return value


def _find(source: str | os.PathLike[str], shipped: FilePath | None) -> tuple[FilePath, str]:
    path, shown = FilePath(source), os.fspath(source)
    by_name = isinstance(source, str) and path.name == source and not path.suffix
    if by_name and shipped is not None and (shipped / f"{source}.yaml").is_file():
        return shipped / f"{source}.yaml", f"{source}.yaml"
    if path.is_file():
        return path, shown
    if path.is_dir():
        raise _no_recipe(shown, "must be a file. Received: a folder.")
    names = sorted(p.stem for p in shipped.glob("*.yaml")) if shipped is not None else []
    near = path.stem if path.stem in names else nearest(path.stem, names)
    hint = f" Did you mean {near}?" if near else ""
    if not near and names:
        hint = f" Recipes that ship: {', '.join(names)}."
    what = "no such file or shipped recipe" if by_name else "no such file"
    raise _no_recipe(shown, f"{what}.{hint}")


def _text(path: FilePath, shown: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _no_recipe(shown, f"must be a file of at most {MAX_BYTES:,} bytes.", 1, 1)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - before.rfind(b"\n")
        message = f"must be UTF-8 text. Received: byte 0x{error.object[error.start]:02x}."
        raise RecipeError([Problem(shown, line, column, "", message)]) from error
    except OSError as error:
        raise _no_recipe(shown, f"cannot be read: {error.strerror}.") from error


def _no_recipe(
    shown: str, message: str, line: int | None = None, column: int | None = None
) -> RecipeError:
    return RecipeError([Problem(shown, line, column, "", message)])
