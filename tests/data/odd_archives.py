"""Odd zip and tar files of pictures in two classes."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.data.odd_files import Odd
from tests.data.odd_pictures import GOOD, colours, saved

BOMB = 70 * 2**20  # bytes that become 70 kB


def pictures() -> dict[str, bytes]:
    """Good pictures of two classes by their name."""
    return {
        f"{name}/{number}.png": saved(colours(10 * place + number), "PNG")
        for place, name in enumerate(("cat", "dog"))
        for number in range(GOOD)
    }


def zipped(*more: tuple[str | zipfile.ZipInfo, bytes], good: bool = True) -> bytes:
    """A zip of good pictures and of more files, which may have one name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*(pictures().items() if good else ()), *more]:
            archive.writestr(name, data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tarred(*more: tarfile.TarInfo, mode: str = "w:gz") -> bytes:
    """A tar of good pictures and of further members without content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in pictures().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in more:
            archive.addfile(info)
    return file.getvalue()


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    """A member that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def link() -> zipfile.ZipInfo:
    """A symbolic link, as Unix zips it."""
    info = zipfile.ZipInfo("cat/link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def patched(data: bytes, signature: bytes, offset: int, form: str, value: int) -> bytes:
    """A zip whose last record of a kind says something else."""
    place = data.rindex(signature) + offset
    return data[:place] + struct.pack(form, value) + data[place + struct.calcsize(form) :]


def encrypted() -> bytes:
    """A zip whose last member says that it is encrypted."""
    local = patched(zipped(), b"PK\x03\x04", 6, "<H", 1)
    return patched(local, b"PK\x01\x02", 8, "<H", 1)


def resized(size: int) -> bytes:
    """A zip that says another size of its last member."""
    return patched(zipped(("dog/x.png", b"x" * 100)), b"PK\x01\x02", 24, "<I", size)


def tar_bomb(name: bytes) -> bytes:
    """A tar whose only member is zeros, or whose header is where its type is `L`."""
    info = tarfile.TarInfo("cat/x.png")
    info.type, info.size = name, BOMB
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(BOMB), 1)


def half() -> bytes:
    """A tar that ends before the header of its seventh file, the first dog."""
    whole = tarred(mode="w:")
    return whole[: whole.index(b"dog/0.png")]


def damaged_header() -> bytes:
    """A tar with another byte in that header."""
    return tarred(mode="w:").replace(b"dog/0.png", b"dog/0.pnx")


def cases() -> Iterator[tuple[str, str, Callable[[], bytes], str]]:
    """What is odd, the file's name, its bytes, and the refusal."""
    out = "which lies outside of the archive"
    for name in ("../x.png", "cat/../../x.png", "/tmp/x.png", "..\\x.png", "C:\\x.png"):
        yield f"zip with {name}", "a.zip", lambda name=name: zipped((name, b"x")), out
    for name in ("../x.png", "/tmp/x.png"):
        info = member(name, tarfile.REGTYPE)
        yield f"tar with {name}", "a.tar.gz", lambda info=info: tarred(info), out
    a_link = "link.png, which is a link"
    yield "zip with a link", "a.zip", lambda: zipped((link(), b"/etc/passwd")), a_link
    for kind, words in ((tarfile.SYMTYPE, "symbolic link"), (tarfile.LNKTYPE, "hard link")):
        info = member("cat/link.png", kind, "../../../etc/passwd")
        yield f"tar with a {words}", "a.tgz", lambda info=info: tarred(info), a_link
    for kind, words in ((tarfile.CHRTYPE, "device"), (tarfile.FIFOTYPE, "pipe")):
        info = member("cat/x.png", kind)
        neither = "which is neither file nor folder"
        yield f"tar with a {words}", "a.tar.bz2", lambda i=info: tarred(i, mode="w:bz2"), neither
    twice = r"Received: cat/0\.png twice"
    again = tarfile.TarInfo("cat/0.png")
    yield "zip with a name twice", "a.zip", lambda: zipped(("cat/0.png", b"x")), twice
    yield "tar with a name twice", "a.tar", lambda: tarred(again, mode="w:"), twice
    more = saved(colours(99), "PNG")
    yield "zip of names that differ in case", "a.zip", lambda: zipped(("CAT/0.png", more)), ""
    yield "zip with a file where a folder is", "a.zip", lambda: zipped(("cat", b"x")), "cat twice"
    yield "encrypted zip", "a.zip", encrypted, r"dog/5\.png, which is encrypted"
    zeros = ("cat/x.png", bytes(BOMB))
    grows = r"at most 200 times as large .* unpack it yourself .* 73,4\d\d,\d+ or more"
    yield "zip bomb", "a.zip", lambda: zipped(zeros), grows
    yield "tar bomb", "a.tar.gz", lambda: tar_bomb(tarfile.REGTYPE), "at most 200 times"
    header = r"may hold no header of more than 4,194,304 bytes"
    yield "tar with a name of 70 MB", "a.tar.gz", lambda: tar_bomb(tarfile.GNUTYPE_LONGNAME), header
    inner = zipped(zeros, good=False)
    alone = r"Images must be in CLASS/.* Received: .* with inner\.zip"
    yield "zip in a zip", "a.zip", lambda: zipped(("inner.zip", inner), good=False), alone
    yield "zip that says too little", "a.zip", lambda: resized(10), "cannot be unpacked: Bad CRC-32"
    says = r"dog/x\.png of 100 bytes, where it says 1,000"
    yield "zip that says too much", "a.zip", lambda: resized(1000), says
    yield "empty zip", "a.zip", lambda: zipped(good=False), "which is empty"
    yield "empty tar", "a.tar", lambda: bytes(10_240), "which is empty|neither"
    yield "zip of 0 bytes", "a.zip", bytes, "must be a zip or a tar. Received: neither, it is empty"
    yield "tar called .zip", "a.zip", tarred, ""
    yield "zip called .tar.gz", "a.tar.gz", zipped, ""
    page = "Received: neither, it begins with b'<!DOCTYP'"
    yield "HTML called .zip", "a.zip", lambda: b"<!DOCTYPE html><p>404", page
    yield "HTML called .tar.gz", "a.tar.gz", lambda: b"<!DOCTYPE html><p>404", page
    yield "truncated zip", "a.zip", lambda: zipped()[:-300], "cannot be read|neither"
    yield "truncated tar.gz", "a.tar.gz", lambda: tarred()[:-300], "cannot be"
    yield "tar.gz with a wrong checksum", "a.tar.gz", lambda: tarred()[:-8] + bytes(8), "cannot be"
    lost = r"is damaged: what follows cat/5\.png cannot be read"
    yield "tar with a damaged header", "a.tar", damaged_header, lost
    yield "tar cut between two files", "a.tar", half, lost
    nul = tarfile.TarInfo("x")
    nul.pax_headers = {"path": "cat/x\0.png"}
    yield "tar with a name with a zero byte", "a.tar", lambda: tarred(nul, mode="w:"), "no file can"


def _file(name: str, contents: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(contents())
        return folder / name

    return make


def odd() -> Iterator[Odd]:
    """Every odd archive."""
    for name, file, contents, refused in cases():
        yield Odd(f"archive: {name}", "image_folder", _file(file, contents), refused)
