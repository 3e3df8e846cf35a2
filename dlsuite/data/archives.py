"""Zip and tar archives, unpacked once into the cache folder and never outside of it."""

import hashlib
import lzma
import os
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from filelock import FileLock

from dlsuite.data.examples import DataError
from dlsuite.progress import followed

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# What the readers of archives raise for a damaged or an encrypted one.
BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
)


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
            except BROKEN as error:
                raise DataError(f"{path} cannot be unpacked: {error}") from error
            else:
                draft.rename(target)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return target


def only_archive(folder: Path) -> Path | None:
    """The archive in a folder that holds one and no folder, as data sets are fetched.

    Raises:
        DataError: It holds several, so that it is not said which is meant.
    """
    with os.scandir(folder) as entries:
        inside = [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]
    found = sorted(entry.name for entry in inside if is_archive(Path(entry.path)))
    if any(entry.is_dir() for entry in inside) or not found:
        return None
    if len(found) > 1:
        raise DataError(
            f"A folder of archives must hold one, or `path` must name one of them. "
            f"Received: {folder} with {', '.join(found)}."
        )
    return folder / found[0]


def members(path: Path) -> Iterator[Member]:
    """Every file of an archive, in its order; read each before the next is asked for."""
    return _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)


def only_members(path: Path, target: Path, pattern: str) -> None:
    """Writes a zip of the members that a regular expression takes, named by its first bracket."""
    expression = re.compile(pattern)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in followed(members(path), f"packing {target.name}", unit="files"):
            match = expression.search(member.name)
            source = member.open() if match and not member.refusal else None
            if match and source is not None:
                with source:
                    archive.writestr(match[1], source.read())


def _unpack(path: Path, draft: Path) -> None:
    draft.mkdir()
    made: set[Path] = set()
    for member in followed(members(path), f"unpacking {path.name}", unit="files"):
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
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
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
