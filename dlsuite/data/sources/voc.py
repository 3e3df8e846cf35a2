"""Pictures with boxes as Pascal VOC annotates them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated as As

from pydantic import Field

from dlsuite.data.annotated_folder import Files, files_of, name_of, parts_of
from dlsuite.data.archives import cache_folder, folder_of
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.data.box_checks import OnBadBox
from dlsuite.data.boxed_pictures import Annotated, boxed_collection, found_classes
from dlsuite.data.examples import Collection, DataError
from dlsuite.data.file_names import shown
from dlsuite.data.picture_bytes import Verify
from dlsuite.data.voc_xml import Annotation, read_voc

# Lists of the pictures of a part -> its split. `trainval` is used where there is no `train`.
LIST = re.compile(r"(.*/)?ImageSets/Main/(trainval|train|val|test)\.txt")
LISTED = {"train": "train", "trainval": "train", "val": "dev", "test": "test"}


def voc(
    path: As[str, Field(min_length=1)],
    *,
    classes: Sequence[str] | None = None,
    one_based: bool = True,
    verify: Verify = "decode",
    cache: str | None = None,
    on_bad_example: OnBadExample = "error",
    on_bad_box: OnBadBox = "drop",
) -> Collection:
    """Pictures with an XML file each: `Annotations/` and `JPEGImages/`, or side by side.

    Parts are what `ImageSets/Main/{train,val,test}.txt` list, else folders
    `train|dev|val|valid|validation|test`, else there are none. Annotations are read at once,
    pictures when they are needed, as in `image_folder`. Objects marked `difficult` are `ignored`.

    Args:
        path: A folder, or a zip or tar, which is unpacked once; a folder may hold that archive
            alone.
        classes: Names of the classes in the order of their labels; those found, in alphabetical
            order, if None. Boxes of others are bad.
        one_based: Whether pixels count from 1 and the last ones lie inside of a box, as in Pascal
            VOC: x_min and y_min become one less. Set it to false for tools that count from 0.
        verify: As in `image_folder`.
        cache: As in `image_folder`.
        on_bad_example: Whether pictures without annotation, annotations without picture, and what
            cannot be read, are errors or left out.
        on_bad_box: Whether boxes without area, outside of the picture, given twice or of an unknown
            class are dropped or errors. Those that stick out are cut off.

    Returns:
        Examples `{"image": uint8 [H, W, 3], "boxes": float32 [M, 4], "labels": int32 [M],
        "ignored": bool [M], "size": int32 [2]}`, where `size` is (H, W).
    """
    kept = Path(cache).expanduser() if cache else cache_folder()
    root = folder_of(path, kept)
    files = files_of(root, ".xml")
    parts, notes = _parts(root, files)
    read = {
        name: read_voc(
            root / files.annotations[name], shown(files.annotations[name]), one_based=one_based
        )
        for name in parts
        if name in files.annotations
    }
    pictures = [_picture(name, part, files, read.get(name)) for name, part in parts.items()]
    from_zero = sum(each.from_zero for each in read.values())
    if one_based and from_zero:
        notes.append(
            f"{from_zero:,} boxes begin at pixel 0, and those of Pascal VOC at 1: "
            "`one_based: false` if this set counts from 0."
        )
    return boxed_collection(
        root,
        pictures,
        found_classes(classes, pictures),
        source=path,
        cache=kept,
        verify=verify,
        on_bad_example=on_bad_example,
        on_bad_box=on_bad_box,
        notes=notes,
    )


def _picture(name: str, part: str, files: Files, found: Annotation | None) -> Annotated:
    path = files.pictures.get(name)
    if path is None:
        missing = files.annotations.get(name, f"{name}, which is listed")
        return Annotated(part, missing, (), wrong="there is no picture for it")
    if found is None:
        reason = "it has no annotation; one without objects says that nothing is in it"
        return Annotated(part, path, (), wrong=reason)
    wrong = f"{files.annotations[name]}: {found.wrong}" if found.wrong else ""
    return Annotated(part, path, found.objects, found.stated, shown(wrong))


def _parts(root: Path, files: Files) -> tuple[dict[str, str], list[str]]:
    """The split of each picture or annotation by its name, and what to say of it."""
    every = dict.fromkeys([*files.pictures, *files.annotations])
    lists = {path: match for path in files.others if (match := LIST.fullmatch(path))}
    if not lists:
        return parts_of(every, root), []
    parts = _listed(root, lists, files)
    left = [name for name in files.pictures if name not in parts]
    if not left:
        return parts, []
    return parts, [f"{len(left):,} pictures are in no list of ImageSets/Main and are passed over."]


def _listed(root: Path, lists: Mapping[str, re.Match[str]], files: Files) -> dict[str, str]:
    parts, told = dict[str, str](), dict[str, str]()
    both = {match[1] for match in lists.values() if match[2] == "train"}
    for path, match in lists.items():
        if match[2] == "trainval" and match[1] in both:
            continue
        lines = (root / path).read_text("utf-8", "surrogateescape").splitlines()
        for line in (text.split() for text in lines if text.strip()):
            name = _name(f"{match[1] or ''}{line[0]}", files)
            if name in parts:
                raise DataError(
                    f"Each picture may be listed once. Received in {root}: {shown(name)} in "
                    f"{told[name]} and {path}."
                )
            parts[name], told[name] = LISTED[match[2]], path
    if "train" not in parts.values():
        raise DataError(
            "ImageSets/Main must hold train.txt or trainval.txt with names of pictures. "
            f"Received in {root}: {', '.join(lists)}."
        )
    return parts


def _name(place: str, files: Files) -> str:
    """The name of a listed picture, whose ending may be listed too."""
    plain = name_of(f"{place}.")
    return (
        plain
        if plain in files.pictures
        else next((n for n in (name_of(place),) if n in files.pictures), plain)
    )
