"""A look at pictures with a class each: counts, sizes, colour and damage."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from dlsuite.data.archives import cache_folder
from dlsuite.data.examples import DataError, Examples
from dlsuite.data.sources.image_folder import Image, listing
from dlsuite.survey.picture_sample import Range, Seen, is_coloured, looked_at, sizes
from dlsuite.survey.picture_table import image_table

FEWEST = 10  # pictures
SAMPLE = 200  # pictures whose size and colour are looked at
CHECKED = 5_000  # files up to which every one is checked, as training would do


@dataclass(frozen=True)
class PictureSurvey:
    """What a look at pictures found.

    Attributes:
        source: Name of the source that reads them.
        path: As the user wrote it.
        counts: Pictures of each class by part; `all` where nothing is divided yet.
        total: Files, those that cannot be read included.
        sampled: Pictures whose size and colour were looked at.
        height: In pixels, of the sample.
        width: In pixels, of the sample.
        aspects: Tenth percentile, median and ninetieth of height / width.
        coloured: Share of the sample that is in colour.
        lying: Pictures of the sample with an orientation tag that turns them.
        checked: Whether every file was checked, not the sample alone.
        bad: `{"path", "reason"}` of those that cannot be read.
        empty: Classes without a picture.
        repeated: Pictures that are equal to another one.
        arguments: Of the source, beside the path.
        guessed: Why the column of classes is that one, where a table names the pictures.
        shared: Pictures that two given parts have in common, by `train & test`.
    """

    source: str
    path: str
    counts: Mapping[str, Mapping[str, int]]
    total: int
    sampled: int
    height: Range
    width: Range
    aspects: tuple[float, float, float]
    coloured: float
    lying: int = 0
    checked: bool = True
    bad: tuple[Mapping[str, str], ...] = ()
    empty: tuple[str, ...] = ()
    repeated: int = 0
    shared: Mapping[str, int] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    guessed: str = ""

    @property
    def classes(self) -> dict[str, int]:
        """Pictures of each class over all parts."""
        found: Counter[str] = Counter()
        for counts in self.counts.values():
            found.update(counts)
        return dict(found)

    @property
    def count(self) -> int:
        """Pictures that can be read."""
        return sum(self.classes.values())

    @property
    def sides_differ(self) -> bool:
        """Whether the pictures of the sample are of several sizes."""
        return self.height.least < self.height.most or self.width.least < self.width.most


def survey_pictures(path: str, form: str, target: str | None = None) -> PictureSurvey:
    """Looks at the pictures at `path`.

    Args:
        path: As the user wrote it.
        form: `pictures` for class folders or an archive of them, `idx`, `arrays`, or `table` for
            one that names the files.
        target: Column of the classes in a table that names files; guessed if None.

    Raises:
        Unsuited: It is a table that names no files of pictures.
        DataError: There are no pictures of at least two classes.
    """
    if form == "table":
        survey = _of_table(path, target)
    else:
        survey = _of_folder(path) if form == "pictures" else _of_arrays(path, form)
    if len(survey.classes) < 2:
        raise DataError(
            "A classifier needs pictures of at least two classes, each in a folder of its own: "
            f"cats/…, dogs/…. Received in {path}: {', '.join(survey.classes)}."
        )
    if survey.count < FEWEST:
        raise DataError(
            f"Too few to learn from: at least {FEWEST} pictures are needed, a hundred of each "
            f"class are better. Received: {survey.count} in {path}."
        )
    return survey


def _of_arrays(path: str, form: str) -> PictureSurvey:
    from dlsuite.data import sources

    read = {"idx": sources.idx, "arrays": sources.arrays}[form]
    collection = read(path, on_bad_example="skip")
    parts = collection.parts
    first = next(iter(parts.values()))
    if "image" not in first.rows or "class_names" not in collection.about:
        kind = "pictures with something else" if "image" in first.rows else "a table of numbers"
        raise DataError(f"Pictures of one class each are wanted. Received: {path}, {kind}.")
    names = list(map(str, collection.about["class_names"]))
    images = first.rows["image"]
    some = images[_spread(len(images), SAMPLE)]
    seen = [Seen(image.shape[0], image.shape[1], is_coloured(image), False) for image in some]
    bad = tuple(collection.about.get("bad_examples", ()))
    return PictureSurvey(
        source=form,
        path=path,
        counts={part: _counted(e.rows["label"], names) for part, e in parts.items()},
        total=sum(map(len, parts.values())) + len(bad),
        bad=bad,
        **sizes(seen),
        **repeats(parts),
    )


def _of_table(path: str, target: str | None) -> PictureSurvey:
    from dlsuite.data import sources

    told = image_table(path, target)
    arguments = told.arguments()
    collection = sources.image_csv(**arguments, on_bad_example="skip")
    parts, bad = collection.parts, tuple(collection.about["bad_examples"])
    names = list(map(str, collection.about["class_names"]))
    paths = [p for e in parts.values() for p in map(os.fsdecode, e.rows["path"].tolist())]
    seen, _ = looked_at(told.root, [paths[i] for i in _spread(len(paths), SAMPLE)])
    return PictureSurvey(
        source="image_csv",
        path=told.path,
        counts={part: _counted(e.rows["label"], names) for part, e in parts.items()},
        total=len(paths) + len(bad),
        bad=bad,
        arguments={n: v for n, v in arguments.items() if n != "path"},
        guessed=told.guessed,
        **sizes(seen),
        **repeats(parts),
    )


def _of_folder(path: str) -> PictureSurvey:
    root, parts, images, classes = listing(path, cache_folder())
    paths, names = [image.path for image in images], list(classes)
    few = len(paths) <= CHECKED
    facts = _checked(path, names) if few else _uncounted(parts, images, names)
    chosen = _spread(len(paths), SAMPLE)
    seen, bad = looked_at(root, [paths[i] for i in chosen])
    if not seen:
        raise DataError(f"None of {len(bad)} pictures in {path} can be read: {bad[0]['reason']}.")
    if not few:
        facts["bad"] = tuple(bad)
    return PictureSurvey(
        source="image_folder", path=path, total=len(paths), checked=few, **sizes(seen), **facts
    )


def _checked(path: str, names: Sequence[str]) -> dict[str, Any]:
    """Facts of a source that looks at every file, as training will; its findings are kept."""
    from dlsuite.data.sources import image_folder

    collection = image_folder(path, on_bad_example="skip")
    kept = list(map(str, collection.about["class_names"]))
    return {
        "counts": {p: _counted(e.rows["label"], kept) for p, e in collection.parts.items()},
        "empty": tuple(sorted(set(names) - set(kept))),
        "bad": tuple(collection.about["bad_examples"]),
        **repeats(collection.parts),
    }


def _uncounted(
    parts: Iterable[str], images: Iterable[Image], names: Iterable[str]
) -> dict[str, Any]:
    """Facts of the names of files alone."""
    counts: dict[str, Counter[str]] = {part: Counter() for part in parts}
    for image in images:
        counts[image.part][image.name] += 1
    held = set().union(*counts.values())
    return {"counts": counts, "empty": tuple(name for name in names if name not in held)}


def repeats(parts: Mapping[str, Examples]) -> dict[str, Any]:
    """Pictures equal to another one, and those that two parts have in common."""
    keys = {part: set(examples.keys.tolist()) for part, examples in parts.items()}
    total = sum(map(len, parts.values()))
    shared = {f"{a} & {b}": len(keys[a] & keys[b]) for a, b in combinations(keys, 2)}
    return {
        "repeated": total - len(set().union(*keys.values())),
        "shared": {pair: count for pair, count in shared.items() if count},
    }


def _counted(labels: np.ndarray, names: Sequence[str]) -> dict[str, int]:
    counts = np.bincount(labels, minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _spread(count: int, most: int) -> np.ndarray:
    """At most so many indices, evenly over all, so that every class has its share."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
