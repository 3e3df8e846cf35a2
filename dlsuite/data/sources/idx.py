"""IDX files, the form of MNIST and its successors."""

import gzip
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from dlsuite.data.bad_examples import OnBadExample, bad_labels, check_classes, settle
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.hashing import array_keys

PREFIXES = {"train": "train", "test": "t10k"}  # split -> how its files' names begin
IMAGES, LABELS = "images", "labels"
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
        raise DataError(f"`path` must be a folder with IDX files. Received: {path}.")
    loaded = {
        part: (_array(folder, prefix, IMAGES), _array(folder, prefix, LABELS))
        for part, prefix in PREFIXES.items()
        if part == "train" or _found(folder, prefix, IMAGES) or _found(folder, prefix, LABELS)
    }
    for part, (images, labels) in loaded.items():
        _check_shapes(folder, part, images, labels)
    everyone = np.concatenate([labels for _, labels in loaded.values()]).astype(np.int64)
    names = [str(name) for name in class_names or range(int(everyone.max(initial=-1)) + 1)]
    bad = {part: bad_labels(labels, len(names), part) for part, (_, labels) in loaded.items()}
    all_bad = [item for found in bad.values() for item in found]
    settle(all_bad, len(everyone), "labels", on_bad_example)
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
    files = sorted(folder.glob(f"{prefix}-{what}[-.]idx*"))
    return files[0] if files else None


def _array(folder: Path, prefix: str, what: str) -> np.ndarray:
    file = _found(folder, prefix, what)
    if file is None:
        dimensions = 3 if what == IMAGES else 1
        raise DataError(
            f"{folder} must hold {prefix}-{what}-idx{dimensions}-ubyte, with or without .gz. "
            f"Received: {', '.join(sorted(p.name for p in folder.iterdir())) or 'no files'}."
        )
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{file} cannot be unpacked: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise DataError(
            f"{file} must begin with two zero bytes, the code of a type and the number of "
            f"dimensions. Received: {data[:4]!r}."
        )
    dtype = np.dtype(TYPES[data[2]])
    start = 4 + 4 * data[3]
    shape = np.frombuffer(data[4:start].ljust(start - 4, b"\0"), ">u4").tolist()
    expected = start + dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    if len(data) != expected:
        raise DataError(
            f"{file} must have {expected:,} bytes for the shape {shape} in its header. "
            f"Received: {len(data):,} bytes."
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape)


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
