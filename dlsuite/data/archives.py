"""Zip and tar archives, unpacked once into the cache folder and never outside of it."""

import hashlib
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from filelock import FileLock

from dlsuite.data.examples import DataError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


class Member(NamedTuple):
    """One file of an archive; `refusal` says why it may not be unpacked, or is empty."""

    name: str
    size: int
    refusal: str
    open: Callable[[], IO[bytes] | None]


def cache_folder() -> Path:
    """Where the suite keeps what it can make again: `$XDG_CACHE_HOME/dlsuite`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dlsuite"


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive `unpacked` reads."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def unpacked(path: Path, cache: Path) -> Path:
    """The folder with the archive's files, made on first use.

    Processes that ask at the same time wait for the one that unpacks. An archive of the same
    place, size and date is not unpacked again.

    Raises:
        DataError: If the archive is damaged, or has a link or a member outside of its folder;
            nothing is left behind then.
    """
    facts = path.stat()
    identity = f"{path.resolve()} {facts.st_size} {facts.st_mtime_ns}"
    target = (
        cache / "unpacked" / f"{path.name}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            draft = target.with_name(f"{target.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            try:
                _unpack(path, draft)
            except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, RuntimeError) as error:
                shutil.rmtree(draft, ignore_errors=True)
                raise DataError(f"{path} cannot be unpacked: {error}") from error
            except DataError:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            draft.rename(target)
    return target


def _unpack(path: Path, draft: Path) -> None:
    draft.mkdir()
    members = _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)
    for member in members:
        parts = PurePosixPath(member.name.replace("\\", "/")).parts
        outside = PurePosixPath(member.name).is_absolute() or ".." in parts or ":" in "".join(parts)
        refusal = "lies outside of the archive" if outside else member.refusal
        if refusal:
            raise DataError(
                f"{path} may hold only files inside of its own folder. "
                f"Received: {member.name}, which {refusal}."
            )
        if shutil.disk_usage(draft).free < member.size:
            raise DataError(f"{path} needs {member.size:,} more bytes on disk for {member.name}.")
        target = draft.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        source = member.open()
        if source is not None:
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)


def _zip_members(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            link = stat.S_ISLNK(info.external_attr >> 16)
            if not info.is_dir():
                yield Member(
                    info.filename,
                    info.file_size,
                    "is a link" if link else "",
                    partial(archive.open, info),
                )


def _tar_members(path: Path) -> Iterator[Member]:
    with tarfile.open(path) as archive:
        for info in archive:
            refusal = ""
            if info.issym() or info.islnk():
                refusal = "is a link"
            elif not info.isfile() and not info.isdir():
                refusal = "is neither file nor folder"
            if not info.isdir():
                yield Member(info.name, info.size, refusal, partial(archive.extractfile, info))
