"""Odd .npz and IDX files."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.data.odd_files import Odd

COUNT = 30
CLASSES = np.arange(COUNT) % 3
NUMBERS = np.random.default_rng(0).normal(size=(COUNT, 4)).astype(np.float32)
IMAGES = np.random.default_rng(1).integers(0, 256, (COUNT, 8, 8), np.uint8)
ZIPPED_IMAGES = "train-images-idx3-ubyte.gz"


def stored(**arrays: Any) -> bytes:
    """An .npz of good numbers and classes but for what is given."""
    file = io.BytesIO()
    np.savez(file, **{"x": NUMBERS, "y": CLASSES, **arrays})
    return file.getvalue()


def replaced(index: Any, value: Any, array: np.ndarray = NUMBERS) -> np.ndarray:
    """The array with one value changed, in a type that holds it."""
    changed = array.astype(np.result_type(array, np.asarray(value).dtype))
    changed[index] = value
    return changed


def declared(shape: tuple[int, ...]) -> bytes:
    """An .npz whose x says to be of a shape, and holds four bytes."""
    head = io.BytesIO()
    kind = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, kind)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.npy", head.getvalue() + bytes(4))
        labels = io.BytesIO()
        np.save(labels, CLASSES)
        archive.writestr("y.npy", labels.getvalue())
    return file.getvalue()


def single() -> bytes:
    """An .npy."""
    file = io.BytesIO()
    np.save(file, NUMBERS)
    return file.getvalue()


def npz() -> Iterator[tuple[str, Callable[[], bytes], str]]:
    """What is odd, the bytes, and the refusal."""
    objects = np.array([{"a": 1}] * COUNT, dtype=object)
    pickled = "Received: x.npy of objects, which would have to be unpickled"
    yield "objects", lambda: stored(x=objects), pickled
    yield "objects that nobody asks for", lambda: stored(more=objects), ""
    yield "a pickle", lambda: __import__("pickle").dumps(objects), "cannot be read as an .npz"
    yield "a single array", single, r"Received: a single array, an \.npy"
    yield "of 0 bytes", bytes, "cannot be read as an .npz"
    yield "truncated", lambda: stored()[:-400], "cannot be read as an .npz"
    yield "x and y of other lengths", lambda: stored(y=CLASSES[:-1]), "must be of one length"
    bad = r"1 of 30 examples cannot be used.*\n  x\[7\]: a value is missing or infinite"
    for value in (np.nan, np.inf, 1e300):
        x = replaced((7, 1), value, NUMBERS.astype(np.float64))
        yield f"{value} among the inputs", lambda x=x: stored(x=x), bad
    values = NUMBERS[:, 0].astype(np.float64)
    for value in (np.nan, 1e300):
        y = replaced(7, value, values)
        yield f"{value} among the targets", lambda y=y: stored(y=y), bad
    yield "real numbers as labels", lambda: stored(y=CLASSES.astype(np.float32)), ""
    negative = r"x\[7\]: label -1 is out of the range 0 to 2"
    yield "a negative label", lambda: stored(y=replaced(7, -1, CLASSES)), negative
    high = "from 0 to 99,999 at most. Received: 4,000,000,000"
    yield "a label of 4 billion", lambda: stored(y=replaced(7, 4_000_000_000, CLASSES)), high
    unused = r"Every class needs at least one example: 7 of 11 have none"
    yield "labels with gaps", lambda: stored(y=replaced(7, 10, CLASSES)), unused
    yield "truths as labels", lambda: stored(y=CLASSES > 1), "y must be one number for each example"
    yield "texts as labels", lambda: stored(y=CLASSES.astype(str)), "y must be one number"
    less = r"must hold as much as it says\. Received: x\.npy of shape \[1000000000, 1000000000\]"
    yield "a shape of a quintillion", lambda: declared((10**9, 10**9)), less
    yield "a shape below 0", lambda: declared((-1, 4)), "must hold as much|cannot be read"
    yield "columns first in memory", lambda: stored(x=np.asfortranarray(NUMBERS)), ""
    yield "big-endian", lambda: stored(x=NUMBERS.astype(">f8"), y=CLASSES.astype(">i4")), ""
    fields = np.zeros(COUNT, [("a", "f4"), ("b", "i4")])
    kinds = r"x must be images as bytes 0 to 255.* Received: x of type "
    yield "fields with names", lambda: stored(x=fields), kinds
    yield "complex numbers", lambda: stored(x=NUMBERS * 1j), kinds
    yield "moments", lambda: stored(x=NUMBERS.astype("M8[s]")), kinds
    nothing = r"There must be examples in .*data\.npz\. Received: none"
    yield "no examples", lambda: stored(x=NUMBERS[:0], y=CLASSES[:0]), nothing
    yield "no columns", lambda: stored(x=NUMBERS[:, :0]), kinds
    yield "a single number", lambda: stored(x=np.float32(1), y=np.int32(1)), "Received"
    yield "groups of two columns", lambda: stored(groups=NUMBERS), "groups must be one number"
    yield "one class", lambda: stored(y=0 * CLASSES), ""
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("x.npy", "not an array")
        archive.writestr("y.npy", "neither")
    yield "texts called .npy", text.getvalue, "cannot be read as an .npz"


def idx_bytes(array: np.ndarray, kind: int = 8, shape: tuple[int, ...] | None = None) -> bytes:
    """An IDX file, which may say another shape than it has."""
    sides = array.shape if shape is None else shape
    header = bytes([0, 0, kind, len(sides)]) + struct.pack(f">{len(sides)}I", *sides)
    return header + array.tobytes()


def idx() -> Iterator[tuple[str, dict[str, bytes], str]]:
    """What is odd, the files by name, and the refusal."""
    images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
    x, y = idx_bytes(IMAGES), idx_bytes(CLASSES.astype(np.uint8))
    good = {images: x, labels: y}
    whole = gzip.compress(x)
    magic = r"must begin with two zero bytes.* Received: b'\\x01"
    yield "wrong magic number", {**good, images: b"\x01" + x[1:]}, magic
    yield "more images said than there are", {**good, images: x[:-1]}, "must have 1,936 bytes"
    yield "fewer images said than there are", {**good, images: x + b"x"}, "Received: more"
    fewer = {**good, labels: idx_bytes(CLASSES[:-1].astype(np.uint8))}
    yield "fewer labels than images", fewer, r"30 images and labels of type uint8, shape \[29\]"
    packed = {ZIPPED_IMAGES: whole[:-900], labels: y}
    yield "truncated gz", packed, "cannot be read: Compressed file ended before"
    crc = {ZIPPED_IMAGES: whole[:-8] + bytes(8), labels: y}
    yield "gz with a wrong checksum", crc, "cannot be read: CRC check failed"
    zeros = gzip.compress(x + bytes(2**25), 1)
    yield "gz bomb", {ZIPPED_IMAGES: zeros, labels: y}, "must have 1,936 bytes .* Received: more"
    vast = idx_bytes(IMAGES[:1], shape=(2**32 - 1,) * 3)
    yield "a shape beyond memory", {**good, images: vast}, "must fit in memory"
    wraps = idx_bytes(IMAGES[:1], shape=(2**31, 2**31, 4))
    yield "a shape that overflows", {**good, images: wraps}, "must fit in memory"
    yield "images of 0 bytes", {**good, images: b""}, r"Received: b''"
    none = {images: idx_bytes(IMAGES[:0]), labels: idx_bytes(CLASSES[:0].astype(np.uint8))}
    yield "no images", none, "There must be labels in"
    high = idx_bytes(np.full(COUNT, 2**31 - 1, ">i4"), 0x0C)
    yield "a label of 2 billion", {**good, labels: high}, "from 0 to 99,999 at most"
    low = idx_bytes(np.full(COUNT, -1, np.int8), 9)
    yield "negative labels", {**good, labels: low}, "label -1 is out of the range|None is left"
    real = idx_bytes(IMAGES.astype(">f4"), 0x0D)
    yield "images of real numbers", {**good, images: real}, "Images must be bytes"
    one = idx_bytes(0 * CLASSES.astype(np.uint8))
    yield "one class", {**good, labels: one}, ""


def odd() -> Iterator[Odd]:
    """Every odd file of arrays."""
    for name, contents, refused in npz():
        yield Odd(f"npz: {name}", "arrays", _npz(contents), refused, {"table": True})
    pictures = _npz(lambda: stored(x=IMAGES))
    yield Odd("npz: pictures", "arrays", pictures)
    flat = _npz(lambda: stored(x=IMAGES[:, :0]))
    yield Odd("npz: pictures without pixels", "arrays", flat, "x must be images as bytes")
    for name, files, refused in idx():
        yield Odd(f"idx: {name}", "idx", _idx(files), refused)


def _npz(contents: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data.npz").write_bytes(contents())
        return folder / "data.npz"

    return make


def _idx(files: dict[str, bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "idx").mkdir(parents=True)
        for name, data in files.items():
            (folder / "idx" / name).write_bytes(data)
        return folder / "idx"

    return make
