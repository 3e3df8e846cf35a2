"""Public data sets that recipes use: what they are, where they officially are, what proves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dlsuite.recipe.environment import data_folder
from dlsuite.recipe.spelling import nearest

CATALOG = Path(__file__).with_name("catalog.yaml")
TFDS_FOLDER = "tfds"  # below the data folder, as TensorFlow Datasets lays it out
TFDS_PREFIX = "tfds:"


@dataclass(frozen=True)
class DataFile:
    """One file of a set.

    Attributes:
        name: Below the set's folder.
        bytes: Its size; of an archive with `members`, the size of those together.
        sha256: Of the file, or of the list of its members, see the head of `catalog.yaml`.
        urls: Where it is to be had, best first.
        members: Regular expression whose first bracket is a member's name; None for a file that
            is always the same bytes.
        also: What else is known to go by this name, by SHA-256.
    """

    name: str
    bytes: int
    sha256: str
    urls: tuple[str, ...] = ()
    members: str | None = None
    also: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSet:
    """One public data set.

    Attributes:
        name: What `dlsuite data get` calls it.
        what: One line.
        home: Page of whoever offers it.
        licence: As stated there, or that none is.
        folder: Where its files lie, below the data folder.
        files: Empty for a set that TensorFlow Datasets fetches.
        tfds: Its name there.
        source: How a recipe reads it, a `data.source` block; None where no source does.
        note: What a user should know.
        download: Bytes that are fetched.
    """

    name: str
    what: str
    home: str
    licence: str
    folder: str
    files: tuple[DataFile, ...] = ()
    tfds: str | None = None
    source: Mapping[str, Any] | None = None
    note: str = ""
    download: int = 0

    def place(self, folder: Path | None = None) -> Path:
        """Where it lies below a data folder, by default the one in force."""
        return (folder or data_folder()) / self.folder


@cache
def data_sets() -> Mapping[str, DataSet]:
    """Every set of the catalogue by name."""
    from ruamel.yaml import YAML

    entries = YAML(typ="safe", pure=True).load(CATALOG.read_text(encoding="utf-8"))
    return {name: _data_set(name, entry) for name, entry in entries.items()}


def data_set(name: str) -> DataSet:
    """The set of that name; `tfds:NAME` is any set of TensorFlow Datasets.

    Raises:
        LookupError: There is none.
    """
    known = data_sets()
    if name in known:
        return known[name]
    if name.startswith(TFDS_PREFIX) and len(name) > len(TFDS_PREFIX):
        return _of_tensorflow(name)
    near = nearest(name, known)
    hint = f" Did you mean {near}?" if near else f" There are {', '.join(known)}."
    raise LookupError(
        f"No data set `{name}` in the catalogue.{hint} Any set of TensorFlow Datasets is "
        f"{TFDS_PREFIX}NAME."
    )


def shown(path: Path) -> str:
    """A path with the home folder as `~`."""
    home = Path.home()
    return (
        f"~/{path.relative_to(home)}" if path.is_relative_to(home) and path != home else f"{path}"
    )


def _data_set(name: str, entry: dict[str, Any]) -> DataSet:
    files = tuple(_data_file(file, entry["from"]) for file in entry.get("files", ()))
    tfds = entry.get("tfds")
    return DataSet(
        name=name,
        what=entry["what"],
        home=entry["home"],
        licence=entry["licence"],
        folder=TFDS_FOLDER if tfds else entry.get("folder", name),
        files=files,
        tfds=tfds,
        source=entry.get("source"),
        note=entry.get("note", ""),
        download=entry.get("bytes", 0) or sum(file.bytes for file in files),
    )


def _data_file(file: dict[str, Any], bases: list[str]) -> DataFile:
    return DataFile(
        name=file["name"],
        bytes=file["bytes"],
        sha256=file["sha256"],
        urls=tuple(base + file.get("path", file["name"]) for base in bases),
        members=file.get("members"),
        also=file.get("also", {}),
    )


def _of_tensorflow(name: str) -> DataSet:
    known = name.removeprefix(TFDS_PREFIX)
    base = known.partition("/")[0].partition(":")[0]
    return DataSet(
        name=name,
        what="a set of TensorFlow Datasets",
        home=f"https://www.tensorflow.org/datasets/catalog/{base}",
        licence="see its page",
        folder=TFDS_FOLDER,
        tfds=known,
        source={"type": "tfds", "name": known, "data_dir": f"${{DLSUITE_DATA}}/{TFDS_FOLDER}"},
    )
