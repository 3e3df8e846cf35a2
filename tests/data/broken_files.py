"""Whole files of every form, and the same cut, changed or replaced at random."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from dlsuite.data import Examples, sources
from tests.data import odd_archives, odd_arrays, odd_pictures, odd_tables


@dataclass(frozen=True)
class Whole:
    """A good file: its name, its bytes, and the source that reads it."""

    file: str
    contents: Callable[[], bytes]
    source: str

    def __call__(self) -> bytes:
        return self.contents()


def _picture(form: str, side: int = 24) -> bytes:
    return odd_pictures.saved(odd_pictures.colours(5, side), form)


def _sixteen() -> bytes:
    values = np.random.default_rng(0).integers(0, 2**16, (24, 24), np.uint16)
    return odd_pictures.saved(Image.fromarray(values), "TIFF")


def _idx() -> bytes:
    return odd_arrays.idx_bytes(odd_arrays.IMAGES)


WHOLE: dict[str, Whole] = {
    "csv": Whole("data.csv", lambda: odd_tables.table('1,2,"y, e\ns"').encode(), "csv"),
    "csv.gz": Whole("data.csv.gz", lambda: gzip.compress(odd_tables.table().encode()), "csv"),
    "npz": Whole("data.npz", odd_arrays.stored, "arrays"),
    "idx": Whole("train-images-idx3-ubyte", _idx, "idx"),
    "idx.gz": Whole("train-images-idx3-ubyte.gz", lambda: gzip.compress(_idx()), "idx"),
    "zip": Whole("a.zip", odd_archives.zipped, "archive"),
    "tar": Whole("a.tar", partial(odd_archives.tarred, mode="w:"), "archive"),
    "tar.gz": Whole("a.tar.gz", odd_archives.tarred, "archive"),
    "tar.bz2": Whole("a.tar.bz2", partial(odd_archives.tarred, mode="w:bz2"), "archive"),
    "tar.xz": Whole("a.tar.xz", partial(odd_archives.tarred, mode="w:xz"), "archive"),
    "tiff of 16 bits": Whole("odd.tif", _sixteen, "picture"),
    **{
        form.lower(): Whole(f"odd.{form.lower()}", partial(_picture, form), "picture")
        for form in ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")
    },
}


def broken(data: bytes, chance: Random) -> bytes:
    """The bytes cut, changed, mixed up or replaced; mostly a little, near the beginning too."""
    changed = bytearray(data)
    way = chance.randrange(6)
    if way == 0:
        return data[: chance.randrange(len(data))]
    if way == 1:
        return chance.randbytes(chance.randrange(2_000))
    end = chance.choice((64, len(data)))
    for _ in range(chance.choice((1, 1, 3, 30))):
        place = chance.randrange(min(end, len(changed)))
        if way == 2:
            changed[place] ^= 1 << chance.randrange(8)
        elif way == 3:
            changed[place] = chance.choice((0, 1, 10, 34, 44, 127, 128, 255, chance.randrange(256)))
        elif way == 4:
            changed[place:place] = chance.randbytes(chance.randrange(1, 9))
        else:
            del changed[place : place + chance.randrange(1, 9)]
            if not changed:
                break
    return bytes(changed)


def read_whole(name: str, data: bytes, folder: Path, channels: int) -> int:
    """Reads such a file and every example of it; how many there are.

    Raises:
        DataError: It is refused.
    """
    whole = WHOLE[name]
    if whole.source == "picture":
        root = odd_pictures.two_classes(folder)
        (root / "cat" / whole.file).write_bytes(data)
        return _count(_pictures(root, folder, channels))
    (folder / whole.file).write_bytes(data)
    if whole.source == "archive":
        return _count(_pictures(folder / whole.file, folder, channels))
    if whole.source == "idx":
        labels = odd_arrays.CLASSES.astype(np.uint8)
        (folder / "train-labels-idx1-ubyte").write_bytes(odd_arrays.idx_bytes(labels))
        return _count(sources.idx(str(folder)).parts["all"])
    read = sources.arrays if whole.source == "arrays" else partial(sources.csv, target="y")
    return _count(read(str(folder / whole.file)).parts["all"])


def _pictures(place: Path, folder: Path, channels: int) -> Examples:
    kept = str(folder / "cache")
    return sources.image_folder(str(place), channels=channels, cache=kept).parts["all"]  # type: ignore[arg-type]


def _count(examples: Examples) -> int:
    for index in range(len(examples)):
        examples.read(index)
    return len(examples)
