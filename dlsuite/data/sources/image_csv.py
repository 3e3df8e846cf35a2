"""Images that a CSV file names, with a class, with labels or with several classes each."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from dlsuite.data.archives import cache_folder
from dlsuite.data.bad_examples import OnBadExample, settle
from dlsuite.data.delimited import Separator, read_table
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.file_names import shown
from dlsuite.data.image_files import ABSENT, Common, check_files, image_reader, stamp_of
from dlsuite.data.picture_bytes import Channels, Verify
from dlsuite.data.table_files import (
    part_files,
    require_columns,
    same_header,
    summary,
    usable_rows,
)
from dlsuite.data.target_columns import TargetColumns, target_columns

Name = Annotated[str, Field(min_length=1)]
Parts = dict[str, dict[str, np.ndarray]]  # columns `[N]` by name, by part
PATH, KEY = " path", " key"  # columns that no table has: names never begin with a space


def image_csv(
    path: Name,
    image: Name,
    target: Name | list[Name],
    *,
    task: Literal["auto", "classification", "multilabel"] = "auto",
    label_separator: Name | None = None,
    folder: str | None = None,
    suffix: str = "",
    groups: str | None = None,
    separator: Separator = "auto",
    channels: Channels = 3,
    verify: Verify = "decode",
    cache: str | None = None,
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Images named by rows of a CSV file, or of `train.csv` with `dev.csv` and `test.csv`.

    Columns that are not named here are passed over. Images are read when they are needed; every
    file is read once before, as `image_folder` does.

    Args:
        path: The file or folder, in UTF-8, gzipped or not.
        image: Column of the images' files.
        target: Column of the class; or several: the classes of each at once, or with
            `task: multilabel` a column of 0 and 1 for each label.
        task: `auto` takes what is in a column as a class; say `multilabel` for columns of labels.
        label_separator: What stands between labels, for a column that lists any number of them.
        folder: Where the images are; that of the CSV file if None.
        suffix: What files have after the name in the table, such as `.jpg`.
        groups: Column that says what a split must not cut, a person or a time.
        separator: Between fields; `auto` takes the most frequent in the first line.
        channels: 3 for colour, 1 for grey; images of the other kind are converted.
        verify: As in `image_folder`.
        cache: As in `image_folder`.
        on_bad_example: Whether rows that miss a value, and images that are not there or cannot be
            read, are errors or left out.

    Returns:
        Examples `{"image": uint8 [H, W, C], "label": int32}`, or `"label": uint8 [L]` for labels
        and `int32 [O]` for several classes, in alphabetical order or that of their numbers.
    """
    told = target_columns(target, task, label_separator)
    files = part_files(path)
    rows, bad, total = _rows(files, separator, image, told, groups)
    root = _root(folder, next(iter(files.values())).parent)
    index = Path(cache).expanduser() if cache else cache_folder()
    rows, unreadable, common = _images(root, rows, image, suffix, index, verify)
    bad += unreadable
    settle(bad, total, f"images ({summary(bad)})" if bad else "images", on_bad_example, path)
    about, targets = told.read(rows, on_bad_example)
    read = image_reader(root, channels, common)
    parts = {}
    for part, columns in rows.items():
        kept = None if groups is None else columns[groups].astype(str)
        labels, strata = targets[part]
        images = {"path": columns[PATH], "label": labels}
        parts[part] = Examples(images, columns[KEY].astype("U32"), read, strata, kept)
    return Collection(parts, {**about, "source": path, "target": told.target, "bad_examples": bad})


def _rows(
    files: Mapping[str, Path],
    separator: Separator,
    image: str,
    told: TargetColumns,
    groups: str | None,
) -> tuple[Parts, list[dict[str, str]], int]:
    """The columns of rows that miss nothing, by part, what the others are, and how many in all."""
    tables = {part: read_table(file, separator) for part, file in files.items()}
    header = same_header(tables)
    asked = {"image": [image], "target": told.names, "groups": [groups] if groups else []}
    for argument, names in asked.items():
        require_columns(argument, names, header)
    if image in told.names:
        raise DataError(
            f"`image` and `target` must be different columns. Received: {image} for both.",
            argument="image",
        )
    columns = [name for names in asked.values() for name in names]
    rows, bad = usable_rows(tables, dict.fromkeys(columns, "category"), told, ".")
    return rows, bad, sum(len(table.fields) for table in tables.values())


def _images(
    root: Path, rows: Parts, image: str, suffix: str, index: Path, verify: Verify
) -> tuple[Parts, list[dict[str, str]], Common]:
    """Those rows whose image can be read, with its path below `root` and its content hash.

    Beside them what is bad, and what all images have in common.
    """
    names = {
        part: [_below(root, f"{name}{suffix}") for name in columns[image]]
        for part, columns in rows.items()
    }
    every = sorted({name for part in names.values() for name in part})
    stamps = {name: stamp_of(root / name) for name in every}
    there = [name for name in every if stamps[name] != ABSENT]
    checked = check_files(root, there, index, verify, [stamps[name] for name in there])
    reasons = dict.fromkeys(every, f"there is no such file in {root}")
    reasons.update(zip(there, map(str, checked.reasons), strict=True))
    keys = dict(zip(there, checked.keys, strict=True))
    found, bad = {}, []
    for part, columns in rows.items():
        bad += [{"path": shown(n), "reason": reasons[n]} for n in names[part] if reasons[n]]
        good = np.array([not reasons[name] for name in names[part]], bool)
        paths = [name for name in names[part] if not reasons[name]]
        found[part] = {
            **{name: column[good] for name, column in columns.items()},
            PATH: np.array([os.fsencode(name) for name in paths], bytes),
            KEY: np.array([keys[name] for name in paths], str),
        }
    return found, bad, checked.common


def _root(folder: str | None, beside: Path) -> Path:
    root = beside if folder is None else Path(folder).expanduser()
    if not root.is_dir():
        raise DataError(
            f"`folder` must be the folder of the images. Received: {folder}, which is "
            f"{'a file' if root.exists() else 'not there'}.",
            argument="folder",
        )
    return root


def _below(root: Path, name: str) -> str:
    return os.path.relpath(name, root) if os.path.isabs(name) else name
