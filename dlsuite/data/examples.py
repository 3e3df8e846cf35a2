"""Examples, the random-access form of every dataset, and what is made of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlsuite.types import Tree

PARTS = ("train", "train_dev", "dev", "test")  # in the order in which time passes


class DataError(ValueError):
    """Something is wrong with the data itself, not with how it was asked for.

    Attributes:
        argument: The argument of the source that names what is wrong; empty where none does.
    """

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(message)
        self.argument = argument


@dataclass(frozen=True)
class Examples:
    """N examples that can be read in any order.

    `rows` holds the raw examples themselves where they fit in memory (`decode` is None), else
    what `decode` needs to read one, such as the path of a file. A raw example is a dict:
    `{"image": uint8 [H, W, C], "label": int32}` for classified images,
    `{"columns": {name: float32 or str}, "target": float32 or int32}` for tables. Where an example
    has many labels, `label` or `target` is uint8 `[L]`, 1 for those it has; where it has a class of
    each of several outputs, int32 `[O]`. With boxes it is `{"image": uint8 [H, W, 3], "boxes":
    float32 [M, 4], "labels": int32 [M], "ignored": bool [M], "size": int32 [2]}`: what fills up has
    the label -1, what is `ignored` is neither to be found nor wrong when found, `size` is (H, W).

    Attributes:
        rows: Dict (of dicts) of arrays that all have the leading axis N.
        keys: Content hash of each example without its label, 32 hexadecimal digits, shape `[N]`.
            It is the example's name in every table.
        decode: TensorFlow function from one row to one raw example.
        strata: What a split should balance: the class, shape `[N]`, or marks of labels, `[N, L]`.
        groups: What a split must not cut, a person or a time, shape `[N]`.
    """

    rows: Tree
    keys: np.ndarray
    decode: Callable[[Tree], Tree] | None = None
    strata: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __post_init__(self) -> None:
        lengths = {name: len(leaf) for name, leaf in leaves(self.rows)}
        lengths["keys"] = len(self.keys)
        if self.strata is not None:
            lengths["strata"] = len(self.strata)
        if self.groups is not None:
            lengths["groups"] = len(self.groups)
        if len(set(lengths.values())) != 1:
            raise ValueError(
                f"All arrays of `Examples` must be of one length. Received: {lengths}."
            )

    def __len__(self) -> int:
        return len(self.keys)

    def read(self, index: int) -> Tree:
        """Raw example `index`, decoded, as a dict of NumPy arrays and scalars."""
        row = map_rows(lambda leaf: leaf[index], self.rows)
        if self.decode is None:
            return row
        return _to_numpy(self.decode(row))

    def take(self, indices: Sequence[int] | np.ndarray) -> "Examples":
        """The examples at `indices` (or where a boolean mask `[N]` is true), in that order."""
        chosen = np.asarray(indices)
        if chosen.dtype != bool:
            chosen = chosen.astype(np.int64)
        return Examples(
            rows=map_rows(lambda leaf: leaf[chosen], self.rows),
            keys=self.keys[chosen],
            decode=self.decode,
            strata=None if self.strata is None else self.strata[chosen],
            groups=None if self.groups is None else self.groups[chosen],
        )


@dataclass(frozen=True)
class Collection:
    """What a source gives: examples, divided as they came, and what is known about them.

    Attributes:
        parts: `{"all": examples}`, or given parts among `train`, `dev` and `test`.
        about: Facts by name: `source` always; `class_names` where the target is a class,
            `label_names` (and perhaps `label_separator`, between names in a text) where it is any
            number of labels, `output_classes` (`{output: class names}`) where it is a class of each
            of several outputs, none of them where it is a number; `columns` (`{name: "number" |
            "category"}`) and `target` (a name, or a list of names) for tables; `bad_examples`, a
            list of `{"path": ..., "reason": ...}` that were left out, and `bad_boxes` of dropped
            boxes in the same form; `notes`, sentences about how it was read; `licence`.
    """

    parts: dict[str, Examples]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = set(self.parts)
        if names != {"all"} and not ("train" in names and names <= {"train", "dev", "test"}):
            raise ValueError(
                "`parts` must be `all` alone, or `train` with any of `dev` and `test`. "
                f"Received: {sorted(names)}."
            )
        empty = [name for name, examples in self.parts.items() if len(examples) == 0]
        if empty:
            raise DataError(
                f"Every part of a dataset needs at least one example. Received none in: {empty}."
            )


@dataclass(frozen=True)
class Splits:
    """The examples of a run by their use, and `info`, all that a model may know about data.

    `train_dev` follows the distribution of `train` where dev and test follow another one.
    """

    info: Any
    train: Examples
    train_dev: Examples | None = None
    dev: Examples | None = None
    test: Examples | None = None
    report: Any = None  # dlsuite.data.SplitReport

    def named(self) -> dict[str, Examples]:
        """Those that exist by name, in the order train, train_dev, dev, test."""
        present = ((name, getattr(self, name)) for name in PARTS)
        return {name: examples for name, examples in present if examples is not None}


def sample(examples: Examples, most: int, seed: int) -> Examples:
    """`most` examples at random in their order, the same for a seed; all if there are no more."""
    if len(examples) <= most:
        return examples
    chosen = np.random.default_rng(seed).choice(len(examples), most, replace=False)
    return examples.take(np.sort(chosen))


def leaves(rows: Tree, name: str = "rows") -> Iterator[tuple[str, np.ndarray]]:
    """Every array of a tree of dicts with its dotted name."""
    if isinstance(rows, Mapping):
        for key, value in rows.items():
            yield from leaves(value, f"{name}.{key}")
    else:
        yield name, rows


def map_rows(function: Callable[[Any], Any], rows: Tree) -> Tree:
    """The same tree of dicts with `function` of each array."""
    if isinstance(rows, Mapping):
        return {key: map_rows(function, value) for key, value in rows.items()}
    return function(rows)


def _to_numpy(tree: Tree) -> Tree:
    return map_rows(lambda leaf: leaf.numpy() if hasattr(leaf, "numpy") else leaf, tree)
