"""The files inside of a zip or tar, each with why it may not be unpacked."""

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from dlsuite.data.examples import DataError
from dlsuite.data.file_names import shown
from dlsuite.data.unpacking import UNPACK, Bounded, check_growth

MOST_FILES = 10_000_000
# First bytes of a compressed tar -> what reads it.
COMPRESSED: dict[bytes, Callable[..., BinaryIO]] = {
    b"\x1f\x8b": gzip.open,  # type: ignore[dict-item]
    b"BZh": bz2.open,  # type: ignore[dict-item]
    b"\xfd7zXZ\0": lzma.open,  # type: ignore[dict-item]
}
TAR, TAR_AT = b"ustar", 257
# Others give all that a block holds at once, however much that is.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Member(NamedTuple):
    """One file of an archive; `refusal` says why it may not be unpacked, or is empty."""

    name: str
    size: int
    refusal: str
    open: Callable[[], IO[bytes] | None]


def members(path: Path) -> Iterator[Member]:
    """Every file of an archive, in its order; read each before the next is asked for.

    What it is is told by its bytes, not by its name.

    Raises:
        DataError: It is none, is damaged, or becomes much larger than any data does.
    """
    with path.open("rb") as file:
        start = file.read(TAR_AT + len(TAR))
    opener = next((o for mark, o in COMPRESSED.items() if start.startswith(mark)), None)
    tar = opener is not None or start[TAR_AT:] == TAR
    try:
        found = _tar_members(path, opener) if tar else _zip_members(path)
        for number, member in enumerate(found):
            if number >= MOST_FILES:
                raise DataError(f"{path} may hold at most {MOST_FILES:,} files. Received: more.")
            yield member
    except DataError:
        raise
    except (zipfile.BadZipFile, tarfile.TarError) as error:
        if tar or zipfile.is_zipfile(path):
            raise DataError(f"{path} cannot be read: {error}") from error
        what = f"it begins with {start[:8]!r}" if start else "it is empty"
        raise DataError(f"{path} must be a zip or a tar. Received: neither, {what}.") from error
    except Exception as error:  # the readers raise whatever a damaged file makes them
        raise DataError(f"{path} cannot be read: {error or type(error).__name__}") from error


def _zip_members(path: Path) -> Iterator[Member]:
    total = 0
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            total += info.file_size
            check_growth(path, path.stat().st_size, total)
            refusal = "is a link" if stat.S_ISLNK(info.external_attr >> 16) else ""
            if info.flag_bits & 1:
                refusal = f"is encrypted: {UNPACK}"
            elif info.compress_type not in METHODS:
                refusal = "is compressed by another method than deflate: pack it anew"
            opener = partial(archive.open, info)
            yield Member(info.filename, info.file_size, refusal, opener)


def _tar_members(path: Path, opener: Callable[..., BinaryIO] | None) -> Iterator[Member]:
    with (path.open if opener is None else partial(opener, path))("rb") as file:
        source, name = Bounded(path, file), "nothing"
        with tarfile.open(fileobj=source, mode="r:") as archive:  # type: ignore[arg-type]
            for info in archive:
                name = info.name
                refusal = ""
                if info.issparse():  # with holes, which the bytes that are read do not count
                    refusal = f"is stored without its zeros: {UNPACK}"
                elif info.issym() or info.islnk():
                    refusal = "is a link"
                elif not info.isfile() and not info.isdir():
                    refusal = "is neither file nor folder"
                if not info.isdir():
                    yield Member(info.name, info.size, refusal, partial(archive.extractfile, info))
        # Where a header is damaged or missing, tarfile takes it for the end.
        whole = source.last == bytes(tarfile.BLOCKSIZE)
        while piece := source.read(2**16):  # to the checksum behind the last member
            whole = whole and not any(piece)
        if not whole:
            raise DataError(f"{path} is damaged: what follows {shown(name)} cannot be read.")


def written(member: Member, target: Path, archive: Path) -> None:
    """Writes a member to a file that is not there yet.

    Raises:
        DataError: It is there, as another member of this name; or the member is not as long as the
            archive says.
    """
    source = member.open()
    if source is None:
        return
    done = 0
    try:
        with source, target.open("xb") as file:
            while piece := source.read(2**16):
                done += file.write(piece)
    except FileExistsError as error:
        raise DataError(
            f"Each file of {archive} must have a name of its own, in upper and lower case too "
            f"where the disk does not tell them apart. Received: {shown(member.name)} twice."
        ) from error
    if done != member.size:
        raise DataError(
            f"{archive} must tell the size of each file. Received: {shown(member.name)} of "
            f"{done:,} bytes, where it says {member.size:,}."
        )


def nowhere(name: str) -> bool:
    """Whether no file can have this name: none at all, or one with a zero byte."""
    return "\0" in name or not os.path.normpath(name).strip("./")
