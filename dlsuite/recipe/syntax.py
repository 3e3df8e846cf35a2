"""YAML 1.2 text to plain values with the position of each; nothing is ever constructed by tag."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from dlsuite.recipe.environment import hidden, shown, substituted
from dlsuite.recipe.paths import Path, dotted
from dlsuite.recipe.plainness import refusal
from dlsuite.recipe.spelling import received
from dlsuite.recipe.yaml_errors import Mark, Unreadable, unreadable

TAG = "tag:yaml.org,2002:"
# Dates and a lone `=` have tags of their own in YAML's type list; recipes take them as texts.
TEXTS = frozenset({f"{TAG}str", f"{TAG}timestamp", f"{TAG}value"})
MAX_VALUES = 20_000  # Anchors can multiply a small file without end.
MAX_DEPTH = 100


@dataclass
class Read:
    """What a text holds.

    Attributes:
        value: Mappings, lists and scalars.
        marks: For each path, the position of its key and of its value, 1-based.
        problems: Path, message and position of what is wrong but leaves the rest readable.
    """

    value: Any = None
    marks: dict[Path, tuple[Mark, Mark]] = field(default_factory=dict)
    problems: list[tuple[Path, str, Mark]] = field(default_factory=list)


def parse(text: str) -> Read:
    """Reads one YAML document.

    Raises:
        Unreadable: If it is no YAML.
    """
    version = re.search(r"^%YAML +(?!1\.2\s)(\S+)", text, re.MULTILINE)
    if version:
        line = text.count("\n", 0, version.start()) + 1
        raise Unreadable(f"must be YAML 1.2. Received: %YAML {version[1]}", (line, 1))
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor may be defined anew
            _bounded(hidden(text))
            node = yaml.compose(hidden(text))
        reader = _Reader(yaml)
        if node is not None:
            reader.read.value = reader.value(node, ())
            reader.read.marks[()] = (_mark(node), _mark(node))
    except YAMLError as error:
        raise unreadable(error, text) from error
    return reader.read


def _bounded(text: str) -> None:
    """Reads through a text without building anything.

    Raises:
        Unreadable: It has too many values, or too many in each other.
    """
    depth = count = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        opens = isinstance(event, MappingStartEvent | SequenceStartEvent)
        depth += opens - isinstance(event, MappingEndEvent | SequenceEndEvent)
        count += opens or isinstance(event, ScalarEvent | AliasEvent)
        if depth > MAX_DEPTH:
            raise Unreadable(f"must be nested at most {MAX_DEPTH} deep", _mark(event))
        if count > MAX_VALUES:
            raise Unreadable(_too_many("keys included"), _mark(event))


def _too_many(counted: str) -> str:
    return f"must hold at most {MAX_VALUES:,} values, {counted}"


class _Reader:
    def __init__(self, yaml: YAML) -> None:
        self.yaml = yaml
        self.read = Read()
        self.count = 0
        self.open: list[Node] = []

    def value(self, node: Node, path: Path) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise Unreadable(_too_many("anchors included"), _mark(node))
        if any(node is outer for outer in self.open):
            raise Unreadable(f"{dotted(path)}: an anchor cannot hold itself", _mark(node))
        if not str(node.tag).startswith(TAG) or str(node.tag).startswith(f"{TAG}python"):
            return self._refused(node, path)
        self.open.append(node)
        try:
            if isinstance(node, MappingNode) and node.tag == f"{TAG}map":
                return self._mapping(node, path)
            if isinstance(node, SequenceNode) and node.tag == f"{TAG}seq":
                return [self._item(inner, (*path, i)) for i, inner in enumerate(node.value)]
            if isinstance(node, ScalarNode):
                return self._scalar(node, path)
        finally:
            self.open.pop()
        return self._refused(node, path)

    def _refused(self, node: Node, path: Path) -> None:
        tag = str(node.tag).replace(TAG, "!!")
        self._problem(path, f"tags are not allowed, only plain values. Received: {tag}.", node)

    def _item(self, node: Node, path: Path) -> Any:
        self.read.marks[path] = (_mark(node), _mark(node))
        return self.value(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, inner in node.value:
            if key_node.tag == f"{TAG}merge":
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            place = (*path, key)
            if key in found:
                line, column = self.read.marks[place][0]
                self._problem(place, f"is given twice, first at {line}:{column}.", key_node)
                continue
            empty = isinstance(inner, ScalarNode) and not inner.value and inner.style is None
            self.read.marks[place] = (_mark(key_node), _mark(key_node if empty else inner))
            found[key] = self.value(inner, place)
        for key_node, inner in node.value:
            if key_node.tag == f"{TAG}merge":
                self._merge(inner, path, found)
        return found

    def _merge(self, node: Node, path: Path, found: dict[Any, Any]) -> None:
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(source, MappingNode):
                self._problem(
                    path, "<< must be followed by a mapping or a list of mappings.", source
                )
                continue
            own = dict(self.read.marks)
            merged = self.value(source, path)
            self.read.marks.update(own)  # what stands here goes before what is merged in
            found.update({key: value for key, value in merged.items() if key not in found})

    def _key(self, node: Node, path: Path) -> Any:
        if isinstance(node, ScalarNode):
            key = self._scalar(node, path)
            if isinstance(key, str | int) and not isinstance(key, bool):
                return key
            return shown(node.value)
        self._problem(path, "a key must be a text or a whole number.", node)
        return None

    def _scalar(self, node: ScalarNode, path: Path) -> Any:
        text, messages = substituted(shown(node.value))
        for message in messages:
            self._problem(path, message, node)
        tag = str(node.tag)
        if text != node.value and node.style is None:
            tag = str(self.yaml.resolver.resolve(ScalarNode, text, (True, False)))
        return self._plain(node, tag, text, path)

    def _plain(self, node: ScalarNode, tag: str, text: str, path: Path) -> Any:
        if tag in TEXTS:
            return self._allowed(node, text, path)
        if tag == f"{TAG}null":
            return None
        build = self.yaml.constructor
        makers = {
            f"{TAG}bool": build.construct_yaml_bool,
            f"{TAG}int": build.construct_yaml_int,
            f"{TAG}float": build.construct_yaml_float,
        }
        if tag not in makers:
            return self._refused(node, path)
        try:
            value = makers[tag](ScalarNode(tag, text))
        except (ValueError, KeyError):
            kind = tag.replace(TAG, "!!")
            self._problem(path, f"must fit its tag {kind}. Received: {received(text)}.", node)
            return None
        return self._allowed(node, value, path)

    def _allowed(self, node: ScalarNode, value: Any, path: Path) -> Any:
        message = refusal(value)
        if message is not None:
            self._problem(path, message, node)
            return None
        return value

    def _problem(self, path: Path, message: str, node: Node) -> None:
        self.read.problems.append((path, message, _mark(node)))


def _mark(node: Node | Event) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1
