"""A public data set from where it officially is into the data folder, when a user asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlsuite.data.catalog import DataFile, DataSet, shown
from dlsuite.data.catalog_files import Held, held
from dlsuite.data.download import DownloadError, fetch, reachable
from dlsuite.progress import working
from dlsuite.progress.pieces import amount

ROOM = 1.1  # times the bytes of a download that must be free on disk


def lacking(entry: DataSet, state: Held) -> list[DataFile]:
    """Files of a set that `get` would fetch: those that are missing or damaged."""
    if state.state in ("whole", "here"):
        return []
    wanted = {*state.missing, *state.wrong, *state.editions}
    return [file for file in entry.files if file.name in wanted]


def get(entry: DataSet, folder: Path | None = None) -> Held:
    """Fetches what is missing or damaged of a set, and proves it.

    Args:
        entry: The set.
        folder: The data folder; the one in force if None.

    Returns:
        What lies there now: `whole`.

    Raises:
        DownloadError: It could not be fetched, or there is no room for it; the message says how to
            put it there by hand.
    """
    state = held(entry, folder)
    place = state.place
    if state.state == "whole":
        return state
    if entry.tfds is not None:
        _from_tensorflow(entry, entry.tfds, place)
        return held(entry, folder)
    wanted = lacking(entry, state)
    _check_room(entry, sum(file.bytes for file in wanted) - state.fetched, place)
    for number, file in enumerate(wanted):
        try:
            fetch(file, place)
        except DownloadError as error:  # the others are mostly at the same place
            lines = [str(error), *_by_hand(wanted[number:], place)]
            raise DownloadError("\n".join(lines)) from error
    return held(entry, folder)


def tensorflow_urls(name: str) -> dict[str, int]:
    """What TensorFlow Datasets fetches for a set: bytes by address, as far as it knows them.

    Raises:
        LookupError: It has no set of that name.
    """
    known = _builder_class(name).url_infos or {}
    return {url: int(info.size) for url, info in known.items()}


def _by_hand(files: list[DataFile], place: Path) -> Iterator[str]:
    """How a user puts files there without this machine's network."""
    yield f"By hand: put these into {shown(place)}; the same command then verifies them."
    for file in files:
        other = "" if file.urls[0].endswith(f"/{file.name}") else f" as {file.name}"
        yield f"  {file.urls[0]}{other}"
        if file.members is None:
            yield f"    SHA-256 {file.sha256}"


def _check_room(entry: DataSet, needed: int, place: Path) -> None:
    there = next(path for path in (place, *place.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed * ROOM > free:
        raise DownloadError(
            f"{entry.name} needs {amount(needed * ROOM)} on the disk of {shown(there)}. "
            f"Received: {amount(free)} free. `--folder` names another place."
        )


def _from_tensorflow(entry: DataSet, name: str, place: Path) -> None:
    import tensorflow_datasets

    urls = tensorflow_urls(name)
    _check_room(entry, 2 * (sum(urls.values()) or entry.download), place)
    for url in urls:
        reason = reachable(url)  # TensorFlow Datasets itself tries for minutes
        if reason:
            raise DownloadError(
                f"{entry.name} could not be fetched: {url} {reason}\n"
                f"Without a network here: run `dlsuite data get {entry.name} --folder FOLDER` on "
                f"another machine and copy FOLDER/{place.name} to {shown(place)}."
            )
    tensorflow_datasets.disable_progress_bar()
    with working(f"fetching and preparing {name} with TensorFlow Datasets"):
        tensorflow_datasets.load(
            name,
            data_dir=place,
            download=True,
            download_and_prepare_kwargs={"download_dir": str(place / "downloads")},
        )


def _builder_class(name: str) -> Any:
    import tensorflow_datasets

    base = name.partition("/")[0].partition(":")[0]
    try:
        return tensorflow_datasets.builder_cls(base)
    except tensorflow_datasets.core.DatasetNotFoundError as error:
        raise LookupError(f"TensorFlow Datasets has no set `{base}`.") from error
