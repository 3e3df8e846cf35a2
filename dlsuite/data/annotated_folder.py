"""Pictures of a folder and the annotation file of each, found by their names in any layout.

A picture and its annotation have the same path but for the ending and for folders that say no more
than what is in them: `images/train/7.jpg` and `labels/train/7.txt` both are `train/7`, as are
`train/images/7.jpg` and `train/labels/7.txt`, or `train/7.jpg` and `train/7.txt`.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dlsuite.data.examples import DataError
from dlsuite.data.file_names import shown
from dlsuite.data.image_files import SUFFIXES

PICTURES = frozenset(("images", "jpegimages", "imgs", "img"))
LABELS = frozenset(("annotations", "labels", "xmls", "xml"))
# What else Pascal VOC has pictures of: masks of segmentation.
PASSED_OVER = frozenset(("segmentationclass", "segmentationobject", "__macosx"))
# Folders of given parts -> the split they are; a year may follow, as in train2017.
PARTS = {
    "train": "train",
    "training": "train",
    "trainval": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
}
PART = re.compile(f"({'|'.join(PARTS)})(19|20)?[0-9]{{0,2}}")


class Files(NamedTuple):
    """What a folder holds, paths below it: pictures and annotations by name, and all others."""

    pictures: dict[str, str]
    annotations: dict[str, str]
    others: list[str]


def files_of(root: Path, suffix: str) -> Files:
    """Every picture, and every file with the ending of an annotation.

    Args:
        root: The folder.
        suffix: Of annotations, such as `.xml`.

    Raises:
        DataError: There is no picture, or two are told apart by nothing but their ending.
    """
    pictures, annotations, others = dict[str, str](), dict[str, str](), list[str]()
    twice = dict[str, tuple[str, str]]()
    for path in files_below(root):
        ending = os.path.splitext(path)[1].lower()
        mask = ending in SUFFIXES and in_label_folder(path)
        if mask or (ending not in SUFFIXES and ending != suffix):
            others.append(path)
            continue
        into = pictures if ending in SUFFIXES else annotations
        name = name_of(path)
        if into.setdefault(name, path) != path:
            twice.setdefault(name, (into[name], path))
    for name, (first, second) in twice.items():
        if name in pictures:  # else texts that only look like annotations
            raise DataError(
                "Each picture and each annotation must have a name of its own, without its ending. "
                f"Received in {root}: {shown(first)} and {shown(second)}."
            )
    if not pictures:
        raise DataError(
            f"There must be pictures with the endings {', '.join(sorted(SUFFIXES))}. "
            f"Received: {root}, which has none."
        )
    return Files(pictures, annotations, others)


def files_below(root: Path) -> Iterable[str]:
    """Paths of all files below a folder, in order; hidden ones are passed over, links followed."""
    for folder, inner, names in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if _entered(folder, name))
        place = os.path.relpath(folder, root)
        for name in sorted(names):
            if not name.startswith("."):
                yield name if place == "." else f"{place}/{name}"


def _entered(folder: str, name: str) -> bool:
    """Whether a folder in another is looked into; one that leads back is not."""
    if name.startswith(".") or name.lower() in PASSED_OVER:
        return False
    path = os.path.join(folder, name)
    return not os.path.islink(path) or os.path.realpath(path) not in _outer(folder)


def _outer(folder: str) -> set[str]:
    """A folder and all that it is in."""
    place = Path(folder).resolve()
    return {str(each) for each in (place, *place.parents)}


def name_of(path: str) -> str:
    """The path of a file without its ending and without folders that only say what is in them."""
    *folders, file = path.split("/")
    kept = [folder for folder in folders if folder.lower() not in PICTURES | LABELS]
    return "/".join([*kept, os.path.splitext(file)[0]])


def in_label_folder(path: str) -> bool:
    """Whether a file lies in a folder for annotations, so that it must be one."""
    return any(folder.lower() in LABELS for folder in path.split("/")[:-1])


def part_of(folder: str) -> str | None:
    """The split that a folder's name means, or None."""
    match = PART.fullmatch(folder.lower())
    return None if match is None else PARTS[match[1]]


def parts_of(names: Iterable[str], root: Path) -> dict[str, str]:
    """The split of each name by its first folder; `all` where no folder is called like a part.

    Raises:
        DataError: Some are in folders of parts and others are not, or there is no train.
    """
    folders = {name: name.split("/")[:-1] for name in names}
    depth = _shared_depth(folders)
    first = {name: part[depth] if len(part) > depth else "" for name, part in folders.items()}
    found = {folder: part_of(folder) for folder in sorted(set(first.values()))}
    if not any(found.values()):
        return dict.fromkeys(first, "all")
    if not all(found.values()) or "train" not in found.values():
        listed = ", ".join(shown(folder) or "none" for folder in found)
        raise DataError(
            "Part folders must be `train` with any of `dev` (or val, valid, validation) and "
            f"`test`, without pictures beside them. Received in {root}: {listed}."
        )
    return {name: str(found[folder]) for name, folder in first.items()}


def _shared_depth(folders: Mapping[str, list[str]]) -> int:
    """How many outer folders all names share that are no parts."""
    depth = 0
    while True:
        here = {part[depth] if len(part) > depth else "" for part in folders.values()}
        if len(here) != 1 or "" in here or any(part_of(folder) for folder in here):
            return depth
        depth += 1
