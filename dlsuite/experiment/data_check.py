"""A recipe's data read through before anything is trained, and the pages about it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dlsuite.data import DataError
from dlsuite.data.box_rows import truth_of
from dlsuite.data.checks import DataCheck, examine
from dlsuite.data.checks_boxes import box_sides
from dlsuite.data.checks_repeats import Same
from dlsuite.data.file_names import shown
from dlsuite.data.strata import stratum_codes
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.preparing import loaded
from dlsuite.figures import detection_grid, image_grid
from dlsuite.figures.data_check import box_sizes, class_counts, columns, picture_sizes
from dlsuite.recipe import Document, Recipe, RecipeError, load
from dlsuite.tracking.pictures import saved

SAMPLES = 48  # pictures of the sample page, about
ROW = 8  # pictures in a row of it
BOXED = 12  # pictures of the sample page where they have boxes
EACH = (24, 16, 8, 4, 2, 1)  # pictures of a class, so that rows begin with a class
PAIRS = 12  # examples of the page of duplicates
COPIES = 4  # of each


def check_data(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
) -> DataCheck:
    """Reads every example of a recipe's data, each damaged one listed instead of refused.

    Raises:
        RecipeError: The recipe is wrong, or there is no data to read.
    """
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    refusals = list(_refusals(pipeline, checked))
    try:
        return examine(checked.settings.data, refusals)
    except DataError as error:
        key = getattr(error, "key", "") or f"data.source.{error.argument}".rstrip(".")
        raise RecipeError([checked.problem(key, str(error))]) from error


def write_pages(check: DataCheck, folder: Path) -> list[Path]:
    """Writes the check as `check.json`, its lists as CSV and what can be seen as pictures.

    Returns:
        The files, in the order in which to look at them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in _figures(check):
        path = folder / f"{name}.png"
        saved(figure, path)
        written.append(path)
    bad = ([item["path"], item["reason"]] for item in check.bad)
    bad_boxes = [] if check.boxes is None else check.boxes.bad
    tables = {
        "bad_boxes": (["path", "reason"], [[b["path"], b["reason"]] for b in bad_boxes]),
        "bad_examples": (["path", "reason"], list(bad)),
        "duplicates": (["key", "split", "path"], list(_rows(check.duplicates))),
        "leaked": (["key", "split", "path"], list(_rows(check.leaked))),
        "near_duplicates": (
            ["split", "key", "of_split", "of_key"],
            [[pair.parts[1], pair.keys[1], pair.parts[0], pair.keys[0]] for pair in check.near],
        ),
    }
    for name, (header, rows) in tables.items():
        if rows:
            path = folder / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows])
            written.append(path)
    path = folder / "check.json"
    path.write_text(json.dumps(check.to_dict(), indent=2, default=vars) + "\n", encoding="utf-8")
    return [*written, path]


def _refusals(pipeline: Pipeline, recipe: Recipe) -> Iterator[str]:
    """What `train` would say before its first step."""
    try:
        splits = loaded(pipeline, recipe)
    except RecipeError as error:
        yield str(error)
    else:
        for key, message in pipeline.check(recipe.settings, splits.info):
            yield str(recipe.problem(key, message))


def _figures(check: DataCheck) -> Iterator[tuple[str, Figure]]:
    if check.boxes is not None:
        yield "class_counts", class_counts(check.boxes.counts, what="boxes")
        yield "samples", _boxed_samples(check)
        sides, labels = box_sides(check.parts)
        yield "box_sizes", box_sizes(sides, labels, _class_names(check))
    elif any(check.report.classes.values()):
        yield "class_counts", class_counts(check.report.classes)
    if check.pictures is not None:
        if check.boxes is None:
            yield "samples", _samples(check)
        if len(check.pictures.sizes) > 1:
            yield "picture_sizes", picture_sizes(check.pictures.sizes)
        repeated = [*check.leaked, *check.duplicates]
        if repeated:
            yield "duplicates", _duplicates(check, list(dict.fromkeys(repeated))[:PAIRS])
        if check.near:
            yield "near_duplicates", _near(check)
    if check.columns:
        yield "columns", columns(check.parts["train"].rows["columns"])


def _samples(check: DataCheck) -> Figure:
    """Pictures of train at random, as many of each class as there is room for."""
    train = check.parts["train"]
    names = list(check.report.classes.get("train", {}))
    chosen = np.random.default_rng(0).permutation(len(train))
    if train.strata is not None and names:
        each = next((number for number in EACH if number * len(names) <= SAMPLES), 1)
        codes = stratum_codes(train.strata)[chosen]
        chosen = np.concatenate([chosen[codes == code][:each] for code in np.unique(codes)])
    pictures, captions = [], []
    for index in chosen[:SAMPLES].tolist():
        row = train.read(index)
        pictures.append(row["image"])
        captions.append(_caption(None if train.strata is None else train.strata[index], names))
    title = f"{len(pictures)} of {len(train):,} in train"
    return image_grid(pictures, captions, columns=ROW, title=title)


def _boxed_samples(check: DataCheck) -> Figure:
    """Pictures of train with their boxes: some of the rarest class of each, at random."""
    train = check.parts["train"]
    chosen = np.random.default_rng(0).permutation(len(train))
    if train.strata is not None:
        codes = stratum_codes(train.strata)[chosen]
        turn = np.array([(codes[:place] == code).sum() for place, code in enumerate(codes)])
        chosen = chosen[np.argsort(turn, kind="stable")]  # one of each, then the next of each
    chosen = chosen[:BOXED]
    rows = [train.read(index) for index in chosen.tolist()]
    paths = train.rows.get("path")
    captions = [
        f"train[{index}]" if paths is None else Path(shown(paths[index])).name
        for index in chosen.tolist()
    ]
    return detection_grid(
        [row["image"] for row in rows],
        captions,
        _class_names(check),
        truth={part: np.stack([row[part] for row in rows]) for part in truth_of(rows[0])},
        title=f"{len(rows)} of {len(train):,} in train",
    )


def _class_names(check: DataCheck) -> list[str]:
    assert check.boxes is not None
    return list(check.boxes.counts["train"])


def _caption(stratum: Any, names: Sequence[str]) -> str:
    """The class of an example, or the labels that it has."""
    if stratum is None:
        return ""
    if np.ndim(stratum):
        return "\n".join(names[int(place)] for place in np.flatnonzero(stratum))
    return names[int(stratum)] if names and float(stratum).is_integer() else f"{stratum}"


def _duplicates(check: DataCheck, shown: Sequence[Same]) -> Figure:
    """Each example that repeats, its copies side by side."""
    where = {
        (name, key): index
        for name, part in check.parts.items()
        for index, key in enumerate(part.keys.tolist())
    }
    pictures, captions = [], []
    for same in shown:
        for split, place in list(zip(same.parts, same.places, strict=False))[:COPIES]:
            pictures.append(check.parts[split].read(where[split, same.key])["image"])
            captions.append(f"{split}\n{Path(place).name}")
    return image_grid(pictures, captions, title="Equal pictures")


def _near(check: DataCheck) -> Figure:
    """Each example that another is nearly the same as, the two one after the other."""
    ends = [
        (part, row)
        for pair in check.near[:PAIRS]
        for part, row in zip(pair.parts, pair.rows, strict=True)
    ]
    pictures = [check.parts[part].read(row)["image"] for part, row in ends]
    return image_grid(pictures, [f"{part}[{row}]" for part, row in ends], title="Nearly equal")


def _rows(repeated: Iterable[Same]) -> Iterator[list[str]]:
    for same in repeated:
        for split, place in zip(same.parts, same.places, strict=False):
            yield [same.key, split, place]
