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
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from dlsuite.data.hashing import content_key
from dlsuite.data.image_index import Found, Index
from dlsuite.progress import working
from dlsuite.types import Tensor, Tree

SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".pgm", ".ppm", ".pnm", ".tif", ".tiff", ".webp")
)
JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
CHUNK = 64  # files that a thread reads before it reports
ABSENT = "absent"  # stamp of what cannot be asked, such as a link to nothing
Channels = Literal[1, 3]
Verify = Literal["header", "decode"]


@dataclass(frozen=True)
class Checked:
    """Content hash of each file and why it cannot be read, or an empty string; `[N]` both."""

    keys: np.ndarray
    reasons: np.ndarray


def check_files(
    root: Path,
    paths: Sequence[str],
    cache: Path,
    verify: Verify,
    stamps: Sequence[str] | None = None,
) -> Checked:
    """Reads what is new or changed among `paths` below `root`, and remembers it in `cache`.

    Args:
        root: The folder.
        paths: Files below it.
        cache: Where the index of checked files is kept.
        verify: `decode` decodes each file, `header` looks at its header and end.
        stamps: Size and date of each file as `stamp_of` tells them, where they are known.
    """
    told = [stamp_of(root / path) for path in paths] if stamps is None else stamps
    wanted = [f"{stamp} {verify}" for stamp in told]
    place = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:24]
    index = Index(cache / "index" / f"{place}.jsonl")
    new = [path for path, stamp in zip(paths, wanted, strict=True) if not index.find(path, stamp)]
    if new:
        current = dict(zip(paths, wanted, strict=True))
        with working("checking pictures", len(new), "pictures") as work:
            for findings in _checked(root, new, current, verify):
                index.add(findings)
                work.advance(len(findings))
    index.tidy()
    found = [index.known[path] for path in paths]
    return Checked(
        keys=np.array([each.key for each in found], "U32"),
        reasons=np.array([each.reason for each in found], dtype=object),
    )


def stamp_of(file: Path | os.DirEntry[str]) -> str:
    """What changes when a file does: its size and date."""
    try:
        facts = file.stat()
    except OSError:
        return ABSENT
    return f"{facts.st_size} {facts.st_mtime_ns}"


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


def _checked(
    root: Path, paths: Sequence[str], stamps: Mapping[str, str], verify: Verify
) -> Iterator[dict[str, Found]]:
    """Findings of a few files at a time, in any order; only so many wait as are being read."""
    chunks = (paths[start : start + CHUNK] for start in range(0, len(paths), CHUNK))
    workers = 2 * (os.cpu_count() or 1)

    def check(chunk: Sequence[str]) -> dict[str, Found]:
        return {path: Found(stamps[path], *_check(root / path, verify)) for path in chunk}

    with ThreadPoolExecutor(workers) as pool:
        waiting: set[Future[dict[str, Found]]] = set()
        try:
            for chunk in chunks:
                waiting.add(pool.submit(check, chunk))
                if len(waiting) > workers:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (each.result() for each in done)
            yield from (each.result() for each in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)


def _check(path: Path, verify: Verify) -> tuple[str, str]:
    """Content key of a file and why it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return "", f"cannot be read: {error.strerror}"
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
    """What `decode` would say, without a graph around it."""
    import tensorflow as tf

    if not data.startswith((JPEG_START, PNG_START[: len(JPEG_START)])):
        return ""  # decoded once already
    try:
        tf.io.decode_image(data, 3, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        # Without the names of the operation before and after it.
        return f"damaged: {error.message.rpartition('} ')[2].partition(' [Op:')[0]}"
    return ""
