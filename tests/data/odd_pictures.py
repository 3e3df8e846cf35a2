"""Odd pictures: one among good ones in a folder of two classes."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tests.data.odd_files import Odd

GOOD = 6  # pictures of each class beside the odd one


def colours(seed: int, side: int = 8) -> Image.Image:
    """A picture of noise in colour."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8))


def saved(image: Image.Image, form: str, **choices) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    image.save(file, form, **choices)
    return file.getvalue()


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG that says what it is told to say; rows each begin with their filter."""

    def chunk(name: bytes, body: bytes) -> bytes:
        length, check = struct.pack(">I", len(body)), struct.pack(">I", zlib.crc32(name + body))
        return length + name + body + check

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def two_classes(folder: Path) -> Path:
    """`cat` and `dog` with good pictures, below `folder`."""
    root = folder / "pets"
    for place, name in enumerate(("cat", "dog")):
        (root / name).mkdir(parents=True, exist_ok=True)
        for number in range(GOOD):
            (root / name / f"{number}.png").write_bytes(saved(colours(10 * place + number), "PNG"))
    return root


def sixteen(*values: int) -> Image.Image:
    """A row of grey pixels of 16 bits."""
    return Image.fromarray(np.array([values], np.uint16))


def frames(form: str, **choices) -> bytes:
    """Three pictures one after the other, the first red."""
    first, *others = (Image.new("RGB", (4, 4), c) for c in ("red", "lime", "blue"))
    return saved(first, form, save_all=True, append_images=others, **choices)


def palette() -> bytes:
    """One red pixel, which is transparent, and a green one."""
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    return saved(image, "PNG", transparency=0)


def lying() -> bytes:
    """Four pixels high and two wide, with a tag that says to turn it."""
    tags = Image.Exif()
    tags[0x0112] = 6
    return saved(Image.new("RGB", (2, 4), "red"), "JPEG", exif=tags)


def files() -> Iterator[tuple[str, str | bytes, Callable[[], bytes], str]]:
    """What is odd, the name below `cat`, the bytes, and the refusal."""
    red = Image.new("RGB", (9, 7), (200, 30, 60))
    whole = {"jpg": saved(colours(1, 64), "JPEG"), "png": saved(colours(2, 64), "PNG")}
    yield "of 0 bytes", "odd.jpg", bytes, r"odd\.jpg: the file is empty"
    yield "of 1 x 1 pixel", "odd.png", lambda: saved(colours(3, 1), "PNG"), ""
    yield "in CMYK", "odd.jpg", lambda: saved(red.convert("CMYK"), "JPEG", quality=95), ""
    yield "PNG of 16 bits", "odd.png", lambda: saved(sixteen(0, 256, 32768, 65535), "PNG"), ""
    yield "TIFF of 16 bits", "odd.tif", lambda: saved(sixteen(0, 256, 32768, 65535), "TIFF"), ""
    yield "PGM of 16 bits", "odd.pgm", lambda: saved(sixteen(0, 256, 32768, 65535), "PPM"), ""
    row = b"\0" + np.array([[0, 256, 65535], [32768, 255, 1000]], ">u2").tobytes()
    yield "colour PNG of 16 bits", "odd.png", lambda: png(2, 1, 16, 2, row), ""
    grey = np.array([[0, 70_000]], np.int32)
    wide = r"odd\.tif: pixels of 32 bits, whose range is not known"
    yield "TIFF of 32 bits", "odd.tif", lambda: saved(Image.fromarray(grey), "TIFF"), wide
    real = grey.astype(np.float32)
    yield "TIFF of real numbers", "odd.tif", lambda: saved(Image.fromarray(real), "TIFF"), wide
    yield "palette with transparency", "odd.png", palette, ""
    clear = Image.fromarray(np.array([[[10, 0], [200, 128]]], np.uint8))
    yield "grey with transparency", "odd.png", lambda: saved(clear, "PNG"), ""
    yield "of 1 bit", "odd.pbm", lambda: saved(Image.new("1", (3, 2), 1), "PPM"), ""
    yield "moving GIF", "odd.gif", lambda: frames("GIF"), ""
    yield "moving PNG", "odd.png", lambda: frames("PNG"), ""
    yield "moving WebP", "odd.webp", lambda: frames("WEBP", lossless=True), ""
    many = r"100,000,000 pixels, and at most 89,478,485 are decoded"
    yield "PNG of 100 megapixels", "odd.png", lambda: png(10_000, 10_000, 8, 0, b""), many
    thin = r"56,000,000 pixels in \d+ bytes, and at most 2,000 a byte"
    yield "PNG of 56 megapixels in 70 bytes", "odd.png", lambda: png(8_000, 7_000, 8, 0, b""), thin
    most = r"4,000,000,000 pixels, and at most"
    yield "PNG of 4 gigapixels", "odd.png", lambda: png(200_000, 20_000, 8, 0, b""), most
    yield "turned by a tag", "odd.jpg", lying, ""
    cut = r"odd\.jpg: the JPEG ends before its end mark"
    yield "truncated JPEG", "odd.jpg", lambda: whole["jpg"][:999], cut
    yield "truncated PNG", "odd.png", lambda: whole["png"][:999], r"odd\.png: damaged: "
    yield "PNG called .jpg", "odd.jpg", lambda: whole["png"], ""
    yield "text called .jpg", "odd.jpg", lambda: b"see below", r"not an image; it begins with b'see"
    page = b"<!DOCTYPE html><p>404"
    yield "HTML called .png", "odd.png", lambda: page, r"not an image; it begins with b'<!DOCTY"
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    yield "SVG called .png", "odd.png", lambda: drawing, r"not an image; it begins with b'<svg xml'"
    yield "SVG", "odd.svg", lambda: drawing, ""
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(x) print\n%%EOF\n"
    program = r"not an image; it begins with b'%!PS"
    yield "PostScript called .jpg", "odd.jpg", lambda: script, program
    yield "ending in upper case", "ODD.JPG", lambda: whole["jpg"], ""
    yield "without ending", "odd", lambda: whole["jpg"], ""
    yield "name with spaces", "the odd one.png", lambda: whole["png"], ""
    yield "name with a line break", "odd\none.png", lambda: whole["png"], ""
    yield "name that is no UTF-8", b"odd\xe9.png", lambda: whole["png"], ""
    yield "name of pictures", "😀🐈.png", lambda: whole["png"], ""
    yield "very long name", f"{'o' * 250}.png", lambda: whole["png"], ""
    bad = r"odd\\xe9\.png: the file is empty"
    yield "broken, its name no UTF-8", b"odd\xe9.png", bytes, bad
    lines = r"odd\\none\.png: the file is empty"
    yield "broken, its name of two lines", "odd\none.png", bytes, lines


def _beside(name: str | bytes, contents: Callable[[], bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        root = two_classes(folder)
        with open(os.path.join(os.fsencode(root), b"cat", os.fsencode(name)), "wb") as file:
            file.write(contents())
        return root

    return make


def _changed(change: Callable[[Path], object]) -> Callable[[Path], Path]:
    """The two classes with something done to their folder."""

    def make(folder: Path) -> Path:
        root = two_classes(folder)
        change(root)
        return root

    return make


def _unopened(root: Path) -> None:
    (root / "cat/odd.png").write_bytes(saved(colours(4), "PNG"))
    (root / "cat/odd.png").chmod(0)


def _loop(root: Path) -> None:
    (root / "cat/odd.png").symlink_to("odd.png")


def _large(root: Path) -> None:
    with (root / "cat/odd.png").open("wb") as file:
        file.truncate(2**30)  # takes no room


def _twin(root: Path) -> None:
    (root / "dog/same.png").write_bytes((root / "cat/0.png").read_bytes())
    os.rename(root / "cat/0.png", os.path.join(os.fsencode(root), b"cat/odd\xe9.png"))


def _named_class(name: bytes) -> Callable[[Path], None]:
    return lambda root: os.rename(root / "cat", os.path.join(os.fsencode(root), name))


def _only_cats(root: Path) -> None:
    for file in (root / "dog").iterdir():
        file.unlink()
    (root / "dog").rmdir()


def _given(train: str, test: str) -> Callable[[Path], None]:
    """Given parts, each with some of the classes."""

    def change(root: Path) -> None:
        for part, names in (("train", train), ("test", test)):
            (root / part).mkdir()
            for name in names.split():
                whole = two_classes(root.parent / part)
                (whole / ("cat" if name == "cow" else name)).rename(root / part / name)
        for name in ("cat", "dog"):
            for file in (root / name).iterdir():
                file.unlink()
            (root / name).rmdir()

    return change


def odd() -> Iterator[Odd]:
    """Every odd picture."""
    for name, file, contents, refused in files():
        yield Odd(f"picture: {name}", "image_folder", _beside(file, contents), refused)
    places = {
        "unreadable file": (_unopened, "cannot be read: Permission denied" if os.geteuid() else ""),
        "link to nothing": (lambda r: (r / "cat/odd.png").symlink_to("gone"), "No such file"),
        "link to itself": (_loop, r"odd\.png: cannot be read: Too many levels of symbolic links"),
        "link to a device": (lambda r: (r / "cat/odd.png").symlink_to("/dev/zero"), "but a device"),
        "pipe": (lambda r: os.mkfifo(r / "cat/odd.png"), r"odd\.png: not a file but a pipe"),
        "folder called x.jpg": (lambda r: (r / "cat/odd.jpg").mkdir(), ""),
        "file of a gigabyte": (_large, "1,073,741,824 bytes, and at most 536,870,912 are read"),
        "equal pictures of two classes": (_twin, ""),
        "class of emoji": (_named_class("😀".encode()), ""),
        "class that is no UTF-8": (_named_class(b"caf\xe9"), r"names in UTF-8 .*: caf\\xe9\."),
        "class of two lines": (_named_class(b"a\nb"), r"control characters\. .*: a\\nb\."),
        "classes that differ in case": (_named_class(b"DOG"), ""),
        "empty class": (lambda r: (r / "cow").mkdir(), "at least one example.* none, cow"),
        "one class": (_only_cats, ""),
        "class in test alone": (_given("cat dog", "cat cow"), ""),
        "class in train alone": (_given("cat dog", "cat"), ""),
    }
    for name, (change, refused) in places.items():
        yield Odd(f"folder: {name}", "image_folder", _changed(change), refused)
