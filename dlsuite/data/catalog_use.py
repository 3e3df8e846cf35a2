"""What a recipe's source needs of the data folder: whether it is there and whole, how to get it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlsuite.data.catalog import DataSet, data_sets, shown
from dlsuite.data.catalog_files import Held, held
from dlsuite.data.examples import DataError
from dlsuite.progress.pieces import amount
from dlsuite.recipe import Call
from dlsuite.recipe.environment import DATA, data_folder

SHOWN = 3  # files that a message lists


@dataclass(frozen=True)
class Needed:
    """An argument of a source that names something below the data folder.

    Attributes:
        argument: Its name.
        path: What it names.
        entry: The set it belongs to, None where the catalogue has none of that folder.
    """

    argument: str
    path: Path
    entry: DataSet | None


def needed(source: Call[Any]) -> list[Needed]:
    """Every argument of a source that names something below the data folder."""
    if source.type == "tfds":
        return _of_tensorflow(source)
    folder = os.path.abspath(data_folder())
    by_folder = {entry.folder: entry for entry in data_sets().values() if entry.tfds is None}
    found = []
    for argument, value in source.arguments.items():
        if not isinstance(value, str | os.PathLike):
            continue
        path = Path(os.path.abspath(Path(value).expanduser()))
        if path.is_relative_to(folder) and path != Path(folder):
            name = path.relative_to(folder).parts[0]
            found.append(Needed(argument, path, by_folder.get(name)))
    return found


def provided(source: Call[Any]) -> tuple[str, ...]:
    """What a user should know of the public sets that a source reads, one sentence each.

    Their files are verified: sizes each time, hashes once.

    Raises:
        DataError: Something is not there, with the command or the folder that provides it; or it
            is damaged.
    """
    notes: list[str] = []
    for need in needed(source):
        if need.entry is None:
            if not need.path.exists():
                raise DataError(_unknown(need.path), argument=need.argument)
            continue
        state = held(need.entry)
        if state.state == "absent" or not need.path.exists():
            raise DataError(missing(need.entry, state, need.path), argument=need.argument)
        if state.state == "damaged":
            raise DataError(damaged(need.entry, state), argument=need.argument)
        notes += _notes(need.entry, state)
    return tuple(notes)


def missing(entry: DataSet, state: Held, path: Path) -> str:
    """What to say of a set that is not there, or not where `path` looks for it."""
    if state.state == "absent":
        what = f"{entry.name} is not in {_folder()}."
    else:
        listed = ", ".join([*state.editions][:SHOWN]) or "only a part"
        what = f"{shown(path)} is not there; {shown(state.place)} holds {listed}."
    size = f"{amount(entry.download)}, " if entry.download else ""
    return (
        f"{what} Fetch it: {command(entry)} ({size}licence: {entry.licence}), or set {DATA} to a "
        f"folder that holds {entry.folder}/."
    )


def damaged(entry: DataSet, state: Held) -> str:
    """What to say of files that are not what they are called."""
    listed = "; ".join(f"{name} {reason}" for name, reason in state.wrong.items())
    return (
        f"{entry.name} in {shown(state.place)} is damaged: {listed}. Fetch it again: "
        f"{command(entry)}. Data of your own goes into a folder of another name."
    )


def command(entry: DataSet) -> str:
    """The command that fetches a set."""
    return f"dlsuite data get {entry.name}"


def _notes(entry: DataSet, state: Held) -> Iterator[str]:
    if state.state == "other edition":
        listed = ", ".join(list(state.editions)[:SHOWN])
        yield (
            f"{entry.name} in {shown(state.place)} is another edition than that of the catalogue "
            f"({listed}), which cannot be verified."
        )
    elif state.state == "incomplete":
        yield (
            f"{entry.name} in {shown(state.place)} lacks {', '.join(state.missing)}; "
            f"{command(entry)} fetches the rest."
        )


def _unknown(path: Path) -> str:
    name = path.relative_to(os.path.abspath(data_folder()))
    return f"{name} is not in {_folder()}. Set {DATA} to the folder that holds it."


def _folder() -> str:
    unset = "" if os.environ.get(DATA) else " is not set"
    return f"{shown(data_folder())} ({DATA}{unset})"


def _of_tensorflow(source: Call[Any]) -> list[Needed]:
    """A set that is read where `data get` puts it; others are the business of the source."""
    place, name = source.arguments.get("data_dir"), source.arguments.get("name")
    known = [entry for entry in data_sets().values() if entry.tfds and entry.tfds == name]
    return [
        Needed("name", entry.place(), entry)
        for entry in known
        if place and Path(place).expanduser() == entry.place()
    ]
