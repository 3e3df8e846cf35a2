"""What was found out about files, kept until they change: a line for each, written as it is found.

A line is the CRC-32 of its JSON, a space and the JSON: path, stamp, content key, reason. Lines are
only appended, so that an interrupted check loses none; a later line of a path replaces an earlier
one, and a damaged line is a file that is read again. After the reason stand height, width and form.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dlsuite.data.replacing import replacing

STALE = 1.5  # lines for each file from which the index is written anew


class Found(NamedTuple):
    """What is known of a file as long as it has this stamp."""

    stamp: str
    key: str
    reason: str
    height: int = 0
    width: int = 0
    form: str = ""


class Index:
    """The findings below one folder, in one file.

    An index that cannot be written is no error: it only saves time.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, Found] = {}
        self.lines = 0
        self.torn = b""  # what ends a line whose writer was killed
        texts = []
        with contextlib.suppress(OSError), file.open("rb") as lines:
            for line in lines:
                self.lines += 1
                self.torn = b"" if line.endswith(b"\n") else b"\n"
                texts += _text(line)
        # All at once: line by line JSON takes seconds for a large folder.
        for path, *found in json.loads(b"[%s]" % b",".join(texts)):
            if len(found) == len(Found._fields):
                self.known[path] = Found(*found)

    def find(self, path: str, stamp: str) -> Found | None:
        """What is known of a file, if it has not changed."""
        found = self.known.get(path)
        return found if found is not None and found.stamp == stamp else None

    def add(self, findings: Mapping[str, Found]) -> None:
        """Remembers, at once and on disk."""
        self.known.update(findings)
        self.lines += len(findings)
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as lines:
                lines.write(self.torn + b"".join(_written(findings.items())))
                self.torn = b""

    def tidy(self) -> None:
        """Writes the file anew, once much of it is out of date."""
        if self.lines <= STALE * len(self.known) + 1000:
            return
        with contextlib.suppress(OSError):
            with replacing(self.file) as draft:
                draft.writelines(_written(self.known.items()))
            self.lines = len(self.known)


def _written(findings: Iterable[tuple[str, Found]]) -> Iterator[bytes]:
    for path, found in findings:
        text = json.dumps([path, *found]).encode()  # ASCII, whatever bytes a name has
        yield b"%08x %s\n" % (zlib.crc32(text), text)


def _text(line: bytes) -> list[bytes]:
    """The JSON of a line, nothing if it is damaged."""
    text = line[9:-1]
    with contextlib.suppress(ValueError):
        if line.endswith(b"\n") and int(line[:8], 16) == zlib.crc32(text):
            return [text]
    return []
