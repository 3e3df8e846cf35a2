"""Zip and tar archives, unpacked once into the cache folder and never outside of it."""

import hashlib
import os
import re
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from filelock import FileLock

from dlsuite.data.archive_members import Member, members, nowhere, written
from dlsuite.data.examples import DataError
from dlsuite.data.file_names import near_miss, shown
from dlsuite.progress import followed

DRIVE = re.compile("[A-Za-z]:(/|$)")  # of Windows, at the beginning of a path
SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def cache_folder() -> Path:
    """Where the suite keeps what it can make again: `$XDG_CACHE_HOME/dlsuite`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dlsuite"


def is_archive(path: Path) -> bool:
    """Whether the name is that of an archive `unpacked` reads."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def folder_of(path: str, cache: Path, argument: str = "path") -> Path:
    """The folder itself, or that of an archive, which may lie alone in the folder named.

    Raises:
        DataError: There is neither.
    """
    place = Path(path).expanduser()
    if not place.is_dir() and not is_archive(place):
        found = "a file of another kind." if place.exists() else f"nothing there.{near_miss(place)}"
        raise DataError(
            f"`{argument}` must be a folder or an archive ({', '.join(SUFFIXES)}). "
            f"Received: {place}, {found}"
        )
    archive = place if is_archive(place) else only_archive(place)
    return place if archive is None else unpacked(archive, cache)


def unpacked(path: Path, cache: Path) -> Path:
    """The folder with the archive's files, made on first use.

    Processes that ask at the same time wait for the one that unpacks. An archive of the same
    place, size and date is not unpacked again.

    Raises:
        DataError: If the archive is damaged, encrypted or grows beyond measure, or has a link, a
            name twice or a member outside of its folder; nothing is left behind then.
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
            except DataError:
                raise
            except Exception as error:  # the readers raise whatever a damaged file makes them
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


def only_members(path: Path, target: Path, pattern: str) -> None:
    """Writes a zip of the members that a regular expression takes, named by its first bracket."""
    expression = re.compile(pattern)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in followed(members(path), f"packing {target.name}", unit="files"):
            match = expression.search(member.name)
            source = member.open() if match and not member.refusal else None
            if match and source is not None:
                with source, archive.open(match[1], "w", force_zip64=True) as file:
                    shutil.copyfileobj(source, file)


def _unpack(path: Path, draft: Path) -> None:
    draft.mkdir()
    made: set[Path] = set()
    for member in followed(members(path), f"unpacking {path.name}", unit="files"):
        refusal = _outside(member, draft) or member.refusal
        if refusal:
            raise DataError(
                f"{path} may hold only files inside of its own folder. "
                f"Received: {shown(member.name)}, which {refusal}."
            )
        if shutil.disk_usage(draft).free < member.size:
            needed = f"{member.size:,} more bytes on disk for {shown(member.name)}"
            raise DataError(f"{path} needs {needed}.")
        target = draft.joinpath(_name(member))
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        written(member, target, path)


def _outside(member: Member, draft: Path) -> str:
    """Why a member's name leads out of the folder `draft` or to no file, or an empty string."""
    if nowhere(member.name):
        return "is a name that no file can have"
    name = _name(member)
    outside = name.is_absolute() or ".." in name.parts or DRIVE.match(str(name)) is not None
    outside = outside or not draft.joinpath(name).resolve().is_relative_to(draft.resolve())
    return "lies outside of the archive" if outside else ""


def _name(member: Member) -> PurePosixPath:
    return PurePosixPath(member.name.replace("\\", "/"))
