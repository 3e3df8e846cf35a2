"""Recipes made wrong at random: in their text, in their tree, by overrides."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipelines import SHIPPED

from .wrong_words import FRAGMENTS, KEYS, NAMES, SCALARS

README = Path(__file__).parents[2] / "README.md"
Tree = Any
Mutation = Callable[[random.Random, Tree], Tree]


def recipes() -> dict[str, str]:
    """Texts of valid recipes by name: those that ship and those of the README."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.yaml")}
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)):
        lines = block.splitlines()
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        found[f"readme_{number}"] = "\n".join(line[indent:] for line in lines) + "\n"
    return dict(sorted(found.items()))


def wrong_text(rng: random.Random, text: str) -> bytes:
    """A recipe's text with one to four slips."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        text = rng.choice(TEXT_SLIPS)(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.03:
        data = rng.choice((text.encode("utf-16", "replace"), b"\xef\xbb\xbf" + data, data[:50]))
    if rng.random() < 0.03:
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.randbytes(3) + data[place:]
    return data


def wrong_tree(rng: random.Random, text: str) -> Tree:
    """A recipe's mappings and lists with one to four of them changed."""
    tree = YAML(typ="safe", pure=True).load(text)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        tree = rng.choice(TREE_SLIPS)(rng, tree)
    return tree


def overrides(rng: random.Random, text: str) -> list[str]:
    """Words `key=value` that may mean nothing."""
    tree = YAML(typ="safe", pure=True).load(text)
    keys = [".".join(map(str, path)) for path, _, _ in places(tree)]
    made = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        key = rng.choice(
            (*keys, "", ".", "a..b", '"', 'expect."test.accuracy".at_least', "data.x.0")
        )
        if rng.random() < 0.3:
            key = f"{key}.{rng.choice(KEYS)}"
        value = str(rng.choice((*FRAGMENTS, *NAMES, *filter(_short, SCALARS))))
        word = f"{key}={value}" if rng.random() < 0.9 else rng.choice((key, value, f"{key}=="))
        made.append(word)
    return made


def places(tree: Tree, path: tuple = ()) -> Iterator[tuple[tuple, Any, Any]]:
    """`(path, holder, key)` of everything in a tree."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(pairs):
        yield (*path, key), tree, key
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def _short(value: Any) -> bool:
    return not isinstance(value, int) or abs(value) < 10**400


def _fragment(rng: random.Random) -> str:
    if rng.random() < 0.02:
        return rng.choice(("[", "{a: ", "- ", "x", "9", "a b ", "- 1\n")) * rng.choice(
            (3000, 50_000)
        )
    return rng.choice((*FRAGMENTS, *NAMES, *map(str, filter(_short, SCALARS))))


def _inserted(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + _fragment(rng) + text[place:]


def _deleted(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + text[place + rng.choice((1, 1, 2, 5, 40)) :]


def _doubled(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    end = place + rng.choice((1, 3, 20))
    return text[:end] + text[place:]


def _line(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(to, lines[at])
    elif kind == 2:
        lines[at], lines[to] = lines[to], lines[at]
    elif kind == 3:
        lines[at] = rng.choice((" ", "  ", "\t", "   ")) + lines[at]
    else:
        lines[at] = lines[at].lstrip()
    return "".join(lines)


def _whole(rng: random.Random, text: str) -> str:
    laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    return rng.choice(
        (
            text.replace("\n", "\r\n"),
            text.replace("\n", "\r"),
            f"\ufeff{text}",
            f"%YAML 1.1\n---\n{text}",
            f"{text}---\n{text}",
            text + text,
            laughs + text,
            "&all\n" + text + "again: *all\n",
            text.replace(":", rng.choice(("", " :", ":=", "："))),
            text.replace("{", rng.choice(("(", "[", "{{", ""))),
            text[::-1],
            "",
        )
    )


def _scalar(rng: random.Random, text: str) -> str:
    found = list(re.finditer(r"(?<=[:\[,] )[\w.+-]+", text))
    if not found:
        return text
    place = rng.choice(found)
    return text[: place.start()] + _fragment(rng) + text[place.end() :]


TEXT_SLIPS = (_inserted, _inserted, _deleted, _doubled, _line, _line, _whole, _scalar, _scalar)


def _replaced(rng: random.Random, tree: Tree) -> Tree:
    _, holder, key = _place(rng, tree)
    holder[key] = copy.deepcopy(rng.choice((*SCALARS, *SCALARS, *NAMES)))
    return tree


def _typed(rng: random.Random, tree: Tree) -> Tree:
    """Another name behind a `type:`, or a block where there was none."""
    typed = [place for place in places(tree) if place[2] == "type"] or list(places(tree))
    _, holder, key = rng.choice(typed)
    holder[key] = rng.choice(NAMES)
    return tree


def _dropped(rng: random.Random, tree: Tree) -> Tree:
    _, holder, key = _place(rng, tree)
    del holder[key]
    return tree or {"pipeline": "tabular"}


def _renamed(rng: random.Random, tree: Tree) -> Tree:
    _, holder, key = _place(rng, tree)
    if isinstance(holder, dict):
        holder[rng.choice(KEYS)] = holder.pop(key)
    return tree


def _added(rng: random.Random, tree: Tree) -> Tree:
    _, holder, _ = _place(rng, tree)
    value = copy.deepcopy(rng.choice((*SCALARS, *NAMES)))
    if isinstance(holder, dict):
        holder[rng.choice(KEYS)] = value
    else:
        holder.append(value)
    return tree


def _swapped(rng: random.Random, tree: Tree) -> Tree:
    (_, one, a), (_, other, b) = _place(rng, tree), _place(rng, tree)
    one[a], other[b] = copy.deepcopy(other[b]), copy.deepcopy(one[a])
    return tree


def _nudged(rng: random.Random, tree: Tree) -> Tree:
    """A number that is a little or far off, or a text with a slip."""
    _, holder, key = _place(rng, tree)
    value = holder[key]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return tree
    if isinstance(value, str):
        holder[key] = _deleted(rng, value) if rng.random() < 0.5 else _doubled(rng, value)
    else:
        holder[key] = rng.choice((-value, value + 1, value * 1000, value / 3, str(value), [value]))
    return tree


def _place(rng: random.Random, tree: Tree) -> tuple[tuple, Any, Any]:
    if not tree:
        tree["pipeline"] = "tabular"
    return rng.choice(list(places(tree)))


TREE_SLIPS: tuple[Mutation, ...] = (
    _replaced, _replaced, _replaced, _typed, _typed, _dropped, _renamed, _added, _added, _swapped,
    _nudged,
)  # fmt: skip
