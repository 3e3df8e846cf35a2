"""Pictures of shapes that are drawn here, with the box of each."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dlsuite.data.box_rows import Boxed, box_rows, classes_present
from dlsuite.data.examples import Collection, Examples
from dlsuite.data.hashing import array_keys
from dlsuite.data.shape_drawing import background, noisy, paint, shape

Kind = Literal["circle", "square", "triangle", "star", "cross"]
Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=0)]

LEAST_VISIBLE = 0.3  # of its pixels; a shape with less to be seen is ignored
SMALLEST = 6  # pixels: a smaller triangle cannot be told from a circle


def shapes(
    *,
    count: Annotated[int, Field(ge=1)] = 1500,
    image_size: Annotated[int, Field(ge=16)] = 128,
    objects: tuple[Count, Count] = (1, 5),
    sizes: tuple[Share, Share] = (0.12, 0.45),
    classes: Sequence[Kind] = ("circle", "square", "triangle"),
    seed: Annotated[int, Field(ge=0)] = 0,
) -> Collection:
    """Shapes of many sizes, colours and turns on noisy backgrounds; later ones hide earlier ones.

    The picture at a place depends on nothing but `seed`, the place and the other arguments, so that
    a smaller `count` gives the first of a larger one. Each shape lies inside of its picture, and
    its box has the extents of the whole shape. One of which less than 0.3 of its pixels can be seen
    is `ignored`, and one that is hidden wholly has no box.

    Args:
        count: Pictures, E.
        image_size: Pixels of their sides, S.
        objects: Fewest and most shapes of a picture, each number equally often. `[1, 1]` is one
            object to localize, `[0, 1]` one or none.
        sizes: Diameter of the circle around the smallest and the largest shape before it is
            squeezed, as a share of the side; at least 6 pixels.
        classes: Which shapes, in the order of their labels.
        seed: Another one draws other pictures.

    Returns:
        Examples `{"image": uint8 [S, S, 3], "boxes": float32 [M, 4], "labels": int32 [M],
        "ignored": bool [M], "size": int32 [2]}`, held in memory.
    """
    _check_ranges(objects, sizes, image_size)
    names = list(dict.fromkeys(classes))
    if not names or len(names) < len(classes):
        raise ValueError(f"`classes` must be different shapes. Received: {list(classes)}.")
    images = np.empty((count, image_size, image_size, 3), np.uint8)
    pictures = []
    for place in range(count):
        generator = np.random.default_rng([seed, place])
        images[place], boxed = _picture(generator, image_size, objects, sizes, names)
        pictures.append(boxed)
    rows = box_rows(pictures)
    strata = classes_present(rows["labels"], len(names))
    examples = Examples({"image": images, **rows}, array_keys(images), strata=strata)
    about = {
        "source": f"shapes drawn with seed {seed}",
        "class_names": [str(name) for name in names],
        "bad_examples": [],
        "licence": "none needed: drawn here",
    }
    return Collection({"all": examples}, about)


def _check_ranges(objects: tuple[int, int], sizes: tuple[float, float], side: int) -> None:
    if objects[0] > objects[1] or objects[1] < 1:
        raise ValueError(
            "`objects` must be the fewest and the most of a picture, the latter at least 1. "
            f"Received: {list(objects)}."
        )
    if sizes[0] > sizes[1] or sizes[0] * side < SMALLEST:
        raise ValueError(
            f"`sizes` must be the smallest and the largest share of the side, the smallest at "
            f"least {SMALLEST} pixels. Received: {list(sizes)} of {side} pixels."
        )


def _picture(
    generator: np.random.Generator,
    side: int,
    objects: tuple[int, int],
    sizes: tuple[float, float],
    names: Sequence[str],
) -> tuple[np.ndarray, Boxed]:
    """One picture with what is in it."""
    picture = background(side, generator)
    owner = np.full((side, side), -1, np.intp)  # the last shape that covers a pixel
    boxes, labels, pixels = [], [], []
    for number in range(int(generator.integers(objects[0], objects[1] + 1))):
        label = int(generator.integers(len(names)))
        drawn = shape(names[label], generator.uniform(*sizes) * side, side, generator)
        paint(picture, drawn, generator)
        bottom, right = drawn.top + drawn.mask.shape[0], drawn.left + drawn.mask.shape[1]
        owner[drawn.top : bottom, drawn.left : right][drawn.mask] = number
        boxes.append((drawn.left, drawn.top, right, bottom))
        labels.append(label)
        pixels.append(drawn.mask.sum())
    seen = np.bincount(owner.ravel() + 1, minlength=len(labels) + 1)[1:]  # [n]
    there = seen > 0
    boxed = Boxed(
        boxes=np.array(boxes, np.float32).reshape(-1, 4)[there],
        labels=np.array(labels, np.int32)[there],
        ignored=(seen < LEAST_VISIBLE * np.array(pixels, np.float64))[there],
        size=(side, side),
    )
    return noisy(picture, generator), boxed
