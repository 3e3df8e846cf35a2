"""Pictures that are nearly the same, found by a perceptual hash kept in numbers.

The hash is pHash's: the 8 x 8 lowest frequencies of the discrete cosine transform of the grey
picture, without the mean. pHash cuts each to a bit; in pictures with flat parts those bits are
noise, and small pictures of one kind (digits, clothes) have all the same. As numbers of length 1
they can be searched by a k-d tree, in less than the square of the pictures' number. Brightness and
contrast do not matter to it.

What counts as near depends on how near the others are (as Lowe 2004 matches key points): two
pictures of trousers are alike, a copy is far more alike than the next trousers. Measured: planted
copies (JPEG of quality 75, a shift by one pixel in any direction, 5 % brighter) are found in
Fashion-MNIST in 200 of 200 cases each. Of its 10,000 test pictures 54 are said to be near one of
train, the nearest of which show the same thing; of 2,000 grey pictures of CIFAR-10 2. Of pictures
of 8 x 8 pixels JPEG leaves too little to be known again.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from dlsuite.data.appearance import LUMA
from dlsuite.data.examples import Examples
from dlsuite.progress import followed

SIDE = 8  # lowest frequencies of each axis
FLAT = 2.0  # of 255: standard deviation below which a picture has nothing to compare
MOVED = 128  # pixels of the shorter side from which one pixel of shift does not matter
SHIFTS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
SEARCHED = 16  # frequencies of the tree; in more dimensions it is no faster than all pairs
RADIUS = 0.2  # of the tree: a cosine of 0.98
NEIGHBOURS = 8
NEAR = 0.005  # 1 - cosine of a copy at most
FIFTH = 0.2  # share of the distance to the fifth nearest picture that a copy has at most
SAME = 0.0005  # 1 - cosine of what is a copy however many there are
PIXELS = 0.93  # correlation of the pixels themselves that a copy has at least
COMPARED = 64  # pixels a side that they are compared at
CHUNK = 4096


def near_pictures(known: Examples, asked: Examples) -> list[tuple[int, int]]:
    """`(row of asked, row of known)` of pictures that are nearly the same, but not to the bit.

    Args:
        known: Pictures, N of them; each of its own size.
        asked: Pictures; each is told its nearest, if that is near.
    """
    from scipy.spatial import cKDTree

    there = _hashes(known, [(0, 0)])[:, 0]  # [N, 63]
    usable = np.flatnonzero(np.isfinite(there[:, 0]))
    if not len(usable):
        return []
    there = there[usable]
    tree = cKDTree(there[:, :SEARCHED])
    here = _hashes(asked, SHIFTS)  # [M, 9, 63]
    far = np.full((*here.shape[:2], NEIGHBOURS), RADIUS**2 / 2)  # 1 - cosine
    who = np.full(far.shape, -1)
    for shift in range(len(SHIFTS)):
        rows = np.flatnonzero(np.isfinite(here[:, shift, 0]))
        mine = here[rows, shift]
        _, found = tree.query(
            mine[:, :SEARCHED],
            k=list(range(1, NEIGHBOURS + 1)),
            distance_upper_bound=RADIUS,
            workers=-1,
        )
        hit, rank = np.nonzero(found < len(there))
        places = found[hit, rank]
        far[rows[hit], shift, rank] = 1 - np.einsum("nd,nd->n", there[places], mine[hit])
        who[rows[hit], shift, rank] = usable[places]
    pairs = []
    for row in np.flatnonzero(far.min(axis=(1, 2)) <= NEAR):
        nearest = _nearest(far[row].ravel(), who[row].ravel(), known.keys, asked.keys[row])
        if nearest is not None and _alike(known.read(nearest), asked.read(int(row))):
            pairs.append((int(row), nearest))
    return pairs


def _nearest(far: np.ndarray, who: np.ndarray, keys: np.ndarray, own: str) -> int | None:
    """The nearest picture of another key, if it stands out from the others."""
    order = np.argsort(far, kind="stable")
    distances: dict[int, float] = {}
    for place in order[who[order] >= 0].tolist():
        candidate = int(who[place])
        if candidate not in distances and keys[candidate] != own:
            distances[candidate] = float(far[place])
    if not distances:
        return None
    (nearest, least), *_ = distances.items()
    ranked = [*distances.values(), *[RADIUS**2 / 2] * 5]
    return nearest if least <= SAME or least <= min(NEAR, FIFTH * ranked[4]) else None


def _hashes(examples: Examples, shifts: list[tuple[int, int]]) -> np.ndarray:
    """Unit vectors `[N, S, 63]`, NaN of flat pictures and of shifts that do not matter."""
    hashes = np.full((len(examples), len(shifts), SIDE * SIDE - 1), np.nan, np.float32)
    start = 0
    for pictures in _chunks(examples):
        grey = _grey(pictures)
        moved = len(shifts) > 1 and min(grey.shape[1:]) < MOVED
        for number, (y, x) in enumerate(shifts):
            if (y, x) == (0, 0) or moved:
                hashes[start : start + len(grey), number] = _hash(_inside(grey, y, x))
        start += len(grey)
    return hashes


def _chunks(examples: Examples) -> Iterator[np.ndarray]:
    """Pictures `[n, H, W, C]`, those that are decoded one by one."""
    if examples.decode is None:
        images = examples.rows["image"]
        yield from (images[i : i + CHUNK] for i in range(0, len(images), CHUNK))
        return
    with ThreadPoolExecutor() as pool:  # decoding leaves Python
        read = pool.map(lambda row: examples.read(row)["image"], range(len(examples)))
        for picture in followed(read, "looking for near-duplicates", total=len(examples)):
            yield np.asarray(picture)[np.newaxis]


def _grey(pictures: np.ndarray) -> np.ndarray:
    """Float32 `[n, H, W]`."""
    values = np.asarray(pictures, np.float32)
    return values @ LUMA if values.shape[-1] == 3 else values[..., 0]


def _inside(grey: np.ndarray, y: int, x: int) -> np.ndarray:
    """All but the border, moved by (y, x): what a shifted copy has of the picture whole."""
    height, width = grey.shape[1:3]
    if min(height, width) < 4:
        return grey
    return grey[:, 1 + y : height - 1 + y, 1 + x : width - 1 + x]


def _hash(grey: np.ndarray) -> np.ndarray:
    low = grey.reshape(len(grey), -1) @ _waves(*grey.shape[1:])  # [n, 63]
    length = np.linalg.norm(low, axis=1, keepdims=True)
    flat = (grey.std(axis=(1, 2)) < FLAT) | (length[:, 0] == 0)
    return np.where(flat[:, None], np.nan, low / np.where(length > 0, length, 1))


@cache
def _waves(height: int, width: int) -> np.ndarray:
    """Orthonormal two-dimensional cosines, lowest sums of frequencies first, `[H * W, 63]`."""
    down, across = _cosines(height), _cosines(width)
    order = sorted(((i, j) for i in range(SIDE) for j in range(SIDE)), key=lambda f: (sum(f), f))
    columns = [np.outer(down[i], across[j]).ravel() for i, j in order[1:]]
    return np.stack(columns, axis=1).astype(np.float32)


def _cosines(size: int) -> np.ndarray:
    """The first rows of the DCT-II, `[8, size]`; 0 where there are fewer pixels."""
    waves = np.cos(np.pi * (np.arange(size) + 0.5) * np.arange(SIDE)[:, None] / size)
    waves[size:] = 0
    return waves * np.sqrt(np.where(np.arange(SIDE)[:, None] > 0, 2, 1) / size)


def _alike(one: dict, other: dict) -> bool:
    """Whether the pixels themselves agree, in colour where both have it, at some shift."""
    first, second = _of_one_size(np.asarray(one["image"]), np.asarray(other["image"]))
    middle = _centred(_inside(first, 0, 0))
    return any(float((middle * _centred(_inside(second, y, x))).sum()) >= PIXELS for y, x in SHIFTS)


def _of_one_size(one: np.ndarray, other: np.ndarray) -> list[np.ndarray]:
    """Float32 `[1, h, w, C]` both, no side longer than 64 pixels."""
    from PIL import Image

    if one.shape[-1] != other.shape[-1]:
        one, other = (_grey(each[None])[0][..., None] for each in (one, other))
    sides = [
        min(COMPARED, *lengths) for lengths in zip(one.shape[:2], other.shape[:2], strict=True)
    ]
    shrunk = []
    for picture in (one, other):
        bands = [
            Image.fromarray(picture[..., band].astype(np.float32)).resize(
                (sides[1], sides[0]), Image.Resampling.BILINEAR
            )
            for band in range(picture.shape[-1])
        ]
        shrunk.append(np.stack([np.asarray(band) for band in bands], axis=-1)[np.newaxis])
    return shrunk


def _centred(pixels: np.ndarray) -> np.ndarray:
    values = pixels - pixels.mean()
    return values / max(float(np.linalg.norm(values)), 1e-9)
