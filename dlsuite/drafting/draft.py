"""Drafts: recipes that an application proposes for data, every line with its reason."""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import Any, Protocol, TypeVar

from dlsuite.data import DataError
from dlsuite.data.replacing import replacing
from dlsuite.recipe import Recipe, load
from dlsuite.survey.look import Look, Unsuited

ORDER = (
    *("pipeline", "data", "model", "weights", "loss", "optimizer", "regularization", "training"),
    *("evaluation", "baseline", "runtime", "export", "expect"),
)
WIDTH = 100  # characters of a line
COMMENT = 92
# Texts that YAML 1.2 takes as they are, inside of { } too, and does not read as something else.
BARE = re.compile(r"(\.{1,2}/)?[A-Za-z_/][A-Za-z0-9_./-]*")
NOT_TEXTS = frozenset(("true", "false", "null"))
# What YAML does not take inside of quotes as it is, though JSON does.
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """One line of a draft.

    Attributes:
        key: `model`, or with its block, `data.source`; deeper values are part of the line.
        value: Plain values.
        why: Sentences that teach: what was found and what follows from it.
        active: Whether it is in force; a line that is not is written as a comment.
    """

    key: str
    value: Any
    why: str = ""
    active: bool = True


@dataclass(frozen=True)
class Draft:
    """A recipe that an application proposes.

    Attributes:
        pipeline: The recipe's `pipeline:`.
        what: A sentence about what is trained on what, the recipe's first line.
        why: Why this application suits the data, in words that follow `because`.
        lines: All other lines, in any order of their blocks.
        seconds: What training may take on this machine, about.
        notes: Sentences that a user should hear at once: what was guessed, what is left out.
        found: Facts about the data, plain values, for scripts.
        fit: How well the application suits, from 0 to 1: 1 if the data was made for it. The best
            draft is taken where a user names no application.
    """

    pipeline: str
    what: str
    why: str
    lines: tuple[Line, ...]
    seconds: float
    notes: tuple[str, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)
    fit: float = 1.0

    def text(self, file: str) -> str:
        """The recipe as it is written to `file`, in YAML 1.2."""
        cores = os.cpu_count() or 1
        head = [
            *_comment(self.what, 0),
            *_comment("Drafted by `dlsuite new`; every line is yours to change.", 0),
            f"# Run:  dlsuite train {quote(file)}",
            f"# Cost: about {_duration(self.seconds)} on {cores} CPU core{'s' * (cores > 1)}.",
            f"pipeline: {_flow(self.pipeline)}",
        ]
        lines = sorted(self.lines, key=lambda line: ORDER.index(line.key.partition(".")[0]))
        for block, inside in groupby(lines, key=lambda line: line.key.partition(".")[0]):
            head += _block(block, list(inside))
        return "\n".join(head) + "\n"


class Application(Protocol):
    """What drafting knows of a `dlsuite.experiment.Pipeline`."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> type: ...

    @property
    def propose(self) -> Callable[[Look], Draft] | None: ...


A = TypeVar("A", bound=Application)


def propose(pipelines: Sequence[A], look: Look) -> tuple[A, Draft]:
    """The application among `pipelines` that suits the data best, and its draft.

    Raises:
        DataError: None can use the data; the reason of each is told.
    """
    drafts: list[tuple[A, Draft]] = []
    reasons: dict[str, DataError] = {}
    for pipeline in pipelines:
        if pipeline.propose is None:
            continue
        try:
            drafts.append((pipeline, pipeline.propose(look)))
        except DataError as error:
            reasons[pipeline.name] = error
    if drafts:
        return max(drafts, key=lambda pair: pair[1].fit)
    # Of those that the data is meant for, if there are such; others only say that it is not.
    meant = {name: e for name, e in reasons.items() if not isinstance(e, Unsuited)} or reasons
    if not meant:
        names = ", ".join(pipeline.name for pipeline in pipelines)
        raise ValueError(f"An application must propose recipes. Received: {names}, which cannot.")
    said = list(dict.fromkeys(map(str, meant.values())))
    if len(said) == 1:
        raise DataError(said[0])
    listed = [f"  {name}: {reason}" for name, reason in meant.items()]
    raise DataError("\n".join([f"No application can use {look.path}.", *listed]))


def checked(pipeline: Application, draft: Draft, file: str) -> Recipe:
    """The draft as a recipe that passed every check that needs no data.

    Raises:
        RecipeError: The application does not take its own proposal.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, Path(file).name)
        place.write_text(draft.text(file), encoding="utf-8")
        return load(place, pipeline.settings)


def save(recipe: Recipe, file: Path) -> None:
    """Writes the text of a recipe to `file`, whole or not at all."""
    with replacing(file, shared=True) as draft:
        draft.write(recipe.written.encode())


def _block(block: str, lines: Sequence[Line]) -> list[str]:
    """One top-level key: on a line of its own where it is one value, else with its keys below."""
    whole = [line for line in lines if line.key == block]
    parts = [line for line in lines if line.key != block]
    written = [text for line in whole for text in _line(block, line, 0)]
    if parts:
        opened = f"{block}:" if any(line.active for line in parts) else f"# {block}:"
        written.append(opened)
        written += [t for line in parts for t in _line(line.key.partition(".")[2], line, 2)]
    return written


def _line(key: str, line: Line, indent: int) -> list[str]:
    written = _entry(key, line.value, indent)
    if not line.active:
        written = [f"{' ' * indent}# {text[indent:]}" for text in written]
    return [*_comment(line.why, indent), *written]


def _entry(key: str, value: Any, indent: int) -> list[str]:
    """A key with its value: on one line where it fits, else below it, piece by piece."""
    start = f"{' ' * indent}{_flow(key)}:"
    listed = isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
    one = f"{start} {_flow(value)}"
    if not listed and (len(one) <= WIDTH or not isinstance(value, Mapping)):
        return [one]
    if isinstance(value, Mapping):
        return [start, *(t for k, v in value.items() for t in _entry(str(k), v, indent + 2))]
    return [start, *(f"{' ' * (indent + 2)}- {_flow(item)}" for item in value)]


def _comment(text: str, indent: int) -> list[str]:
    start = f"{' ' * indent}# "
    plain = UNPRINTABLE.sub("?", text)
    return textwrap.wrap(
        plain,
        COMMENT + indent,
        initial_indent=start,
        subsequent_indent=start,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _flow(value: Any) -> str:
    """A plain value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        plain = BARE.fullmatch(value) and value.lower() not in NOT_TEXTS
        quoted = json.dumps(value, ensure_ascii=False)
        return value if plain else UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", quoted)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else f"{value}"


def _duration(seconds: float) -> str:
    """In words, rounded as a guess should be."""
    if seconds < 55:
        return f"{10 * max(1, math.ceil(seconds / 10))} s"
    if seconds < 5400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.0f} h"
