"""The bytes of one picture: whether they are whole, and the pixels that they hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from dlsuite.types import Tensor

if TYPE_CHECKING:
    from PIL import Image

JPEG_START, PNG_START = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
JPEG_SCAN, JPEG_END = b"\xff\xda", b"\xff\xd9"
# Forms that are read. Others that Pillow knows stay closed: for some it starts programs.
FORMS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
MOST_PIXELS = 89_478_485  # Pillow's own limit: a quarter of a GiB in colour
# Beyond so many a file must hold them: a page of text, packed as well as can be, has 700 a byte.
MANY_PIXELS, MOST_A_BYTE = 2**24, 2_000
LARGEST_FILE = 2**29  # bytes; so many pixels of 16 bits in colour
BITS_PER_SAMPLE = 258  # TIFF's tag

Channels = Literal[1, 3]
FOUR_INKS = "JPEG of four inks"
# Forms that TensorFlow reads, by channels: it makes no grey of four inks.
SIMPLE = {1: frozenset(("JPEG", "PNG")), 3: frozenset(("JPEG", "PNG", FOUR_INKS))}
Size = tuple[int, int]  # height and width in pixels
Verify = Literal["header", "decode"]


class Examined(NamedTuple):
    """What the bytes of a file are.

    Attributes:
        reason: Why they are no picture that can be read, or an empty string.
        height: In pixels; 0 of what is none.
        width: Likewise.
        form: What it is, such as `JPEG`; empty of what is no picture.
    """

    reason: str
    height: int = 0
    width: int = 0
    form: str = ""


class Unreadable(ValueError):
    """Why bytes are no picture that can be read."""


def decode(contents: Tensor, channels: Channels, simple: bool = False) -> Tensor:
    """TensorFlow function from the bytes of one image file to uint8 `[H, W, C]`.

    Pixels of 16 bits keep their upper eight.

    Args:
        contents: The bytes, a string.
        channels: C.
        simple: Whether they are known to be of a form in `SIMPLE`: to ask each file takes a third
            of the time of a small one.
    """
    import tensorflow as tf

    def by_tensorflow() -> Tensor:
        return tf.io.decode_image(contents, channels, expand_animations=False)

    def by_pillow() -> Tensor:
        return tf.numpy_function(
            lambda data: pixels(data if isinstance(data, bytes) else data.item(), channels),
            [contents],
            tf.uint8,
            stateful=False,
        )

    if simple:
        image = by_tensorflow()
    else:
        image = tf.cond(_is_simple(contents, channels), by_tensorflow, by_pillow)
    return tf.ensure_shape(image, [None, None, channels])


def _is_simple(contents: Tensor, channels: Channels) -> Tensor:
    """Whether the bytes begin as a form in `SIMPLE` does, a bool."""
    import tensorflow as tf

    start = tf.strings.substr(contents, 0, len(JPEG_START))
    jpeg = start == JPEG_START
    known = jpeg | (start == PNG_START[: len(JPEG_START)])
    if channels == 3:
        return known
    inks = tf.cond(jpeg, lambda: tf.image.extract_jpeg_shape(contents)[2], lambda: 0)
    return known & (inks < 4)


def pixels(data: bytes, channels: Channels) -> np.ndarray:
    """The same by Pillow, for every form that is read.

    Raises:
        Unreadable: It is no picture, too large, or of pixels that 8 bits cannot hold.
    """
    with opened(data) as image:
        plain = of_eight_bits(image).convert("L" if channels == 1 else "RGB")
        found = np.asarray(plain)
    return found.reshape(*found.shape[:2], channels)


@contextmanager
def opened(source: bytes | Path) -> Iterator[Image.Image]:
    """A picture of a form and size that is read; only its header is looked at.

    Args:
        source: Its bytes, or its file.

    Raises:
        Unreadable: It is none, or larger.
    """
    # The latter two are told to Pillow by being imported.
    from PIL import Image, TiffImagePlugin, WebPImagePlugin  # noqa: F401

    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        with Image.open(file, formats=FORMS) as image:
            _check_size(image.width * image.height, source)
            yield image
    except Image.DecompressionBombError as error:
        found = re.search(r"\d+", str(error))
        raise Unreadable(_too_many(int(found[0])) if found else str(error)) from error
    except Image.UnidentifiedImageError as error:
        raise Unreadable(_unidentified(source)) from error


def examined(data: bytes, verify: Verify) -> Examined:
    """Whether these bytes are a picture, and which."""
    if not data:
        return Examined("the file is empty")
    try:
        with opened(data) as image:
            fine = Examined("", image.height, image.width, _form(image))
            if image.format == "JPEG":
                if data.find(JPEG_END, data.rfind(JPEG_SCAN)) < 0:
                    return Examined("the JPEG ends before its end mark")
            elif image.format == "PNG":
                image.verify()
            else:
                of_eight_bits(image).convert("RGB")
    except Unreadable as error:
        return Examined(str(error))
    except Exception as error:  # Pillow's readers raise whatever a damaged file makes them
        return Examined(f"damaged: {str(error) or type(error).__name__}")
    wrong = _decoding_error(data) if verify == "decode" else ""
    return Examined(wrong) if wrong else fine


def _form(image: Image.Image) -> str:
    form = image.format or ""
    if form not in ("JPEG", "MPO"):  # the latter are JPEGs with further pictures behind the first
        return form
    return FOUR_INKS if image.mode == "CMYK" else "JPEG"


def of_eight_bits(image: Image.Image) -> Image.Image:
    """The picture with the upper eight bits of pixels of 16, which Pillow would cut off at 255.

    Raises:
        Unreadable: Its pixels are of 32 bits.
    """
    from PIL import Image

    bits = 16
    if image.format == "TIFF":
        bits = max(image.tag_v2.get(BITS_PER_SAMPLE, (8,)))  # type: ignore[attr-defined]
    if image.mode == "F" or (image.mode == "I" and image.format not in ("PPM", "PNG")):
        raise Unreadable("pixels of 32 bits, whose range is not known; 8 and 16 bits are read")
    if image.mode == "I" or image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> (bits - 8)).astype(np.uint8))
    return image


def _unidentified(source: bytes | Path) -> str:
    if isinstance(source, Path):
        with source.open("rb") as file:
            source = file.read(16)
    if source.startswith((JPEG_START, PNG_START)):
        return "a damaged picture: its beginning is right and what follows is not"
    return f"not an image; it begins with {source[:8]!r}"


def _check_size(count: int, source: bytes | Path) -> None:
    if count > MOST_PIXELS:
        raise Unreadable(_too_many(count))
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if count > MANY_PIXELS and count > MOST_A_BYTE * size:
        raise Unreadable(f"{count:,} pixels in {size:,} bytes, and at most {MOST_A_BYTE:,} a byte")


def _too_many(count: int) -> str:
    return f"{count:,} pixels, and at most {MOST_PIXELS:,} are decoded"


def _decoding_error(data: bytes) -> str:
    """What `decode` would say of a form that TensorFlow reads, without a graph around it."""
    if not data.startswith((JPEG_START, PNG_START[: len(JPEG_START)])):
        return ""  # decoded once already
    import tensorflow as tf

    try:
        tf.io.decode_image(data, 3, expand_animations=False)
    except tf.errors.OpError as error:
        # Without the names of the operation before and after it.
        return f"damaged: {error.message.rpartition('} ')[2].partition(' [Op:')[0]}"
    return ""
