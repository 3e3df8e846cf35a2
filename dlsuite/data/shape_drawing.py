"""Pictures of plain shapes: their masks, colours and backgrounds, drawn with NumPy alone."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LARGEST_STRETCH = 1.5  # how much longer than wide a shape can be, before it is turned
DARKEST, LIGHTEST = 40, 215  # levels of a background; its stripes are darker
MOST_NOISE = 24  # levels of 255, up or down
STRIPE_DEPTH = 24  # levels between the stripes of a background
COLOURS_TRIED = 8


class Drawn(NamedTuple):
    """A shape in a picture: its pixels where nothing hides it, and their place.

    Attributes:
        mask: Its pixels within the box, bool `[h, w]`; it touches each of the four sides.
        top: Row of the box's first pixel in the picture.
        left: Column of it.
    """

    mask: np.ndarray
    top: int
    left: int


def background(side: int, generator: np.random.Generator) -> np.ndarray:
    """Soft clouds of colour with stripes or none, uint8 `[S, S, 3]`."""
    cells = int(generator.integers(2, 7))
    grid = generator.integers(DARKEST, LIGHTEST + 1, (cells, cells, 3), np.uint16)
    picture = _between(_between(grid.swapaxes(0, 1), side).swapaxes(0, 1), side)
    if generator.random() < 0.4:
        width, slope = generator.integers(2, 9), generator.integers(-2, 3)
        rows, columns = np.arange(side)[:, np.newaxis], np.arange(side)
        dark = ((columns + slope * rows) // width) % 2 == 0  # [S, S]
        picture[dark] -= STRIPE_DEPTH
    return picture.astype(np.uint8)


def shape(kind: str, diameter: float, side: int, generator: np.random.Generator) -> Drawn:
    """A shape of random stretch and turn, somewhere in a picture of `side` pixels, wholly inside.

    Args:
        kind: One of `KINDS`.
        diameter: That of the circle around it before it is stretched, in pixels.
        side: Pixels of the picture's sides.
        generator: Where randomness comes from.
    """
    turn = generator.uniform(0, 2 * math.pi)
    squeeze = generator.uniform(1, LARGEST_STRETCH)
    half = math.ceil(diameter / 2)
    steps = (np.arange(2 * half + 1) - half) * (2 / diameter)
    across, down = steps, steps[:, np.newaxis]
    u = (across * math.cos(turn) + down * math.sin(turn)) * squeeze
    v = down * math.cos(turn) - across * math.sin(turn)
    mask = _trimmed(KINDS[kind](u, v))
    top = int(generator.integers(0, side - mask.shape[0] + 1))
    left = int(generator.integers(0, side - mask.shape[1] + 1))
    return Drawn(mask, top, left)


def paint(picture: np.ndarray, drawn: Drawn, generator: np.random.Generator) -> None:
    """Fills a shape with a colour that is far from what lies there, plain or in two tones."""
    rows, columns = drawn.mask.shape
    there = picture[drawn.top : drawn.top + rows, drawn.left : drawn.left + columns]
    colours = generator.integers(0, 256, (COLOURS_TRIED, 3))
    far = np.abs(colours - there.mean(axis=(0, 1))).sum(axis=1)
    colour = colours[far.argmax()]
    there[drawn.mask] = colour
    if generator.random() < 0.3:
        every_other = drawn.mask.copy()
        every_other[(np.arange(rows) // generator.integers(2, 6)) % 2 == 0] = False
        there[every_other] = (3 * colour) // 4


def noisy(picture: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The picture with noise of a random strength in each value."""
    most = int(generator.integers(0, MOST_NOISE + 1))
    values = generator.integers(-most, most + 1, picture.shape, np.int16)
    values += picture
    np.maximum(values, 0, out=values)
    np.minimum(values, 255, out=values)
    return values.astype(np.uint8)


def _between(values: np.ndarray, length: int) -> np.ndarray:
    """Linear interpolation of uint16 `[n, ...]` below 256 to `[length, ...]`, in whole numbers."""
    place = np.arange(length) * ((len(values) - 1) * 256) // length
    share = (place % 256).astype(np.uint16).reshape(-1, *[1] * (values.ndim - 1))
    between = values[place // 256]
    between *= np.uint16(256) - share
    between += values[place // 256 + 1] * share
    between >>= 8
    return between


def _trimmed(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


# Shapes as what is inside of them, of coordinates in which the circle around a shape has radius 1.


def _circle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return u**2 + v**2 <= 1


def _square(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(u), np.abs(v)) <= math.sqrt(0.5)


def _triangle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return _sides_kept(u, v, 3, 0.5) == 3


def _star(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    # Of the five lines of a pentagram its inside is behind all, each of its tips behind four.
    return _sides_kept(u, v, 5, math.cos(0.4 * math.pi)) >= 4


def _cross(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    long, short = 0.95, 0.31  # half the length and width of its bars; 0.95^2 + 0.31^2 < 1
    u, v = np.abs(u), np.abs(v)
    return ((u <= long) & (v <= short)) | ((u <= short) & (v <= long))


def _sides_kept(u: np.ndarray, v: np.ndarray, sides: int, distance: float) -> np.ndarray:
    """How many of `sides` lines around the middle, `distance` from it, a point is behind."""
    angles = [2 * math.pi * side / sides for side in range(sides)]
    behind = [u * math.cos(angle) + v * math.sin(angle) <= distance for angle in angles]
    return np.sum(behind, axis=0)


KINDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
}
