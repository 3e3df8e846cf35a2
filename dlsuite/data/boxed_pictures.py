"""Picture files with annotated boxes, checked and put together into a collection."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dlsuite.data.bad_examples import SHOWN, OnBadExample, listed, settle
from dlsuite.data.box_checks import Marked, OnBadBox, settle_boxes, sound
from dlsuite.data.box_rows import box_rows, classes_present
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.file_names import plain, shown
from dlsuite.data.image_files import Common, check_files, image_reader
from dlsuite.data.picture_bytes import Size, Verify
from dlsuite.recipe.spelling import nearest

PART_ORDER = ("all", "train", "dev", "test")


class Annotated(NamedTuple):
    """A picture with what its annotation says.

    Attributes:
        part: `all`, or the split that it is given to.
        path: Its file below the root.
        objects: What is marked in it.
        stated: Height and width that the annotation states, or None.
        wrong: Why it cannot be used, or empty.
    """

    part: str
    path: str
    objects: Sequence[Marked]
    stated: tuple[int, int] | None = None
    wrong: str = ""


def boxed_collection(
    root: Path,
    pictures: Sequence[Annotated],
    class_names: Sequence[str],
    *,
    source: str,
    cache: Path,
    verify: Verify,
    on_bad_example: OnBadExample,
    on_bad_box: OnBadBox,
    shares: bool = False,
    strays: Sequence[Marked] = (),
    notes: Sequence[str] = (),
) -> Collection:
    """Checks pictures and boxes; `about` has `bad_boxes` beside `bad_examples`, and notes of both.

    Args:
        root: Where paths begin.
        pictures: All of them, parts in any order.
        class_names: K classes in the order of their labels.
        source: What a recipe calls the data.
        cache: Where the index of checked files is kept.
        verify: As in `image_folder`.
        on_bad_example: Whether pictures that cannot be used are errors or left out.
        on_bad_box: Whether boxes that cannot be used are errors or dropped.
        shares: Whether boxes are in shares of their picture's width and height.
        strays: Objects that are in no picture, each `wrong`.
        notes: What else was seen while the annotations were read.

    Raises:
        DataError: There is something bad that is not to be left out, or nothing good.
    """
    class_names = _different(class_names)
    _require_no_slips(class_names, pictures)
    fine, keys, sizes, common, bad = _read(root, pictures, cache, verify)
    settle(bad, len(pictures), "pictures", on_bad_example, source)
    labels = {name: label for label, name in enumerate(class_names)}
    looked = [
        sound(each.objects, size, labels, shares=shares)
        for each, size in zip(fine, sizes, strict=True)
    ]
    bad_boxes = [item for each in looked for item in each.bad]
    bad_boxes += [{"path": each.where, "reason": each.wrong} for each in strays]
    total = sum(len(each.objects) for each in fine) + len(strays)
    if not total:
        raise DataError(f"There must be boxes in {source}. Received: {len(fine):,} pictures, none.")
    cut = [where for each in looked for where in each.cut]
    said = settle_boxes(bad_boxes, cut, total, on_bad_box, source)
    rows = box_rows([each.boxed for each in looked])
    strata = classes_present(rows["labels"], len(class_names))
    everything = Examples(
        rows={"path": np.array([os.fsencode(each.path) for each in fine]), **rows},
        keys=keys,
        decode=image_reader(root, 3, common),
        strata=strata,
    )
    about = {
        "source": source,
        "class_names": list(class_names),
        "bad_examples": bad,
        "bad_boxes": bad_boxes,
        "notes": [*notes, *said, *_without_boxes(class_names, strata)],
    }
    return Collection(_parted(everything, [each.part for each in fine]), about)


def found_classes(given: Sequence[str] | None, pictures: Sequence[Annotated]) -> list[str]:
    """The classes that are given, or those that occur, in alphabetical order."""
    if given is not None:
        return list(given)
    return sorted({each.name for item in pictures for each in item.objects if not each.wrong})


def _read(
    root: Path, pictures: Sequence[Annotated], cache: Path, verify: Verify
) -> tuple[list[Annotated], np.ndarray, list[Size], Common, list[dict[str, str]]]:
    """Those that can be used with their keys and sizes (height, width), and what is bad."""
    checked = check_files(root, [p.path for p in pictures if not p.wrong], cache, verify)
    findings = zip(
        checked.keys, checked.reasons, checked.sizes.tolist(), checked.forms, strict=True
    )
    fine, keys, sizes, forms, bad = [], [], [], [], []
    for each in pictures:
        nothing = ("", each.wrong, (0, 0), "")
        key, reason, (high, wide), form = nothing if each.wrong else next(findings)
        size = (high, wide)
        reason = reason or _unlike(each.stated, size)
        if reason:
            bad.append({"path": shown(each.path), "reason": str(reason)})
        else:
            fine.append(each)
            keys.append(key)
            sizes.append(size)
            forms.append(form)
    return fine, np.array(keys, "U32"), sizes, Common.of(sizes, forms), bad


def _unlike(stated: Size | None, size: Size) -> str:
    """Why boxes for a picture of the stated size are not for one of this size, or empty."""
    if stated is None or stated == size:
        return ""
    turned = ", which is turned by its orientation tag or was turned since" * (stated == size[::-1])
    return (
        f"its annotation is for {stated[1]} x {stated[0]} pixels and the picture has "
        f"{size[1]} x {size[0]}{turned}"
    )


def _different(names: Sequence[str]) -> list[str]:
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if list(names).count(name) > 1})
        raise DataError(
            f"Classes must have different names. Received twice: {', '.join(twice[:SHOWN])}.",
            argument="classes",
        )
    odd = [shown(name) for name in names if not name or not plain(name)]
    if odd:
        raise DataError(
            "Classes must have names in UTF-8 without control characters. "
            f"Received: {', '.join(odd[:SHOWN]) or 'an empty one'}.",
            argument="classes",
        )
    return list(names)


def _require_no_slips(class_names: Sequence[str], pictures: Sequence[Annotated]) -> None:
    """Refuses a class that no object has where objects of almost that name would be left out."""
    there = found_classes(None, pictures)
    others = sorted({*there}.difference(class_names))
    pairs = [(name, nearest(name, others)) for name in class_names if name not in there]
    slips = [f"{shown(name)} (did you mean {shown(near)}?)" for name, near in pairs if near]
    if slips:
        raise DataError(
            f"Classes must be names that objects have, such as {listed(there)}. "
            f"Received: {listed(slips)}.",
            argument="classes",
        )


def _without_boxes(class_names: Sequence[str], strata: np.ndarray) -> list[str]:
    """A sentence about classes that no picture has."""
    counts = strata.sum(axis=0, dtype=int).tolist()
    none = [name for name, count in zip(class_names, counts, strict=True) if not count]
    if not none:
        return []
    return [f"{len(none)} of {len(class_names)} classes have no box: {listed(none)}."]


def _parted(everything: Examples, parts: Sequence[str]) -> dict[str, Examples]:
    place = np.array(parts)
    present = [part for part in PART_ORDER if (place == part).any()]
    if present == ["train"]:
        return {"all": everything}
    return {part: everything.take(place == part) for part in present}
