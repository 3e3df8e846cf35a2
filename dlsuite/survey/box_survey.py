"""A look at pictures with boxes: how they are annotated, classes, sizes of pictures and boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.data.archives import cache_folder, folder_of, is_archive
from dlsuite.data.box_rows import to_be_found
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.picture_bytes import Verify
from dlsuite.survey.box_layout import BoxLayout, box_layout
from dlsuite.survey.picture_sample import Range
from dlsuite.survey.picture_survey import repeats
from dlsuite.survey.picture_table import Unsuited

FEWEST = 10  # pictures
CHECKED = 5_000  # pictures up to which every one is decoded, as training would do


@dataclass(frozen=True)
class BoxSurvey:
    """What a look at pictures with boxes found.

    Attributes:
        source: Name of the source that reads them.
        arguments: Of the source, in the order in which a recipe should name them.
        path: As the user wrote it.
        pictures: Pictures by part; `all` where nothing is divided yet.
        boxes: Boxes of each class by part.
        shapes: Width and height of each box that is to be found, then of its picture, all in
            pixels, float64 `[N, 4]`.
        most: Boxes of the picture that has most.
        empty: Pictures without a box.
        ignored: Boxes that are neither to be found nor wrong when found.
        height: In pixels, of all pictures.
        width: In pixels, of all pictures.
        aspects: Tenth percentile, median and ninetieth of height / width.
        checked: Whether every picture was decoded, not its header alone.
        bad: `{"path", "reason"}` of pictures that cannot be used.
        bad_boxes: The same of boxes.
        said: Sentences of the source about what it read.
        repeated: Pictures that are equal to another one.
        shared: Pictures that two given parts have in common, by `train & test`.
    """

    source: str
    arguments: Mapping[str, Any]
    path: str
    pictures: Mapping[str, int]
    boxes: Mapping[str, Mapping[str, int]]
    shapes: np.ndarray = field(repr=False)
    most: int
    empty: int
    ignored: int
    height: Range
    width: Range
    aspects: tuple[float, float, float]
    checked: bool = True
    bad: tuple[Mapping[str, str], ...] = ()
    bad_boxes: tuple[Mapping[str, str], ...] = ()
    said: tuple[str, ...] = ()
    repeated: int = 0
    shared: Mapping[str, int] = field(default_factory=dict)

    @property
    def classes(self) -> dict[str, int]:
        """Boxes of each class over all parts."""
        found: Counter[str] = Counter()
        for counts in self.boxes.values():
            found.update(counts)
        return dict(found)

    @property
    def count(self) -> int:
        """Pictures that can be used."""
        return sum(self.pictures.values())


def survey_boxes(path: str) -> BoxSurvey:
    """Looks at the pictures with boxes at `path`, a folder or an archive.

    Raises:
        Unsuited: There are none.
        DataError: There are too few pictures, or it is not clear what a file annotates.
    """
    place = Path(path).expanduser()
    layout = None
    if place.is_dir() or is_archive(place):
        layout = box_layout(folder_of(path, cache_folder()))
    if layout is None:
        raise Unsuited(
            "Pictures with boxes are wanted: an XML of Pascal VOC or a text of YOLO for each, or a "
            f"JSON of COCO. Received: {path}, without any."
        )
    survey = _read(path, layout)
    if survey.count < FEWEST:
        raise DataError(
            f"Too few to learn from: at least {FEWEST} pictures with boxes are needed, some "
            f"hundred are better. Received: {survey.count} in {path}."
        )
    return survey


def _read(path: str, layout: BoxLayout) -> BoxSurvey:
    arguments = layout.at(path)
    checked = layout.pictures <= CHECKED
    verify: Verify = "decode" if checked else "header"
    if layout.source == "voc":
        as_written = {**arguments, "one_based": False}
        if _begin_at_zero(_collected("voc", as_written, verify)):
            arguments = as_written
    collection = _collected(layout.source, arguments, verify)
    parts, about = collection.parts, collection.about
    names = list(map(str, about["class_names"]))
    most = max(part.rows["labels"].shape[1] for part in parts.values())
    rows = {name: _joined(parts, name) for name in ("boxes", "labels", "ignored", "size")}
    found = to_be_found(rows)
    high, wide = rows["size"][:, 0], rows["size"][:, 1]
    low, middle, top = np.percentile(high / wide, (10, 50, 90))
    return BoxSurvey(
        source=layout.source,
        arguments=arguments,
        path=path,
        pictures={part: len(examples) for part, examples in parts.items()},
        boxes={part: _counted(examples, names) for part, examples in parts.items()},
        shapes=_shapes(rows["boxes"], rows["size"], found),
        most=most,
        empty=int((~found.any(axis=1)).sum()),
        ignored=int(rows["ignored"].sum()),
        height=Range.of(high.tolist()),
        width=Range.of(wide.tolist()),
        aspects=(float(low), float(middle), float(top)),
        checked=checked,
        bad=tuple(about["bad_examples"]),
        bad_boxes=tuple(about["bad_boxes"]),
        said=tuple(about["notes"]),
        **repeats(parts),
    )


def _collected(source: str, arguments: Mapping[str, Any], verify: Verify) -> Collection:
    from dlsuite.data import sources

    reading: dict[str, Callable[..., Collection]] = {
        "voc": sources.voc,
        "yolo": sources.yolo,
        "coco": sources.coco,
    }
    options: dict[str, Any] = {**arguments, "verify": verify, "on_bad_example": "skip"}
    return reading[source](**options)


def _begin_at_zero(collection: Collection) -> bool:
    """Whether corners as they are written are of pixel 0, which Pascal VOC does not have."""
    return any(
        bool((part.rows["boxes"][part.rows["labels"] >= 0][:, :2] == 0).any())
        for part in collection.parts.values()
    )


def _joined(parts: Mapping[str, Examples], name: str) -> np.ndarray:
    return np.concatenate([part.rows[name] for part in parts.values()])


def _counted(examples: Examples, names: list[str]) -> dict[str, int]:
    rows = examples.rows
    labels = rows["labels"][to_be_found(rows)]
    return dict(zip(names, np.bincount(labels, minlength=len(names)).tolist(), strict=True))


def _shapes(boxes: np.ndarray, size: np.ndarray, found: np.ndarray) -> np.ndarray:
    chosen = boxes[found].astype(np.float64)
    pictures = np.repeat(size[:, ::-1], found.sum(axis=1), axis=0)
    return np.concatenate([chosen[:, 2:] - chosen[:, :2], pictures], axis=1)
