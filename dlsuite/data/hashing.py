"""Content hashes: what an example is called, whatever its place in a file or folder."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b, sha256

import numpy as np

KEY_BYTES = 16  # 128 bits: no two of a billion different examples are expected to collide


def content_key(content: bytes | memoryview) -> str:
    """Key of one example given as bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=KEY_BYTES).hexdigest()


def array_keys(array: np.ndarray) -> np.ndarray:
    """Key of each item `array[i]` with its shape and type, shape `[N]`."""
    prefix = f"{array.dtype.str}{array.shape[1:]}".encode()
    items = np.ascontiguousarray(array)
    keys = [blake2b(prefix + item.tobytes(), digest_size=KEY_BYTES).hexdigest() for item in items]
    return np.array(keys, dtype="U32")


def column_keys(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Key of each row of a table given as its columns, numbers or strings, shape `[N]`."""
    fields = [_as_bytes(column) for column in columns]
    # The unit separator keeps ("a", "bc") and ("ab", "c") apart.
    return np.array([content_key(b"\x1f".join(row)) for row in zip(*fields, strict=True)], "U32")


def ranks(names: Iterable[str], seed: int) -> np.ndarray:
    """A pseudorandom number for each name, the same for the same name and seed, uint64 `[N]`."""
    salt = f"{seed}:".encode()
    digests = (blake2b(salt + name.encode(), digest_size=8).digest() for name in names)
    return np.frombuffer(b"".join(digests), dtype="<u8")


def set_hash(lines: Iterable[str]) -> str:
    """SHA-256 of a collection of lines in any order."""
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _as_bytes(column: np.ndarray) -> list[bytes]:
    if column.dtype.kind in "OUS":
        return [str(value).encode() for value in column]
    return [value.tobytes() for value in np.ascontiguousarray(column)]
