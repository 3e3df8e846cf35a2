"""Image files: how they are checked, and how one is decoded.

What is checked of every file: that it is an image at all, that its header can be read and that it
is whole. A JPEG must reach its end mark and a PNG must pass its checksums; other forms, which
carry neither, are decoded once. The bytes are read for the content hash anyway. What this misses
is damage inside of a JPEG, which `verify="decode"` finds for the price of an epoch's decoding.
Findings are kept in an index by path, size and date: the second run only asks for the dates.
"""

import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from dlsuite.data.hashing import content_key
from dlsuite.types import Tensor, Tree

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".pgm", ".ppm", ".pnm", ".tif", ".tiff", ".webp")
)
JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
Channels = Literal[1, 3]
Verify = Literal["header", "decode"]


@dataclass(frozen=True)
class Checked:
    """Content hash of each file and why it cannot be read, or an empty string; `[N]` both."""

    keys: np.ndarray
    reasons: np.ndarray


def check_files(root: Path, paths: Sequence[str], cache: Path, verify: Verify) -> Checked:
    """Reads what is new or changed among `paths` below `root`, and remembers it in `cache`."""
    dates = [f"{_date(root / path)} {verify}" for path in paths]
    index = cache / "index" / f"{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:24]}.npz"
    known = _read_index(index)
    wanted = list(zip(paths, dates, strict=True))
    new = [item for item in wanted if item not in known]
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda item: _check(root / item[0], verify), new)
        known.update(zip(new, found, strict=True))
    if new:
        _write_index(index, {item: known[item] for item in wanted})
    keys, reasons = zip(*(known[item] for item in wanted), strict=True) if wanted else ((), ())
    return Checked(np.array(keys, "U32"), np.array(reasons, "U"))


def image_reader(root: Path, channels: Channels) -> Callable[[Tree], Tree]:
    """The `decode` of image examples: `{"path", "label"}` to `{"image": uint8 [H, W, C], "label"}`.

    Paths are below `root`. Grey is made of colour by the luma formula, colour of grey by repeating
    it; transparency is dropped, an animation gives its first picture, and an orientation tag is
    not obeyed.
    """
    folder = os.fsencode(root) + b"/"

    def read(row: Tree) -> Tree:
        import tensorflow as tf

        contents = tf.io.read_file(tf.strings.join([folder, row["path"]]))
        return {
            **{n: v for n, v in row.items() if n != "path"},
            "image": decode(contents, channels),
        }

    return read


def decode(contents: Tensor, channels: Channels) -> Tensor:
    """TensorFlow function from the bytes of one image file to uint8 `[H, W, C]`."""
    import tensorflow as tf

    def by_pillow() -> Tensor:
        return tf.numpy_function(
            lambda data: _pillow_decode(data, channels), [contents], tf.uint8, stateful=False
        )

    start = tf.strings.substr(contents, 0, len(JPEG_START))
    image = tf.cond(
        (start == JPEG_START) | (start == PNG_START[: len(JPEG_START)]),
        lambda: tf.io.decode_image(contents, channels, expand_animations=False),
        by_pillow,
    )
    return tf.ensure_shape(image, [None, None, channels])


def _pillow_decode(data: bytes | np.ndarray, channels: Channels) -> np.ndarray:
    from PIL import Image

    contents = (
        data if isinstance(data, bytes) else data.item()
    )  # an array where TensorFlow is eager
    with Image.open(io.BytesIO(contents)) as image:
        pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels)


def _check(path: Path, verify: Verify) -> tuple[str, str]:
    data = path.read_bytes()
    reason = _reason(data)
    if not reason and verify == "decode":
        reason = _decoding_error(data)
    return content_key(data), reason


def _reason(data: bytes) -> str:
    """Why these bytes are no image, or an empty string."""
    from PIL import Image

    if not data:
        return "the file is empty"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                if image.format == "JPEG":
                    whole = data.find(JPEG_END, data.rfind(JPEG_SCAN)) >= 0
                    return "" if whole else "the JPEG ends before its end mark"
                if image.format == "PNG":
                    image.verify()
                else:
                    image.load()
    except Image.UnidentifiedImageError:
        if data.startswith((JPEG_START, PNG_START)):
            return "a damaged picture: its beginning is right and what follows is not"
        return f"not an image; it begins with {data[:8]!r}"
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them
        return f"damaged: {error}"
    return ""


def _decoding_error(data: bytes) -> str:
    import tensorflow as tf

    try:
        decode(tf.constant(data), 3)
    except tf.errors.InvalidArgumentError as error:
        # Without the names of the operation before and after it.
        return f"damaged: {error.message.rpartition('} ')[2].partition(' [Op:')[0]}"
    return ""


def _date(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"


def _read_index(index: Path) -> dict[tuple[str, str], tuple[str, str]]:
    if not index.exists():
        return {}
    with np.load(index) as columns:
        names, dates, keys, reasons = (columns[n].tolist() for n in ("path", "date", "key", "why"))
    found = zip(keys, reasons, strict=True)
    return dict(zip(zip(names, dates, strict=True), found, strict=True))


def _write_index(index: Path, known: dict[tuple[str, str], tuple[str, str]]) -> None:
    index.parent.mkdir(parents=True, exist_ok=True)
    names, dates = zip(*known, strict=True)
    keys, reasons = zip(*known.values(), strict=True)
    with tempfile.NamedTemporaryFile(dir=index.parent, delete=False) as file:
        np.savez(file, path=names, date=dates, key=keys, why=reasons)
    os.replace(file.name, index)
