"""Picture files for a served classifier: which files, and their bytes in a form it can decode."""

from __future__ import annotations

import io
from pathlib import Path

SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"),
}
DECODED_BY_TENSORFLOW = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG, JPEG, for any channels


def encoded_image(path: Path) -> bytes:
    """The bytes of a PNG or JPEG file; a picture of another form that training reads, as PNG.

    Raises:
        OSError: If it is no picture, or a broken one.
    """
    data = path.read_bytes()
    return data if data.startswith(DECODED_BY_TENSORFLOW) else as_png(data)


def as_png(data: bytes) -> bytes:
    """An encoded picture of any form that training reads, as PNG; the first of several frames.

    Raises:
        OSError: If it is no picture, or a broken one.
    """
    from dlsuite.data.picture_bytes import of_eight_bits, opened

    if not data:
        raise OSError("the file is empty")
    try:
        with opened(data) as image:
            eight = of_eight_bits(image)
            plain = eight.convert(eight.mode if eight.mode in ("L", "RGB", "RGBA") else "RGB")
    except (SyntaxError, ValueError) as error:
        raise OSError(str(error)) from error  # Pillow's words for some broken files
    png = io.BytesIO()
    plain.save(png, "PNG")
    return png.getvalue()
