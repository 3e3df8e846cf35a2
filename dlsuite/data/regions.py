"""Where objects may be in a picture: the proposals of selective search, kept on disk."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from dlsuite.data.archives import cache_folder
from dlsuite.data.box_rows import to_be_found
from dlsuite.data.examples import DataError, Examples
from dlsuite.data.replacing import replacing
from dlsuite.progress import followed
from dlsuite.recipe import Block

# Raised when other boxes come of the same picture and settings, so that old files are not read.
EDITION = 1
HALF, ENOUGH = 0.5, 0.95  # overlap of a region that finds an object; share of objects to be found
LOOKED_AT = 1_000  # pictures for that share


class Proposed(Block):
    """How proposals are found, by selective search (Uijlings et al. 2013, IJCV 104).

    Attributes:
        count: Proposals of a picture, the first that were found. The paper's nets see about 2,000.
        mode: `fast` joins segments in 8 ways, `quality` in 80 (table 5 of the paper): more boxes,
            and several times the wait.
        longest: Pixels of the longer side that the picture is shrunk to before, never enlarged;
            None for its own size. Time goes with the area.
        smallest: Pixels of the picture that both sides of a proposal have at least.
    """

    count: Annotated[int, Field(ge=1)] = 300
    mode: Literal["fast", "quality"] = "fast"
    longest: Annotated[int, Field(ge=16)] | None = None
    smallest: Annotated[int, Field(ge=1)] = 4


def selective_search(image: np.ndarray, proposed: Proposed | None = None) -> np.ndarray:
    """Boxes of what segments of similar colour, texture and size make when they are joined.

    The same picture and settings give the same boxes in the same order. The order is the paper's:
    large regions tend to come first, shuffled so that a cut after any number keeps all sizes.

    Args:
        image: Picture, uint8 `[H, W, 3]`.
        proposed: How; the defaults if None.

    Returns:
        Boxes without twins, float32 `[P, 4]` in pixels of the picture; P can be 0.

    Raises:
        ValueError: The picture is none.
        ImportError: OpenCV with its contributed modules is not installed.
    """
    proposed = proposed or Proposed()
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(
            f"`image` must be uint8 [H, W, 3]. Received: {image.dtype} {list(image.shape)}."
        )
    height, width = image.shape[:2]
    small = _shrunk(image, proposed.longest)
    scale = np.array([width / small.shape[1], height / small.shape[0]], "float32")
    found = _rectangles(small, proposed.mode)  # [P, 4] x, y, width, height
    boxes = np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], axis=1)
    boxes = np.unique(boxes, axis=0) * np.tile(scale, 2)  # sorted, for OpenCV's order varies
    sides = boxes[:, 2:] - boxes[:, :2]
    boxes = boxes[(sides >= proposed.smallest).all(axis=1)].astype("float32")
    return boxes[_order(boxes)]


def with_proposals(examples: Examples, proposed: Proposed, folder: Path | None = None) -> Examples:
    """The examples with a row `proposals` more, float32 `[E, P, 4]` in pixels of each picture.

    A picture is searched once for its content and the settings, whatever `count` is; what was found
    is kept in a file of its own, so that a search that was stopped goes on where it was.

    Args:
        examples: Raw examples with an `image` uint8 `[H, W, 3]`.
        proposed: How, and P, their number; absent ones are all zeros.
        folder: Where files are kept; the suite's cache folder if None.

    Raises:
        ValueError: The pictures are not in colour.
        ImportError: OpenCV is not installed and a picture was not searched before.
        DataError: A file cannot be written.
    """
    proposals = np.zeros((len(examples), proposed.count, 4), "float32")
    for index in followed(range(len(examples)), "searching for regions", unit="pictures"):
        read = partial(_image, examples, index)
        boxes = kept_regions(str(examples.keys[index]), read, proposed, folder)[: proposed.count]
        proposals[index, : len(boxes)] = boxes
    return replace(examples, rows={**examples.rows, "proposals": proposals})


def covered(examples: Examples) -> float:
    """Share of the objects that a region overlaps by a half: no more can be found by judging them.

    Args:
        examples: With `proposals`; of many pictures the first thousand are looked at.

    Returns:
        In [0, 1]; NaN without objects.
    """
    from dlsuite.ops.boxes import iou  # who only asks an export has no Keras

    rows = examples.take(range(min(LOOKED_AT, len(examples)))).rows
    there, regions = to_be_found(rows), rows["proposals"]
    best = [
        np.asarray(iou(boxes[wanted], some)).max(axis=1)
        for boxes, wanted, some in zip(rows["boxes"], there, regions, strict=True)
        if wanted.any()
    ]
    return float((np.concatenate(best) >= HALF).mean()) if best else math.nan


def few_covered(examples: Examples) -> tuple[str, ...]:
    """What to say where regions cover too few objects, else nothing."""
    share = covered(examples)
    if not share < ENOUGH:  # NaN says nothing
        return ()
    return (
        f"Regions overlap {share:.0%} of the objects by a half; no more can be found. A larger "
        "`data.proposals.count` covers more; faster_rcnn and yolo need no regions.",
    )


def kept_regions(
    key: str,
    read: Callable[[], np.ndarray],
    proposed: Proposed,
    folder: Path | None = None,
) -> np.ndarray:
    """What `selective_search` finds in one picture, from its file if there is one.

    Args:
        key: Content key of the picture.
        read: Gives the picture if it has to be searched.
        proposed: How.
        folder: Where files are kept; the suite's cache folder if None.

    Returns:
        Boxes, float32 `[P, 4]`.

    Raises:
        DataError: The file cannot be written.
    """
    place = (folder or cache_folder() / "regions") / _name(proposed) / key[:2]
    file = place / f"{key}.npy"
    known = _read(file)
    if known is not None:
        return known
    boxes = selective_search(read(), proposed)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with replacing(file) as draft:
            np.save(draft, boxes)
    except OSError as error:
        raise DataError(
            f"Regions of pictures are kept in {place}, which must be writable; XDG_CACHE_HOME "
            f"names another place. Received: {error.strerror or error}."
        ) from error
    return boxes


def _image(examples: Examples, index: int) -> np.ndarray:
    return examples.read(index)["image"]


def _read(file: Path) -> np.ndarray | None:
    """What a file holds; None where it is missing or was damaged by others."""
    try:
        boxes = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    good = isinstance(boxes, np.ndarray) and boxes.dtype == np.float32
    return boxes if good and boxes.ndim == 2 and boxes.shape[1] == 4 else None


def _name(proposed: Proposed) -> str:
    """Folder of all that was found with the same settings."""
    said = json.dumps(
        {**proposed.model_dump(exclude={"count"}), "edition": EDITION}, sort_keys=True
    )
    return f"{proposed.mode}-{blake2b(said.encode(), digest_size=6).hexdigest()}"


def _shrunk(image: np.ndarray, longest: int | None) -> np.ndarray:
    side = max(image.shape[:2])
    if longest is None or side <= longest:
        return np.ascontiguousarray(image)
    height, width = (max(1, round(size * longest / side)) for size in image.shape[:2])
    cv2 = _opencv()
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _rectangles(image: np.ndarray, mode: str) -> np.ndarray:
    """What OpenCV finds, int `[P, 4]`: left, top, width, height."""
    search = _opencv().ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(image[..., ::-1].copy())  # OpenCV's colours are blue, green, red
    if mode == "fast":
        search.switchToSelectiveSearchFast()
    else:
        search.switchToSelectiveSearchQuality()
    return np.asarray(search.process(), "int64").reshape(-1, 4)


def _order(boxes: np.ndarray) -> np.ndarray:
    """Places by size, the largest first, each times a number at random (section 4.2, diversified).

    The paper takes the place in the hierarchy, which OpenCV keeps to itself.
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    by_size = np.argsort(-sides.prod(axis=1), kind="stable")
    chance = np.random.default_rng(0).uniform(size=len(boxes))
    return by_size[np.argsort(np.arange(1, len(boxes) + 1) * chance, kind="stable")]


def _opencv() -> Any:
    try:
        import cv2
        import cv2.ximgproc.segmentation
    except ImportError as error:
        raise ImportError(
            "Selective search needs OpenCV with its contributed modules: "
            f"pip install 'dlsuite[detection]'. Received: {error}."
        ) from error
    return cv2
