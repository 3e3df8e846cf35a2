"""Archives: unpacked once, whole or not at all, and never outside of their folder."""

import io
import os
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dlsuite.data import DataError
from dlsuite.data.archives import cache_folder, is_archive, unpacked


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, *infos: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info in infos:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = 3 if kind == tarfile.REGTYPE else 0
    info.linkname = "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return info


def test_a_zip_is_unpacked_with_its_folders(tmp_path):
    archive = zipped(
        tmp_path / "a.zip", {"train/ant/1.txt": b"one", "train/": b"", "2.txt": b"two"}
    )
    folder = unpacked(archive, tmp_path / "cache")
    assert (folder / "train/ant/1.txt").read_bytes() == b"one"
    assert (folder / "2.txt").read_bytes() == b"two"


def test_a_tar_is_unpacked(tmp_path):
    archive = tarred(tmp_path / "a.tgz", member("d", tarfile.DIRTYPE), member("d/1.txt"))
    assert (unpacked(archive, tmp_path / "cache") / "d/1.txt").read_bytes() == b"xxx"


def test_an_archive_is_unpacked_once_until_it_changes(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"1.txt": b"one"})
    first = unpacked(archive, tmp_path / "cache")
    (first / "mark").touch()
    assert (unpacked(archive, tmp_path / "cache") / "mark").exists()
    zipped(archive, {"1.txt": b"another"})
    second = unpacked(archive, tmp_path / "cache")
    assert second != first
    assert (second / "1.txt").read_bytes() == b"another"


def test_what_an_interrupted_process_left_is_replaced(tmp_path):
    archive = zipped(tmp_path / "a.zip", {"1.txt": b"one"})
    target = unpacked(archive, tmp_path / "cache")
    draft = target.with_name(f"{target.name}.draft")
    target.rename(draft)
    (draft / "old").touch()
    assert [file.name for file in unpacked(archive, tmp_path / "cache").iterdir()] == ["1.txt"]


def test_two_at_the_same_time_get_the_same_folder(tmp_path):
    archive = zipped(tmp_path / "a.zip", {f"{i}.txt": b"x" for i in range(200)})
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: unpacked(archive, tmp_path / "cache"), range(4)))
    (folder,) = folders
    assert len(list(folder.iterdir())) == 200


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("../out.txt", tarfile.REGTYPE, "lies outside"),
        ("d/../../out.txt", tarfile.REGTYPE, "lies outside"),
        ("/out.txt", tarfile.REGTYPE, "lies outside"),
        ("link", tarfile.SYMTYPE, "is a link"),
        ("link", tarfile.LNKTYPE, "is a link"),
        ("pipe", tarfile.FIFOTYPE, "is neither file nor folder"),
    ],
)
def test_members_that_leave_the_folder_are_refused_by_name(tmp_path, name, kind, reason):
    archive = tarred(tmp_path / "a.tar.gz", member("good.txt"), member(name, kind))
    with pytest.raises(DataError, match=f"Received: {name}, which {reason}"):
        unpacked(archive, tmp_path / "cache")
    assert [p.suffix for p in (tmp_path / "cache/unpacked").iterdir()] in ([], [".lock"])
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(
    "name", ["../out.txt", "..\\out.txt", "C:\\out.txt", "HERE\\out.txt", "\\\\x", "//x"]
)
def test_zip_members_that_leave_the_folder_are_refused(tmp_path, name):
    there = name.replace("HERE", str(tmp_path).replace("/", "\\"))
    archive = zipped(tmp_path / "a.zip", {there: b"x"})
    with pytest.raises(DataError, match="lies outside"):
        unpacked(archive, tmp_path / "cache")
    assert not (tmp_path / "out.txt").exists()


def test_a_name_may_hold_a_colon(tmp_path):
    names = ("cat/2020-01-01T12:00.png", "a:b/1.png")
    folder = unpacked(zipped(tmp_path / "a.zip", dict.fromkeys(names, b"x")), tmp_path / "cache")
    assert all((folder / name).is_file() for name in names)


def sparse_tar(path: Path, size: int) -> Path:
    """As GNU tar writes a file of `size` bytes, all of them zeros but for the first block."""
    info = tarfile.TarInfo("cat/x.png")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, tarfile.BLOCKSIZE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\0%011o\0" % (0, tarfile.BLOCKSIZE)  # the first piece: where, how long
    block[483:495] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    path.write_bytes(block + b"x" * tarfile.BLOCKSIZE + bytes(2 * tarfile.BLOCKSIZE))
    return path


def test_holes_of_a_tar_do_not_fill_the_disk(tmp_path):
    archive = sparse_tar(tmp_path / "a.tar", 2**30)
    with tarfile.open(archive) as whole:
        (info,) = whole
        assert (info.isfile(), info.size) == (True, 2**30)
    with pytest.raises(DataError, match=r"x\.png, which is stored without its zeros: unpack it"):
        unpacked(archive, tmp_path / "cache")


def test_links_in_a_zip_are_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="link, which is a link"):
        unpacked(tmp_path / "a.zip", tmp_path / "cache")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_damaged_archive_is_named_and_leaves_nothing(tmp_path, name):
    whole = tarred(tmp_path / "whole", *(member(f"{i}.txt") for i in range(300))).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=f"{name} cannot be read: "):
        unpacked(tmp_path / name, tmp_path / "cache")
    assert not [p for p in (tmp_path / "cache/unpacked").iterdir() if p.is_dir()]


def test_an_archive_larger_than_the_disk_is_refused(tmp_path):
    info = member("1.txt")
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info.size = 2**60
        archive.addfile(info)
    with pytest.raises(DataError, match=r"more bytes on disk for 1\.txt"):
        unpacked(tmp_path / "a.tar", tmp_path / "cache")


def test_archives_are_known_by_their_ending(tmp_path):
    for name in ("a.ZIP", "a.tar.xz", "a.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "folder.zip").mkdir()
    found = [name for name in sorted(os.listdir(tmp_path)) if is_archive(tmp_path / name)]
    assert found == ["a.ZIP", "a.tar.xz"]


def test_the_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "dlsuite"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache/dlsuite"
