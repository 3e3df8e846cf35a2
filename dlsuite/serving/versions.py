"""Versions of an export: numbered folders that appear whole or not at all.

A folder holds `1`, `2`, … as TensorFlow Serving reads them. A version is written as `N.draft`,
which its writer holds by a lock that ends with its process, and gets its number at the end.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from dlsuite.disk import is_full, room

LOCK = "owner.lock"


@dataclass(frozen=True)
class Draft:
    """A version in the making: write to `path`; it will be `final`."""

    path: Path
    final: Path


@contextmanager
def new_version(folder: str | Path) -> Iterator[Draft]:
    """The next free version of `folder`, as a draft until the block ends well.

    Drafts of processes that died are removed first. Where the block raises, its draft goes and
    `folder` is as it was before. Several writers at once get a number each.

    Raises:
        OSError: There is no space left; the message says how much there was.
    """
    folder = Path(folder)
    _refuse_a_version(folder)
    created = [place for place in (folder, *folder.parents) if not place.exists()]
    draft, lock = _reserve(folder)
    try:
        yield draft
        draft.path.rename(draft.final)
        (draft.final / LOCK).unlink(missing_ok=True)
    except BaseException as problem:
        left = room(folder)
        shutil.rmtree(draft.path, ignore_errors=True)
        for place in created:
            with suppress(OSError):  # another writer is at work in it
                place.rmdir()
        if is_full(problem):
            why = f"there is no space for another version, {left}"
            raise OSError(errno.ENOSPC, why, str(folder)) from problem
        raise
    finally:
        lock.release()


def versions(folder: str | Path) -> list[int]:
    """Numbers of the finished versions in `folder`, ascending."""
    return sorted(int(place.name) for place in _folders(folder) if place.name.isdecimal())


def next_version(folder: str | Path) -> Path:
    """The version that `new_version` would make now; nothing is written.

    Raises:
        ValueError: `folder` is a version itself: versions do not lie in each other.
    """
    folder = Path(folder)
    _refuse_a_version(folder)
    return folder / str(max([0, *versions(folder)]) + 1)


def locate(path: str | Path) -> Path:
    """The SavedModel that `path` means: itself, or the newest version in it.

    Raises:
        FileNotFoundError: If `path` holds neither.
    """
    path = Path(path)
    if path.suffix == ".draft":
        raise FileNotFoundError(f"{path} is a draft: its export has not ended.")
    places = [path, *(path / str(number) for number in reversed(versions(path)))]
    for place in places:
        if _is_model(place):
            return place
    raise FileNotFoundError(
        "An export is a folder with `saved_model.pb`, or with numbered versions of it. "
        f"Received: {path}{'' if path.exists() else ', which does not exist'}."
    )


def _refuse_a_version(folder: Path) -> None:
    above = folder.absolute().parent
    beside = (above / str(number) for number in versions(above))
    if any(map(_is_model, (folder, *(beside if folder.name.isdecimal() else ())))):
        raise ValueError(
            "`folder` must be the one that holds the versions, here "
            f"{folder.parent if folder.parent.name else above}. Received: {folder}, "
            f"{'which is' if folder.exists() else 'which would be'} one of them."
        )


def _is_model(folder: Path) -> bool:
    return (folder / "saved_model.pb").is_file()


def _reserve(folder: Path) -> tuple[Draft, FileLock]:
    number = 0
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_dead_drafts(folder)
        number = max(number, *versions(folder), 0) + 1
        draft = Draft(folder / f"{number}.draft", folder / str(number))
        lock = FileLock(draft.path / LOCK)
        # Whoever cleans up may take a draft between its making and its locking.
        with suppress(FileExistsError, FileNotFoundError, Timeout):
            draft.path.mkdir()
            lock.acquire(timeout=0)
            if (draft.path / LOCK).exists() and not draft.final.exists():
                return draft, lock
            lock.release()
            number -= 1


def _remove_dead_drafts(folder: Path) -> None:
    for place in _folders(folder):
        if place.suffix == ".draft" and place.stem.isdecimal():
            with suppress(OSError), FileLock(place / LOCK, timeout=0):  # held: alive
                shutil.rmtree(place, ignore_errors=True)


def _folders(folder: str | Path) -> list[Path]:
    folder = Path(folder)
    return [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []
