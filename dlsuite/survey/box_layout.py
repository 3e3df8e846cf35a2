"""Which of the sources of pictures with boxes reads a folder: told by files that annotate."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dlsuite.data.annotated_folder import files_below, name_of, part_of
from dlsuite.data.examples import DataError
from dlsuite.data.file_names import shown
from dlsuite.data.image_files import SUFFIXES

TRIED = 20  # annotations that are opened before none is believed to be one
START = 4096  # bytes of each
MARKED = re.compile(rb"<annotation[\s>]")
# A line of YOLO: a class and at least four numbers.
LABELLED = re.compile(rb"\s*\d+(\.0*)?([ \t]+[-+]?\d*\.?\d+([eE][-+]?\d+)?){4,}[ \t]*\r?(\n|$)")
LARGEST = 2**30  # bytes of a JSON that is opened
LISTS = ("images", "annotations", "categories")
# Of several files of COCO about the same pictures the one with boxes of things.
THINGS = "instances"
WORDS = re.compile(r"[^A-Za-z0-9]+")


class BoxLayout(NamedTuple):
    """A source by its name, what it needs beside the place, and the pictures that lie there."""

    source: str
    arguments: dict[str, Any]
    pictures: int

    def at(self, path: str) -> dict[str, Any]:
        """All arguments of the source for the place where this was found."""
        return {"images" if self.source == "coco" else "path": path, **self.arguments}


def box_layout(root: Path, preferred: str = "voc") -> BoxLayout | None:
    """The source that reads the pictures with boxes below a folder, None where no boxes are.

    Files of Pascal VOC and YOLO count where a picture has the same name, see `annotated_folder`.

    Args:
        root: The folder.
        preferred: The source, `voc` or `yolo`, where files of both lie there.

    Raises:
        DataError: Several files of COCO are there and it is not clear which part each is.
    """
    paths = list(files_below(root))
    endings = [os.path.splitext(path)[1].lower() for path in paths]
    pictures = {
        name_of(path) for path, ending in zip(paths, endings, strict=True) if ending in SUFFIXES
    }
    if not pictures:
        return None
    of_ending = {
        suffix: [path for path, ending in zip(paths, endings, strict=True) if ending == suffix]
        for suffix in (".xml", ".txt", ".json")
    }
    forms = (("voc", ".xml", MARKED.search), ("yolo", ".txt", LABELLED.match))
    for source, suffix, form in sorted(forms, key=lambda each: each[0] != preferred):
        beside = [path for path in of_ending[suffix] if name_of(path) in pictures]
        if any(form(_start(root / path)) for path in beside[:TRIED]):
            return BoxLayout(source, {}, len(pictures))
    files = [path for path in of_ending[".json"] if _lists_boxes(root / path)]
    if not files:
        return None
    return BoxLayout("coco", {"annotations": _by_part(root, files)}, len(pictures))


def _start(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(START).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return b""


def _lists_boxes(file: Path) -> bool:
    """Whether a JSON has the lists of COCO, and a box in the one of annotations."""
    if file.stat().st_size > LARGEST or not _start(file).lstrip().startswith(b"{"):
        return False
    try:
        told = json.loads(file.read_bytes())
    except (ValueError, RecursionError, OSError):
        return False
    if not all(isinstance(told.get(name), list) for name in LISTS):
        return False
    return any(isinstance(each, dict) and "bbox" in each for each in told["annotations"])


def _by_part(root: Path, files: Sequence[str]) -> str | dict[str, str]:
    """The one file, or one for each part that names of files and folders say."""
    things = [path for path in files if THINGS in path.rpartition("/")[2].lower()]
    files = things or files
    if len(files) == 1:
        return files[0]
    parts: dict[str, list[str]] = {}
    for path in files:
        parts.setdefault(_part(path), []).append(path)
    if "" in parts or "train" not in parts or any(len(each) > 1 for each in parts.values()):
        listed = ", ".join(map(shown, files[:5]))
        raise DataError(
            "Of several JSON files of COCO the name, or the folder, of each must say its part: one "
            f"for train, and one for val or test. Received in {root}: {listed}."
        )
    return {part: parts[part][0] for part in ("train", "dev", "test") if part in parts}


def _part(path: str) -> str:
    """The part that a file is, by the words of its name, else by its folders; empty if none."""
    *folders, name = path.split("/")
    return next(filter(None, _parts([*WORDS.split(name.rpartition(".")[0]), *folders[::-1]])), "")


def _parts(words: Iterable[str]) -> Iterable[str | None]:
    return map(part_of, words)
