"""Whether the files of a set are whole: names and sizes each time, hashes once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dlsuite.data.archives import is_archive
from dlsuite.data.catalog import DataFile, DataSet
from dlsuite.data.catalog_hashes import digest, remembered, sound
from dlsuite.data.examples import DataError

PART = ".part"  # ending of a file that is still being fetched
QUIET = (".md", ".txt", ".etag", PART)  # endings of what says nothing about an edition

State = Literal["whole", "here", "incomplete", "damaged", "other edition", "absent"]
# What the files of a set are each, from the one that decides over all others.
ORDER: tuple[State, ...] = ("damaged", "other edition", "absent", "here", "whole")


@dataclass(frozen=True)
class Held:
    """What of a set lies in its folder.

    Attributes:
        state: `whole`: all of it, proven by hashes; `here`: all of it by names and sizes;
            `incomplete`; `damaged`: what goes by its names is something else and not whole by
            checksums of its own; `other edition`: another form of it, such as another archive;
            `absent`.
        place: The folder.
        missing: Files that are not there.
        wrong: What is damaged, by file.
        editions: What else lies there, by file.
        fetched: Bytes already fetched of files that are not whole yet.
    """

    state: State
    place: Path
    missing: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    editions: Mapping[str, str] = field(default_factory=dict)
    fetched: int = 0


def held(entry: DataSet, folder: Path | None = None, *, verify: bool = True) -> Held:
    """Looks for a set below a data folder.

    Args:
        entry: The set.
        folder: The data folder; the one in force if None.
        verify: Compare SHA-256, which is computed once for each size and date of a file; without
            it only what is remembered counts.
    """
    place = entry.place(folder)
    if entry.tfds is not None:
        return _held_by_tensorflow(entry.tfds, place)
    found = {file.name: _found(file, place, verify) for file in entry.files}
    missing = tuple(name for name, (state, _) in found.items() if state == "absent")
    parts = [place / f"{name}{PART}" for name in missing]
    fetched = sum(part.stat().st_size for part in parts if part.is_file())
    if len(missing) == len(found):
        others = _others(place)
        state: State = "incomplete" if fetched else "other edition" if others else "absent"
        return Held(state, place, missing, editions=others, fetched=fetched)
    worst = min((state for state, _ in found.values()), key=ORDER.index)
    return Held(
        state="incomplete" if worst == "absent" else worst,
        place=place,
        missing=missing,
        wrong={name: why for name, (state, why) in found.items() if state == "damaged"},
        editions={name: what for name, (state, what) in found.items() if state == "other edition"},
        fetched=fetched,
    )


def _found(file: DataFile, place: Path, verify: bool) -> tuple[State, str]:
    """State of one file, with the reason or the name of the edition."""
    if file.members is not None:
        return _found_archive(file, place, verify)
    path = place / file.name
    if not path.is_file():
        return "absent", ""
    size = path.stat().st_size
    actual = remembered(path)
    if actual is None and not verify and size == file.bytes:
        return "here", ""
    actual = actual or digest(path)
    if actual == file.sha256:
        return "whole", ""
    if actual in file.also:
        return "other edition", file.also[actual]
    differs = f"has SHA-256 {actual} instead of {file.sha256}"
    if size != file.bytes:
        differs = f"has {size:,} bytes instead of {file.bytes:,}"
    return ("other edition" if sound(path) else "damaged"), differs


def _found_archive(file: DataFile, place: Path, verify: bool) -> tuple[State, str]:
    """The same where any archive of the right content will do."""
    archives = [path for path in sorted(place.glob("*")) if is_archive(path)]
    for path in archives:
        known = remembered(path, file.members)
        try:
            if file.sha256 == (known or (digest(path, file.members) if verify else None)):
                return "whole", ""
        except DataError:
            continue  # told below if it is ours, and by the source that reads it
    own = place / file.name
    if own not in archives:
        return "absent", ""
    if not verify and remembered(own, file.members) is None:
        return "here", ""
    if sound(own):
        return "other edition", "does not hold what is in the catalogue"
    return "damaged", "cannot be read to its end"


def _held_by_tensorflow(name: str, place: Path) -> Held:
    from dlsuite.data.sources.tfds import prepared

    return Held("whole" if prepared(place, name) is not None else "absent", place)


def _others(place: Path) -> dict[str, str]:
    """What lies in a folder where no file of the set does."""
    names = sorted(path.name for path in place.glob("*"))
    shown = (n for n in names if not n.startswith(".") and not n.lower().endswith(QUIET))
    return dict.fromkeys(shown, "not in the catalogue")
