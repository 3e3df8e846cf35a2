"""Fetching from a real server: whole or not at all, gone on with, and proven."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlsuite.data import download
from dlsuite.data.archive_members import members
from dlsuite.data.catalog import DataFile
from dlsuite.data.catalog_hashes import list_digest
from dlsuite.data.download import DownloadError, fetch, reachable
from dlsuite.progress import listening
from tests.data.served_files import Served, serving

CONTENT = np.random.default_rng(0).bytes(300_000)


@pytest.fixture(autouse=True)
def no_waiting(workshop, monkeypatch):
    """Tries follow each other at once; proxies of this machine are not asked."""
    monkeypatch.setattr(download, "PAUSE", 0.001)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(tmp_path):
    """The folder of a set."""
    folder = tmp_path / "set"
    folder.mkdir()
    return folder


def described(*urls: str, content: bytes = CONTENT) -> DataFile:
    return DataFile("file.bin", len(content), hashlib.sha256(content).hexdigest(), urls)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_arrives_whole_and_nothing_else_stays(place):
    with serving(Served({"a": CONTENT})) as server:
        fetch(described(f"{server.address}a"), place)
        fetch(described(f"{server.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert left(place) == ["file.bin"]
    assert server.asked == [("a", None)]  # what is whole is not asked for again


def test_what_was_cut_is_gone_on_with_where_it_ended(place):
    served = Served({"a": CONTENT}, cuts=[100_000, 50_000], tags={"a": '"first"'})
    with serving(served):
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert [wanted for _, wanted in served.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_what_was_cut_is_gone_on_with_by_its_date_where_the_tag_is_weak(place):
    dates = {"a": "Sat, 01 Nov 2025 10:00:00 GMT"}
    served = Served({"a": CONTENT}, cuts=[100_000], tags={"a": 'W/"first"'}, dates=dates)
    with serving(served):
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert [wanted for _, wanted in served.asked] == [None, "bytes=100000-"]


def test_a_server_without_parts_gives_it_from_the_beginning(place):
    served = Served({"a": CONTENT}, ranges=False, cuts=[100_000])
    with serving(served):
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert len(served.asked) == 2


def test_a_cut_that_does_not_end_keeps_the_part_for_the_next_time(place):
    served = Served({"a": CONTENT}, cuts=[1000] * download.TRIES)
    with serving(served):
        with pytest.raises(DownloadError, match=r"5\.0 kB of it are kept for the next try"):
            fetch(described(f"{served.address}a"), place)
        assert left(place) == ["file.bin.etag", "file.bin.part"]
        fetch(described(f"{served.address}a"), place)
    assert served.asked[-1] == ("a", "bytes=5000-")
    assert left(place) == ["file.bin"]


def test_an_interrupted_fetch_leaves_a_part_and_no_file(place):
    class Stop:
        def begin(self, what, total, unit):
            return 0

        def advance(self, work, steps):
            raise KeyboardInterrupt

        def describe(self, work, what, note): ...

        def end(self, work): ...

        def tell(self, words): ...

    with serving(Served({"a": CONTENT})) as served, listening(Stop()):
        with pytest.raises(KeyboardInterrupt):
            fetch(described(f"{served.address}a"), place)
    assert "file.bin" not in left(place)
    assert "file.bin.part" in left(place)


def test_a_file_of_another_hash_never_gets_its_name(place):
    other = bytes(reversed(CONTENT))
    with serving(Served({"a": other})) as served:
        with pytest.raises(DownloadError, match="gives another file: 300,000 bytes that have not"):
            fetch(described(f"{served.address}a"), place)
    assert left(place) == []


def test_a_part_of_another_edition_is_thrown_away(place):
    (place / "file.bin.part").write_bytes(b"x" * 1000)
    with serving(Served({"a": CONTENT})) as served:
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT
    assert [wanted for _, wanted in served.asked] == ["bytes=1000-", None]


def test_a_file_that_changed_on_the_server_is_begun_anew(place):
    served = Served({"a": CONTENT}, cuts=[1000] * download.TRIES, tags={"a": '"old"'})
    with serving(served):
        with pytest.raises(DownloadError):
            fetch(described(f"{served.address}a"), place)
        served.tags["a"] = '"new"'
        served.asked.clear()
        fetch(described(f"{served.address}a"), place)
    assert len(served.asked) == 1  # If-Range: the server itself gave all of it


def test_a_complete_part_needs_no_server(place):
    (place / "file.bin.part").write_bytes(CONTENT)
    fetch(described("http://127.0.0.1:9/a"), place)
    assert left(place) == ["file.bin"]


def test_a_part_that_is_longer_than_the_file_is_begun_anew(place):
    (place / "file.bin.part").write_bytes(CONTENT + b"more")
    with serving(Served({"a": CONTENT})) as served:
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT


def test_the_second_address_is_asked_where_the_first_has_it_not(place):
    with serving(Served({"b": CONTENT})) as served:
        fetch(described(f"{served.address}a", f"{served.address}b"), place)
    assert (place / "file.bin").read_bytes() == CONTENT


def test_every_address_and_its_reason_is_told(place):
    with serving(Served({"short": b"x"})) as served:
        urls = (f"{served.address}gone", f"{served.address}short", "http://127.0.0.1:9/closed")
        with pytest.raises(DownloadError) as error:
            fetch(described(*urls), place)
    assert str(error.value).splitlines() == [
        "file.bin could not be fetched.",
        f"  {urls[0]} answers 404 Not Found.",
        f"  {urls[1]} offers 1 bytes instead of 300,000.",
        f"  {urls[2]} cannot be reached: Connection refused.",
    ]
    assert left(place) == []


def test_a_404_keeps_what_came_before(place):
    (place / "file.bin.part").write_bytes(CONTENT[:1000])
    with serving(Served({})) as served, pytest.raises(DownloadError, match="404"):
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin.part").stat().st_size == 1000


def test_more_than_the_file_is_refused(place):
    served = Served({"a": CONTENT + b"more"}, lengths=False)
    with serving(served), pytest.raises(DownloadError, match="more than the 300,000 bytes"):
        fetch(described(f"{served.address}a"), place)
    assert "file.bin" not in left(place)


def test_a_gzipped_file_stays_gzipped_whatever_the_server_says(place):
    with serving(Served({"a": CONTENT}, encoded=True)) as served:
        fetch(described(f"{served.address}a"), place)
    assert (place / "file.bin").read_bytes() == CONTENT


@pytest.mark.timeout(30)
def test_no_network_is_told_at_once(place):
    with pytest.raises(DownloadError, match="cannot be found: no network, or no such server"):
        fetch(described("http://no-such-host.invalid/a"), place)
    assert "cannot be found" in reachable("http://no-such-host.invalid/a")


def test_a_server_that_does_not_answer_is_not_waited_for(place, monkeypatch):
    monkeypatch.setattr(download, "CONNECT", 0.2)
    # An address for documentation (RFC 5737): nobody answers there, or the network refuses.
    with pytest.raises(
        DownloadError, match=r"does not answer within 0.2 seconds|cannot be reached"
    ):
        fetch(described("http://192.0.2.1/a"), place)


def test_a_server_that_falls_silent_is_not_waited_for(place, monkeypatch):
    monkeypatch.setattr(download, "READ", 0.1)
    with serving(Served({"a": CONTENT}, stalls=0.5)) as served:
        with pytest.raises(DownloadError, match=r"gave nothing for 0\.1 seconds"):
            fetch(described(f"{served.address}a"), place)


def test_a_certificate_that_nobody_signed_is_not_trusted(place):
    with serving(Served({"a": CONTENT})) as served:  # it does not even speak TLS
        with pytest.raises(DownloadError, match=r"cannot be trusted|broke off"):
            fetch(described(served.address.replace("http:", "https:") + "a"), place)


def test_a_server_that_goes_on_with_another_file_is_not_believed(place):
    (place / "file.bin.part").write_bytes(CONTENT[:1000])
    with serving(Served({"a": CONTENT + b"more"})) as served:
        with pytest.raises(DownloadError, match="offers 300,004 bytes instead of 300,000"):
            fetch(described(f"{served.address}a"), place)
    assert [wanted for _, wanted in served.asked] == ["bytes=1000-", None]
    assert left(place) == []


def test_a_proxy_that_is_not_there_is_named(place, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="cannot be reached through the proxy"):
        fetch(described("http://example.invalid/a"), place)


def test_any_answer_is_reachable(place):
    with serving(Served({})) as served:
        assert reachable(f"{served.address}nothing") == ""


PATTERN = r"^(?:[^/]+/)?(data/[a-z]+\.txt)$"


def packed(level: int, outer: str = "Repository-1234/") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, text in {"data/b": "bees " * 999, "data/a": "ants " * 999, "notes": "x"}.items():
            archive.writestr(f"{outer}{name}.txt", text)
    return file.getvalue()


def archive_described(url: str) -> DataFile:
    texts = {"data/a.txt": b"ants " * 999, "data/b.txt": b"bees " * 999}
    found = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    size = sum(map(len, texts.values()))
    return DataFile("set.zip", size, list_digest(found), (url,), members=PATTERN)


@pytest.mark.parametrize("level", [1, 9])
def test_an_archive_is_known_by_what_it_holds_however_it_is_packed(place, level):
    served = Served({"1234.zip": packed(level)}, lengths=False, ranges=False)
    with serving(served):
        fetch(archive_described(f"{served.address}1234.zip"), place)
    held = {member.name: member.open().read() for member in members(place / "set.zip")}
    assert held == {"data/a.txt": b"ants " * 999, "data/b.txt": b"bees " * 999}
    assert left(place) == ["set.zip"]


def test_an_archive_with_one_changed_member_is_refused(place):
    content = packed(1)
    with serving(
        Served({"a": content.replace(b"Repository-1234/data/a", b"Repository-1234/data/c")})
    ) as served:
        with pytest.raises(DownloadError, match="gives another file"):
            fetch(archive_described(f"{served.address}a"), place)
    assert left(place) == []


def test_what_is_no_archive_is_refused(place):
    with serving(Served({"a": b"<html>not found</html>"})) as served:
        with pytest.raises(DownloadError, match="gives another file"):
            fetch(archive_described(f"{served.address}a"), place)
    assert left(place) == []


def test_a_complete_archive_that_was_not_yet_proven_needs_no_server(place):
    (place / "set.zip.part").write_bytes(packed(1))
    fetch(archive_described("http://127.0.0.1:9/a"), place)
    assert left(place) == ["set.zip"]
