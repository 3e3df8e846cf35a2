"""Arrays that would do harm: each writes the file `marker` if something of it is ever executed.

Weights are in `malicious_weights`, SavedModels in `malicious_models`.
"""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

Craft = Callable[[Path, Path], Path]  # (folder, marker) -> the file
HUGE = 10**13


class Bomb:
    """Unpickled, it writes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return Path.touch, (self.marker,)


def objects(marker: Path) -> np.ndarray:
    """An array that is pickled when it is stored."""
    return np.array([Bomb(marker)], dtype=object)


def header(shape: tuple[int, ...]) -> bytes:
    """The beginning of an .npy that says it is of that shape, and nothing after it."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (63 - (len(text) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def pickled_npz(folder: Path, marker: Path) -> Path:
    np.savez(folder / "a.npz", x=objects(marker), features=objects(marker))
    return folder / "a.npz"


def pickled_npy(folder: Path, marker: Path) -> Path:
    np.save(folder / "a.npy", objects(marker), allow_pickle=True)
    return folder / "a.npy"


def bare_pickle(folder: Path, marker: Path) -> Path:
    (folder / "a.npy").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "a.npy"


def bare_pickle_npz(folder: Path, marker: Path) -> Path:
    (folder / "a.npz").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "a.npz"


def huge_npy(folder: Path, marker: Path) -> Path:
    (folder / "a.npy").write_bytes(header((HUGE, 4)) + b"\0" * 64)
    return folder / "a.npy"


def huge_npz(folder: Path, marker: Path) -> Path:
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        archive.writestr("features.npy", header((HUGE, 4)) + b"\0" * 64)
    return folder / "a.npz"


def bomb_npz(folder: Path, marker: Path) -> Path:
    """Many zeros in little space, said to be four numbers."""
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("features.npy", "w", force_zip64=True) as member:
            member.write(header((1, 4)))
            member.write(bytes(2**24))
    return folder / "a.npz"


def climbing_npz(folder: Path, marker: Path) -> Path:
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        archive.writestr(f"../{marker.name}", b"x")
        archive.writestr(str(marker), b"x")
    return folder / "a.npz"


ARRAYS: tuple[Craft, ...] = (
    *(pickled_npz, pickled_npy, bare_pickle, bare_pickle_npz),
    *(huge_npy, huge_npz, bomb_npz, climbing_npz),
)
