"""Compressed bytes, read no further than they may grow: a small file must not fill the disk."""

import io
from pathlib import Path
from typing import Any

from dlsuite.data.examples import DataError

# Deflate reaches 1,032 times at most; texts and pictures stay below 50, bombs near the most.
MOST_TIMES = 200
FREE = 2**26  # bytes that anything may become
FREE_ROWS = 2**24  # bytes of text, which as rows in memory are 30 times as much at worst
UNPACK = "unpack it yourself and give the folder"
AT_ONCE = 2**22  # bytes that nothing honest asks for at once, such as the name of a member


class Bounded(io.RawIOBase):
    """What a decompressor gives, until that is too much for the size of its file.

    Args:
        path: The compressed file.
        file: The decompressor.
        free: Bytes that it may give, however small the file is.

    Raises:
        DataError: While reading: more than these and 200 times the file's size.
    """

    def __init__(self, path: Path, file: Any, free: int = FREE) -> None:
        super().__init__()
        self.path, self.file, self.free = path, file, free
        self.packed = path.stat().st_size
        self.last = b""  # that was read

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.file.tell()

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        check_growth(self.path, self.packed, place, self.free)
        return self.file.seek(place, whence)

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > AT_ONCE:
            raise DataError(
                f"{self.path} may hold no header of more than {AT_ONCE:,} bytes. "
                f"Received: one of {size:,}."
            )
        found = self.last = self.file.read(size)
        check_growth(self.path, self.packed, self.file.tell(), self.free)
        return found

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self.read(min(len(buffer), AT_ONCE))
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        self.file.close()
        super().close()


def check_growth(path: Path, packed: int, unpacked: int, free: int = FREE) -> None:
    """Refuses a file of `packed` bytes that becomes `unpacked` bytes or more.

    Raises:
        DataError: That is more than any data does.
    """
    if unpacked > free and unpacked > MOST_TIMES * packed:
        raise DataError(
            f"{path} may become at most {MOST_TIMES} times as large as it is, or "
            f"{free >> 20} MiB; if you trust it, {UNPACK} or file. "
            f"Received: {packed:,} bytes that become {unpacked:,} or more."
        )
