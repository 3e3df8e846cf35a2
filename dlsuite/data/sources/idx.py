"""IDX files, the form of MNIST and its successors."""

import gzip
import math
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import numpy as np
from pydantic import Field

from dlsuite.data.bad_examples import (
    OnBadExample,
    bad_labels,
    check_classes,
    numbered_classes,
    settle,
)
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.file_names import near_miss
from dlsuite.data.hashing import array_keys
from dlsuite.host_memory import host_memory

PREFIXES = {"train": "train", "test": "t10k"}  # split -> how its files' names begin
IMAGES, LABELS = "images", "labels"
AT_ONCE = 2**24  # bytes
# Third byte of the header -> type (Y. LeCun's page of MNIST).
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def idx(
    path: Annotated[str, Field(min_length=1)],
    *,
    class_names: Sequence[str] | None = None,
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Images and labels from a folder with the four IDX files of MNIST, gzipped or not.

    The files are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same with `t10k`,
    which are the given test set; both of it may be missing.

    Args:
        path: The folder.
        class_names: Names of labels 0, 1, …; their numbers if None.
        on_bad_example: Whether labels out of range, and classes without images, are errors or
            left out.

    Returns:
        Examples `{"image": uint8 [H, W, C], "label": int32}`; grey images have C = 1.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"`path` must be a folder with IDX files. Received: {path}.{near_miss(folder)}"
        )
    loaded = {
        part: (_array(folder, prefix, IMAGES), _array(folder, prefix, LABELS))
        for part, prefix in PREFIXES.items()
        if part == "train" or _found(folder, prefix, IMAGES) or _found(folder, prefix, LABELS)
    }
    for part, (images, labels) in loaded.items():
        _check_shapes(folder, part, images, labels)
    everyone = np.concatenate([labels for _, labels in loaded.values()]).astype(np.int64)
    names = numbered_classes(everyone, class_names)
    bad = {part: bad_labels(labels, len(names), part) for part, (_, labels) in loaded.items()}
    all_bad = [item for found in bad.values() for item in found]
    settle(all_bad, len(everyone), "labels", on_bad_example, path)
    count = Counter(everyone.tolist())
    check_classes({name: count[i] for i, name in enumerate(names)}, on_bad_example)
    parts = {}
    for part, (images, labels) in loaded.items():
        good = (labels >= 0) & (labels < len(names))
        everything = _examples(images, labels)
        parts[part] = everything if good.all() else everything.take(good)
    if list(parts) == ["train"]:
        parts = {"all": parts["train"]}
    return Collection(parts, {"source": path, "class_names": names, "bad_examples": all_bad})


def _examples(images: np.ndarray, labels: np.ndarray) -> Examples:
    pixels = images if images.ndim == 4 else images[..., np.newaxis]
    classes = labels.astype(np.int32)
    return Examples(
        rows={"image": pixels, "label": classes}, keys=array_keys(pixels), strata=classes
    )


def _found(folder: Path, prefix: str, what: str) -> Path | None:
    files = sorted(f for f in folder.glob(f"{prefix}-{what}[-.]idx*") if f.is_file())
    return files[0] if files else None


def _array(folder: Path, prefix: str, what: str) -> np.ndarray:
    file = _found(folder, prefix, what)
    if file is None:
        dimensions = 3 if what == IMAGES else 1
        raise DataError(
            f"{folder} must hold {prefix}-{what}-idx{dimensions}-ubyte, with or without .gz. "
            f"Received: {', '.join(sorted(p.name for p in folder.iterdir())) or 'no files'}."
        )
    try:
        with file.open("rb") as plain:
            zipped = plain.read(2) == b"\x1f\x8b"
        with gzip.open(file) if zipped else file.open("rb") as stream:
            return _read(file, cast(BinaryIO, stream))
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{file} cannot be read: {error}") from error


def _read(file: Path, stream: BinaryIO) -> np.ndarray:
    """The array of a file; no more is unpacked than its header says."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES or not start[3]:
        raise DataError(
            f"{file} must begin with two zero bytes, the code of a type and the number of "
            f"dimensions. Received: {start!r}."
        )
    dtype = np.dtype(TYPES[start[2]])
    sides = stream.read(4 * start[3])
    shape = np.frombuffer(sides.ljust(4 * start[3], b"\0"), ">u4").tolist()
    expected = dtype.itemsize * math.prod(shape)
    if expected > host_memory().available:
        raise DataError(
            f"{file} must fit in memory. Received: {expected:,} bytes for the shape {shape}."
        )
    data = _pieces(stream, expected)
    more = len(stream.read(1))
    if len(data) != expected or len(sides) < 4 * start[3] or more:
        found = "more" if more else f"{4 + len(sides) + len(data):,} bytes"
        raise DataError(
            f"{file} must have {4 + 4 * start[3] + expected:,} bytes for the shape {shape} in its "
            f"header. Received: {found}."
        )
    return np.frombuffer(data, dtype).reshape(shape)


def _pieces(stream: BinaryIO, size: int) -> bytearray:
    """As many bytes as there are of `size`; room is taken as they come."""
    data = bytearray()
    while len(data) < size and (piece := stream.read(min(size - len(data), AT_ONCE))):
        data += piece
    return data


def _check_shapes(folder: Path, part: str, images: np.ndarray, labels: np.ndarray) -> None:
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise DataError(
            f"Images must be bytes [N, H, W] or [N, H, W, C]. Received in {folder}: {part} of type "
            f"{images.dtype} and shape {list(images.shape)}."
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise DataError(
            f"Labels must be whole numbers, one for each image. Received in {folder}: {part} with "
            f"{len(images):,} images and labels of type {labels.dtype}, shape "
            f"{list(labels.shape)}."
        )
