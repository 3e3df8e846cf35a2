"""Pictures with boxes in the text files of YOLO."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated as As

from pydantic import Field

from dlsuite.data.annotated_folder import Files, files_of, in_label_folder, parts_of
from dlsuite.data.archives import cache_folder, folder_of
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.data.box_checks import OnBadBox
from dlsuite.data.boxed_pictures import Annotated, boxed_collection, found_classes
from dlsuite.data.examples import Collection
from dlsuite.data.file_names import shown
from dlsuite.data.picture_bytes import Verify
from dlsuite.data.yolo_labels import read_labels
from dlsuite.data.yolo_names import LISTS, described, parts_as_described


def yolo(
    path: As[str, Field(min_length=1)],
    *,
    classes: Sequence[str] | None = None,
    verify: Verify = "decode",
    cache: str | None = None,
    on_bad_example: OnBadExample = "error",
    on_bad_box: OnBadBox = "drop",
) -> Collection:
    """Pictures in `images/` with `labels/*.txt` of `class cx cy w h`, shares of the picture.

    Parts are folders of `train`, `val`, `test` and so on, inside or outside of `images` and
    `labels`, or those that `data.yaml` names. Outlines become their extents. A picture without a
    text file has no objects. Texts are read at once, pictures when they are needed.

    Args:
        path: A folder, or a zip or tar, which is unpacked once; a folder may hold that archive
            alone.
        classes: Names of the classes in the order of their labels; if None those of `names` in a
            YAML file, or of `classes.txt` or `obj.names`; else the numbers that occur. Boxes of
            others are bad. Where no file names the classes 0, 1, …, these are their names.
        verify: As in `image_folder`.
        cache: As in `image_folder`.
        on_bad_example: Whether texts without picture, and what cannot be read, are errors or left
            out.
        on_bad_box: Whether boxes without area, outside of the picture, given twice or of an unknown
            class, and lines that are no boxes, are dropped or errors. Those that stick out are cut
            off.

    Returns:
        Examples `{"image": uint8 [H, W, 3], "boxes": float32 [M, 4], "labels": int32 [M],
        "ignored": bool [M], "size": int32 [2]}`, where `size` is (H, W).
    """
    kept = Path(cache).expanduser() if cache else cache_folder()
    root = folder_of(path, kept)
    files = files_of(root, ".txt")
    told = described(root, [*files.others, *files.annotations.values()])
    given = None if classes is None else list(classes)
    names = told.names or given
    alone = _without_picture(files)
    every = [*files.pictures, *alone]
    parts, notes = parts_as_described(told, every)
    if not parts:
        parts = parts_of(every, root)
        if any(told.folders.values()) and "all" in parts.values():
            notes.append(f"{told.file} names parts that are no folders here; it is not divided.")
    pictures = [_picture(root, name, part, files, names) for name, part in parts.items()]
    unlabelled = sum(name in files.pictures and name not in files.annotations for name in parts)
    if unlabelled:
        notes.append(f"{unlabelled:,} of {len(parts):,} pictures have no text file: no objects.")
    if names is None:
        found = found_classes(None, pictures)
        names = [str(number) for number in range(1 + max(map(int, found), default=-1))]
        notes.append("Classes have no names: `classes`, or `names` in data.yaml, gives them.")
    return boxed_collection(
        root,
        pictures,
        given or names,
        source=path,
        cache=kept,
        verify=verify,
        on_bad_example=on_bad_example,
        on_bad_box=on_bad_box,
        shares=True,
        notes=notes,
    )


def _without_picture(files: Files) -> list[str]:
    """Names of labels whose picture is missing; texts elsewhere are about something else."""
    return [
        name
        for name, path in files.annotations.items()
        if name not in files.pictures
        and in_label_folder(path)
        and path.rpartition("/")[2] not in LISTS
    ]


def _picture(
    root: Path, name: str, part: str, files: Files, names: Sequence[str] | None
) -> Annotated:
    labels, path = files.annotations.get(name), files.pictures.get(name)
    if path is None:
        return Annotated(part, str(labels), (), wrong="there is no picture for it")
    if labels is None:
        return Annotated(part, path, ())
    objects, wrong = read_labels(root / labels, shown(labels), names)
    return Annotated(part, path, objects, wrong=f"{shown(labels)}: {wrong}" if wrong else "")
