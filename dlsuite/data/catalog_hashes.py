"""SHA-256 of files and of what archives hold, computed once and remembered until a file changes."""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from dlsuite.data.archive_members import members
from dlsuite.data.archives import cache_folder, is_archive
from dlsuite.data.examples import DataError
from dlsuite.data.replacing import replacing
from dlsuite.progress import followed, working

CHUNK = 2**20  # bytes read at a time
SOUND = "sound"  # what is remembered beside digests


def digest(path: Path, pattern: str | None = None) -> str:
    """SHA-256 of a file, or with `pattern` of the list of its members (see `catalog.yaml`).

    Raises:
        DataError: An archive is damaged.
    """
    known = remembered(path, pattern)
    if known is not None:
        return known
    facts = path.stat()
    found = compute(path, pattern)
    _remember(path, pattern, facts, found)
    return found


def compute(path: Path, pattern: str | None = None) -> str:
    """The same, neither remembered before nor after."""
    return _of_file(path) if pattern is None else list_digest(content(path, pattern))


def remembered(path: Path, pattern: str | None = None) -> str | None:
    """The digest of a file that has not changed since it was computed, None where there is none."""
    if not path.is_file():
        return None
    facts = path.stat()
    match _recall().get(_key(path, pattern)):
        case [int(size), int(date), str(found)]:
            return found if (size, date) == (facts.st_size, facts.st_mtime_ns) else None
    return None


def content(path: Path, pattern: str) -> dict[str, str]:
    """SHA-256 of each member of an archive that the pattern takes, by the name it gives it.

    Raises:
        DataError: The archive is damaged.
    """
    expression = re.compile(pattern)
    found: dict[str, str] = {}
    try:
        for member in followed(members(path), f"verifying {path.name}", unit="files"):
            match = expression.search(member.name)
            source = member.open() if match and not member.refusal else None
            if match and source is not None:
                with source:
                    found[match[1]] = file_digest(source, sha256).hexdigest()  # type: ignore[arg-type]
    except DataError:
        raise
    except Exception as error:  # the readers raise whatever a damaged file makes them
        raise DataError(f"{path} cannot be read: {error}") from error
    return found


def sound(path: Path) -> bool:
    """Whether a compressed file is whole by its own checksums; False where it has none."""
    known = remembered(path, SOUND)
    if known is None:
        facts = path.stat()
        known = "yes" if _reads_through(path) else "no"
        _remember(path, SOUND, facts, known)
    return known == "yes"


def list_digest(found: Mapping[str, str]) -> str:
    """SHA-256 of what `content` found, as the catalogue states it."""
    lines = (f"{found[name]}  {name}\n" for name in sorted(found))
    return sha256("".join(lines).encode()).hexdigest()


def _of_file(path: Path) -> str:
    state = sha256()
    with path.open("rb") as file:
        with working(f"verifying {path.name}", path.stat().st_size, "bytes") as work:
            while chunk := file.read(CHUNK):
                state.update(chunk)
                work.advance(len(chunk))
    return state.hexdigest()


def _reads_through(path: Path) -> bool:
    if is_archive(path):
        try:
            return bool(content(path, "(.+)"))
        except DataError:
            return False
    if path.suffix.lower() != ".gz":
        return False
    try:
        with gzip.open(path) as file:
            while file.read(CHUNK):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _memory() -> Path:
    return cache_folder() / "catalog.json"


def _key(path: Path, pattern: str | None) -> str:
    return f"{os.path.abspath(path)} {pattern or ''}"


def _recall() -> dict[str, Any]:
    try:
        found = json.loads(_memory().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # lost or damaged: everything is read again
    return found if isinstance(found, dict) else {}


def _remember(path: Path, pattern: str | None, facts: os.stat_result, found: str) -> None:
    known = _recall()
    known[_key(path, pattern)] = [facts.st_size, facts.st_mtime_ns, found]
    memory = _memory()
    with suppress(OSError):  # a memory that cannot be written only costs time
        memory.parent.mkdir(parents=True, exist_ok=True)
        with replacing(memory) as file:
            file.write(json.dumps(known).encode())
