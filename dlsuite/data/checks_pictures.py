"""Every picture decoded once: sizes, and pictures of a single colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dlsuite.data.ahead import CALLS, ahead
from dlsuite.data.examples import Examples
from dlsuite.data.file_names import shown
from dlsuite.progress import working

CHUNK = 1024  # pictures looked at together where they are in memory
SHOWN = 3  # places that a sentence names
LONG = 4.0  # sides' ratio from which a picture is hard to bring into a common form


@dataclass(frozen=True)
class Pictures:
    """What all pictures are like.

    Attributes:
        count: Pictures.
        channels: 1 or 3, as the source gives them.
        heights: Least, median and most, in pixels.
        widths: The same.
        sizes: How many are of each (height, width), most frequent first.
        blank: Pictures of one colour alone, `part[row]` or path.
        long: Pictures with one side more than four times the other.
    """

    count: int
    channels: int
    heights: tuple[int, int, int]
    widths: tuple[int, int, int]
    sizes: tuple[tuple[tuple[int, int], int], ...]
    blank: tuple[str, ...] = ()
    long: tuple[str, ...] = ()

    def warnings(self, sized: bool) -> Iterator[str]:
        """What a user should know; `sized` says that the recipe names an image size."""
        if len(self.sizes) > 1 and not sized:
            (low, middle, high), (narrow, usual, wide) = self.heights, self.widths
            yield (
                f"Pictures are of {len(self.sizes):,} sizes, {low} to {high} pixels high (median "
                f"{middle}) and {narrow} to {wide} wide (median {usual}): name `data.image_size`."
            )
        if self.blank:
            yield f"{len(self.blank):,} pictures are of one colour alone: {_some(self.blank)}."
        if self.long:
            yield (
                f"{len(self.long):,} pictures are more than {LONG:g} times as long as wide: "
                f"{_some(self.long)}."
            )


def look_at_pictures(parts: Mapping[str, Examples]) -> Pictures:
    """Decodes every picture, in parallel where they lie in files."""
    sizes: Counter[tuple[int, int]] = Counter()
    blank: list[str] = []
    long: list[str] = []
    channels = 1
    total = sum(len(part) for part in parts.values())
    with working("looking at pictures", total, "pictures") as work:
        for name, part in parts.items():
            for index, (height, width, depth, flat) in enumerate(_seen(part)):
                sizes[height, width] += 1
                channels = depth
                if flat:
                    blank.append(_place(name, part, index))
                if max(height, width) > LONG * min(height, width):
                    long.append(_place(name, part, index))
                work.advance()
    every = np.array([size for size, count in sizes.items() for _ in range(count)])  # [N, 2]
    return Pictures(
        count=total,
        channels=channels,
        heights=_spread(every[:, 0]),
        widths=_spread(every[:, 1]),
        sizes=tuple(sizes.most_common()),
        blank=tuple(blank),
        long=tuple(long),
    )


def _seen(part: Examples) -> Iterator[tuple[int, int, int, bool]]:
    """Height, width, channels of each picture, and whether all of its pixels are equal."""
    if part.decode is None:
        images = part.rows["image"]
        for start in range(0, len(images), CHUNK):
            chunk = images[start : start + CHUNK]
            first = chunk[:, :1, :1]
            for flat in (chunk == first).all(axis=(1, 2, 3)):
                yield (*chunk.shape[1:], bool(flat))
        return
    import tensorflow as tf

    decode = part.decode

    def facts(row):
        image = decode(row)["image"]
        flat = tf.reduce_all(image == image[:1, :1])
        return tf.shape(image), flat

    dataset = tf.data.Dataset.from_tensor_slices(part.rows).map(facts, num_parallel_calls=CALLS)
    for shape, flat in ahead(dataset, CHUNK).as_numpy_iterator():
        height, width, channels = shape.tolist()
        yield height, width, channels, bool(flat)


def _place(name: str, part: Examples, index: int) -> str:
    paths = part.rows.get("path")
    return f"{name}[{index}]" if paths is None else shown(paths[index])


def _spread(values: np.ndarray) -> tuple[int, int, int]:
    return int(values.min()), int(np.median(values)), int(values.max())


def _some(places: tuple[str, ...]) -> str:
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
