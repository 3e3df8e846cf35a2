"""Boxes of all pictures: how many of each class, how large, and what is odd about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dlsuite.data.box_rows import to_be_found
from dlsuite.data.examples import Examples
from dlsuite.data.file_names import shown

SHOWN = 3  # places that a sentence names
FEW = 30  # boxes of a class in train from which little can be learnt
IMBALANCE = 20.0  # how many times more boxes than the rarest a class may have unsaid
TINY = 6  # pixels of the shorter side, as the model sees it, below which a box is mostly missed
MANY_TINY = 0.01  # share of boxes from which that is said
WHOLE = 0.95  # share of the picture from which a box says nothing of where

Spread = tuple[float, float, float]


@dataclass(frozen=True)
class Boxes:
    """What all boxes are like that are to be found.

    Attributes:
        counts: Boxes by split and class.
        sides: Least, median and greatest shorter side of each class's boxes, in pixels.
        most: Boxes of the picture that has most.
        ignored: Boxes that are neither to be found nor wrong when found.
        empty: Pictures without a box, `part[row]` or path.
        bad: `{"path", "reason"}` of boxes that cannot be used.
        tiny: Boxes whose shorter side has less than 6 pixels at the recipe's image size.
        whole: Pictures with a box that is nearly all of it.
        unlike: Equal pictures whose boxes differ, the places of each.
        image_size: (height, width) that the recipe's model sees; None where it does not say.
    """

    counts: Mapping[str, Mapping[str, int]]
    sides: Mapping[str, Spread]
    most: int
    ignored: int = 0
    empty: tuple[str, ...] = ()
    bad: tuple[Mapping[str, str], ...] = ()
    tiny: int = 0
    whole: tuple[str, ...] = ()
    unlike: tuple[tuple[str, ...], ...] = ()
    image_size: tuple[int, int] | None = None

    @property
    def total(self) -> int:
        """All of them."""
        return sum(sum(counts.values()) for counts in self.counts.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "bad": [dict(item) for item in self.bad]}

    def warnings(self) -> Iterator[str]:
        """What a user should know."""
        if self.unlike:
            first = "; ".join(" = ".join(each[:SHOWN]) for each in self.unlike[:SHOWN])
            yield (
                f"{len(self.unlike):,} pictures occur again with other boxes, so that one of the "
                f"two is wrong: {first}."
            )
        if self.empty:
            yield f"{_count(self.empty, 'picture')} without a box: {_some(self.empty)}."
        if self.whole:
            yield f"{_count(self.whole, 'picture')} with a box of nearly all: {_some(self.whole)}."
        if self.image_size is not None and self.tiny > MANY_TINY * self.total:
            yield (
                f"{self.tiny:,} of {self.total:,} boxes have less than {TINY} pixels of width or "
                f"height at data.image_size {list(self.image_size)} and will mostly be missed: a "
                "larger one keeps them."
            )
        yield from _about_classes(self.counts.get("train", {}))


def look_at_boxes(
    parts: Mapping[str, Examples],
    about: Mapping[str, Any],
    image_size: tuple[int, int] | None = None,
) -> Boxes:
    """Counts and measures the boxes of all pictures.

    Args:
        parts: Examples by split, rows as sources of pictures with boxes give them.
        about: Of their collection, with `class_names`.
        image_size: (height, width) into which a model gets pictures fitted.
    """
    names = list(map(str, about["class_names"]))
    sides, labels = box_sides(parts)
    shorter = sides.min(axis=1)
    found = {name: to_be_found(part.rows) for name, part in parts.items()}
    return Boxes(
        counts={name: _by_class(part, found[name], names) for name, part in parts.items()},
        sides={n: _spread(shorter[labels == k]) for k, n in enumerate(names) if k in labels},
        most=max(int(mask.sum(axis=1).max(initial=0)) for mask in found.values()),
        ignored=sum(int(part.rows["ignored"].sum()) for part in parts.values()),
        empty=_places(parts, {name: np.asarray(~mask.any(axis=1)) for name, mask in found.items()}),
        bad=tuple(about.get("bad_boxes", ())),
        tiny=0 if image_size is None else int((_seen(parts, found, image_size) < TINY).sum()),
        whole=_places(parts, {n: _covers(part, found[n]) for n, part in parts.items()}),
        unlike=_unlike(parts),
        image_size=image_size,
    )


def box_sides(parts: Mapping[str, Examples]) -> tuple[np.ndarray, np.ndarray]:
    """(width, height) in pixels `[N, 2]` of all boxes to be found, and their labels `[N]`."""
    masks = {name: to_be_found(part.rows) for name, part in parts.items()}
    boxes = np.concatenate([part.rows["boxes"][masks[name]] for name, part in parts.items()])
    labels = np.concatenate([part.rows["labels"][masks[name]] for name, part in parts.items()])
    return boxes[:, 2:] - boxes[:, :2], labels


def _by_class(part: Examples, found: np.ndarray, names: list[str]) -> dict[str, int]:
    counts = np.bincount(part.rows["labels"][found], minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _seen(
    parts: Mapping[str, Examples], found: Mapping[str, np.ndarray], image_size: tuple[int, int]
) -> np.ndarray:
    """The shorter side of each box where its picture is fitted whole into `image_size`, `[N]`."""
    sides = []
    for name, part in parts.items():
        scale = (np.array(image_size) / part.rows["size"]).min(axis=1)  # [E]
        boxes = part.rows["boxes"]
        shorter = (boxes[..., 2:] - boxes[..., :2]).min(axis=-1) * scale[:, np.newaxis]
        sides.append(shorter[found[name]])
    return np.concatenate(sides)


def _covers(part: Examples, found: np.ndarray) -> np.ndarray:
    """Which pictures have a box that is nearly all of them, `[E]`."""
    boxes = part.rows["boxes"]
    areas = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1)
    picture = np.prod(part.rows["size"], axis=-1, dtype=np.float64)[:, np.newaxis]
    covered: np.ndarray = (found & (areas > WHOLE * picture)).any(axis=1)
    return covered


def _places(parts: Mapping[str, Examples], marks: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    return tuple(
        _place(name, part, row)
        for name, part in parts.items()
        for row in np.flatnonzero(marks[name]).tolist()
    )


def _place(name: str, part: Examples, row: int) -> str:
    paths = part.rows.get("path")
    return f"{name}[{row}]" if paths is None else shown(paths[row])


def _unlike(parts: Mapping[str, Examples]) -> tuple[tuple[str, ...], ...]:
    """Places of equal pictures that do not have the same boxes."""
    copies: dict[str, dict[str, frozenset[tuple[float, ...]]]] = {}
    for name, part in parts.items():
        keys, counts = np.unique(part.keys, return_counts=True)
        shared = [set(other.keys.tolist()) for n, other in parts.items() if n != name]
        again = set(keys[counts > 1].tolist()).union(*(each & set(keys) for each in shared))
        for row in np.flatnonzero(np.isin(part.keys, list(again))).tolist():
            there = part.rows["labels"][row] >= 0
            marked = np.column_stack([part.rows[n][row][there] for n in ("boxes", "labels")])
            place = _place(name, part, row)
            copies.setdefault(str(part.keys[row]), {})[place] = frozenset(map(tuple, marked))
    return tuple(tuple(each) for each in copies.values() if len(set(each.values())) > 1)


def _spread(values: np.ndarray) -> Spread:
    return float(values.min()), float(np.median(values)), float(values.max())


def _about_classes(train: Mapping[str, int]) -> Iterator[str]:
    counts = {name: count for name, count in train.items() if count}
    few = [f"{name} {count}" for name, count in counts.items() if count < FEW]
    if few:
        more = f" and {len(few) - SHOWN} more" if len(few) > SHOWN else ""
        yield f"Classes of less than {FEW} boxes in train: {', '.join(few[:SHOWN])}{more}."
    if counts and max(counts.values()) >= IMBALANCE * min(counts.values()):
        largest, smallest = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
        yield (
            f"Classes are unequal in train: {largest} has {counts[largest]:,} boxes, {smallest} "
            f"{counts[smallest]:,}. map_50 is the mean over classes and counts both alike; more "
            f"pictures with {smallest} help most."
        )


def _count(places: tuple[str, ...], what: str) -> str:
    return f"1 {what} is" if len(places) == 1 else f"{len(places):,} {what}s are"


def _some(places: tuple[str, ...]) -> str:
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
