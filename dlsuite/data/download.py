"""One file from the network: gone on with after a cut, and proven before it has its name."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from dlsuite.data.archives import cache_folder, only_members
from dlsuite.data.catalog import DataFile
from dlsuite.data.catalog_files import PART
from dlsuite.data.catalog_hashes import compute
from dlsuite.data.examples import DataError
from dlsuite.progress import Work, working
from dlsuite.progress.pieces import amount

if TYPE_CHECKING:
    import requests

CONNECT, READ = 6.0, 30.0  # seconds without an answer, and without a byte
TRIES = 5  # of one address that breaks off
PAUSE = 0.5  # seconds before the second try, doubled for each one after
CHUNK = 2**16  # bytes
MARK = ".etag"  # ending of the file that says what a part is a part of
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "dlsuite"}  # the bytes as they are


class DownloadError(DataError):
    """A file could not be fetched; the message says which address failed and why."""


class Cut(Exception):
    """An address does not answer, stopped answering or gives something else; why."""


@dataclass
class Meter:
    """Tells how many bytes have come, none twice."""

    work: Work
    told: int = 0

    def stands_at(self, count: int) -> None:
        """So many bytes of the file are here."""
        if count > self.told:
            self.work.advance(count - self.told)
            self.told = count


def fetch(file: DataFile, place: Path) -> None:
    """Fetches one file into a folder, unless it is there and whole.

    What has arrived is kept as `NAME.part` and gone on with by this call or a later one, as long
    as the server still offers the same.

    Raises:
        DownloadError: No address gave the file.
    """
    target = place / file.name
    locks = cache_folder() / "fetching"
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / hashlib.sha256(os.fsencode(target.resolve())).hexdigest()[:24]):
        if not (target.is_file() and _proven(file, target)):
            _fetch(file, target)


def reachable(url: str) -> str:
    """Why the server of an address does not answer; empty if it does, whatever it says."""
    import requests

    try:
        requests.head(url, timeout=CONNECT, headers=HEADERS).close()
    except requests.RequestException as error:
        return _reason(error)
    return ""


def _fetch(file: DataFile, target: Path) -> None:
    import requests

    part = target.with_name(f"{file.name}{PART}")
    reasons = []
    with (
        requests.Session() as session,
        working(f"fetching {file.name}", file.bytes, "bytes") as work,
    ):
        meter = Meter(work)
        for url in file.urls:
            try:
                _from_one(session, url, file, part, meter)
            except Cut as error:
                reasons.append(f"  {url} {error}.")
            else:
                _settle(file, part, target)
                return
    left = f" {amount(_size(part))} of it are kept for the next try." if _size(part) else ""
    raise DownloadError("\n".join([f"{file.name} could not be fetched.{left}", *reasons]))


def _from_one(
    session: requests.Session, url: str, file: DataFile, part: Path, meter: Meter
) -> None:
    """`part` becomes the whole file, or Cut says why not."""
    for number in range(TRIES):
        before = _size(part)
        try:
            _receive(session, url, file, part, meter)
            if _proven(file, part):
                return
            got = _size(part)
            _forget(part)  # a wrong file, or parts of two: once more from the beginning
            raise Cut(f"gives another file: {got:,} bytes that have not the SHA-256 expected")
        except Cut:
            # A server that gives nothing more, or gave something wrong from the beginning on.
            if number + 1 == TRIES or _size(part) == before:
                raise
        time.sleep(PAUSE * 2**number)


def _receive(session: requests.Session, url: str, file: DataFile, part: Path, meter: Meter) -> None:
    """Appends to `part` what the server still has to give."""
    import requests
    import urllib3

    if file.members is None and _size(part) == file.bytes:
        return  # complete, but not yet proven
    try:
        with session.get(
            url, headers=_headers(part), stream=True, timeout=(CONNECT, READ)
        ) as response:
            _begin(response, file, part)
            with part.open("ab") as target:
                have = target.tell()
                meter.stands_at(have)
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    have += target.write(chunk)
                    meter.stands_at(have)
                    if file.members is None and have > file.bytes:
                        raise Cut(f"gives more than the {file.bytes:,} bytes of the file")
                target.flush()
                os.fsync(target.fileno())
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Cut(_reason(error)) from error


def _headers(part: Path) -> dict[str, str]:
    have, marks = _size(part), _marks(part)
    if not have:
        return HEADERS
    mark = marks.read_text(encoding="utf-8") if marks.is_file() else ""
    return {**HEADERS, "Range": f"bytes={have}-", **({"If-Range": mark} if mark else {})}


def _begin(response: requests.Response, file: DataFile, part: Path) -> None:
    """Makes ready to append: `part` stays if the server goes on where it ends, else it goes."""
    status, tag = response.status_code, response.headers.get("ETag", "")
    marks = _marks(part)
    if status == 206:
        start, _, total = response.headers.get("Content-Range", "").partition("/")
        same = not tag or not marks.is_file() or marks.read_text(encoding="utf-8") in ("", tag)
        right = file.members is not None or not total.isdigit() or int(total) == file.bytes
        if start.startswith(f"bytes {_size(part)}-") and same and right:
            return
        _forget(part)
        raise Cut("offers another file than before")
    if status in (200, 416):
        _forget(part)
    if status != 200:
        raise Cut(f"answers {status} {response.reason or ''}".rstrip())
    size = response.headers.get("Content-Length", "")
    if file.members is None and size.isdigit() and int(size) != file.bytes:
        raise Cut(f"offers {int(size):,} bytes instead of {file.bytes:,}")
    mark = response.headers.get("Last-Modified", "") if tag.startswith("W/") else tag
    part.parent.mkdir(parents=True, exist_ok=True)
    marks.write_text(mark, encoding="utf-8")


def _settle(file: DataFile, part: Path, target: Path) -> None:
    """A proven part gets its name; of an archive with members only those stay."""
    if file.members is not None:
        draft = target.with_name(f"{file.name}.draft")
        only_members(part, draft, file.members)
        os.replace(draft, target)
    else:
        os.replace(part, target)
    _forget(part)


def _proven(file: DataFile, path: Path) -> bool:
    if file.members is None and _size(path) != file.bytes:
        return False
    try:
        return compute(path, file.members) == file.sha256
    except DataError:  # an archive that cannot be read
        return False


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _marks(part).unlink(missing_ok=True)


def _marks(part: Path) -> Path:
    return part.with_name(part.name.removesuffix(PART) + MARK)


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _reason(error: Exception) -> str:
    """Why there was no answer, in a few words."""
    import requests
    from urllib3 import exceptions as of_urllib3

    chain = list(_causes(error))
    if any(isinstance(cause, of_urllib3.NameResolutionError) for cause in chain):
        return "cannot be found: no network, or no such server"
    if isinstance(error, requests.exceptions.ProxyError):
        return "cannot be reached through the proxy"
    if isinstance(error, requests.exceptions.SSLError):
        return f"cannot be trusted: {chain[-1]}"
    if any(isinstance(cause, of_urllib3.NewConnectionError) for cause in chain):
        last = next((c for c in reversed(chain) if isinstance(c, OSError) and c.strerror), None)
        return f"cannot be reached: {last.strerror if last else 'no connection'}"
    if any(isinstance(c, requests.ConnectTimeout | of_urllib3.ConnectTimeoutError) for c in chain):
        return f"does not answer within {CONNECT:g} seconds"
    if any(isinstance(c, requests.ReadTimeout | of_urllib3.ReadTimeoutError) for c in chain):
        return f"gave nothing for {READ:g} seconds"
    return "broke off"


def _causes(error: BaseException) -> list[BaseException]:
    """An error and those it was made of, outermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        found.append(each)
        inner = [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
        waiting += [one for one in inner if isinstance(one, BaseException)]
    return found
