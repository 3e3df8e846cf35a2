"""Images in class folders, or in an archive of them."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from dlsuite.data.archives import cache_folder, folder_of
from dlsuite.data.bad_examples import OnBadExample, check_classes, settle
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.file_names import plain, shown
from dlsuite.data.image_files import SUFFIXES, check_files, image_reader, stamp_of
from dlsuite.data.picture_bytes import Channels, Verify

# What folders of given parts are called -> the split they are.
PART_FOLDERS = {
    "train": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "validation": "dev",
    "test": "test",
}


class Image(NamedTuple):
    """An image file: part, class, path inside the class folder, path below the root, stamp."""

    part: str
    name: str
    inside: str
    path: str
    stamp: str


class Listing(NamedTuple):
    """Images of a folder: where paths begin, the folder of each part, classes with a count of 0."""

    root: Path
    parts: dict[str, Path]
    images: list[Image]
    classes: Counter[str]


def image_folder(
    path: Annotated[str, Field(min_length=1)],
    *,
    channels: Channels = 3,
    val: Literal["dev", "test"] = "dev",
    groups: str | None = None,
    verify: Verify = "decode",
    cache: str | None = None,
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Images as `CLASS/…` or `train|dev|val|valid|validation|test/CLASS/…`.

    Images are read when they are needed, so that the folder may be larger than memory. Every file
    is read once before, to name it by its content and to see that it is whole.

    Args:
        path: A folder, or a zip or tar, which is unpacked once; a folder may hold that archive
            alone. A single folder that holds all the others is entered. Names that begin with a
            dot, and files that are no images by their name, are passed over.
        channels: 3 for colour, 1 for grey; images of the other kind are converted.
        val: What a folder val, valid or validation is; if `test`, dev is carved from train.
        groups: Regular expression searched for in `CLASS/…/file`; what its first bracket holds is
            the image's group, which `by: group` never cuts apart.
        verify: `decode` decodes each file once, which finds damage inside of a JPEG too; `header`
            looks at its header and end, which is quicker. Findings are remembered until the file
            changes.
        cache: Folder for unpacked archives and the index of checked files; `~/.cache/dlsuite` or
            what XDG_CACHE_HOME says if None.
        on_bad_example: Whether images that cannot be read, and classes without images, are errors
            or left out.

    Returns:
        Examples `{"image": uint8 [H, W, C], "label": int32}`, classes in alphabetical order.
    """
    kept = Path(cache).expanduser() if cache else cache_folder()
    root, parts, images, counts = listing(path, kept, val)
    paths, stamps = [image.path for image in images], [image.stamp for image in images]
    checked = check_files(root, paths, kept, verify, stamps)
    bad = [
        {"path": shown(image.path), "reason": str(reason)}
        for image, reason in zip(images, checked.reasons, strict=True)
        if reason
    ]
    settle(bad, len(images), "images", on_bad_example, path)
    good = checked.reasons == ""
    counts.update(image.name for image, fine in zip(images, good, strict=True) if fine)
    check_classes(counts, on_bad_example, f" Remove empty folders from {path}.")
    class_names = [name for name, count in counts.items() if count]
    number = {name: label for label, name in enumerate(class_names)}
    labels = np.array([number.get(image.name, -1) for image in images], np.int32)
    everything = Examples(
        rows={"path": np.array([os.fsencode(image.path) for image in images]), "label": labels},
        keys=checked.keys,
        decode=image_reader(root, channels, checked.common),
        strata=labels,
        groups=None if groups is None else _groups(images, groups),
    )
    part_of = np.array([image.part for image in images])
    return Collection(
        {part: everything.take((part_of == part) & good) for part in parts},
        {"source": path, "class_names": class_names, "bad_examples": bad},
    )


def listing(path: str, cache: Path, val: str = "dev") -> Listing:
    """What lies there by its layout; an archive is unpacked below `cache`, no image is opened."""
    root = _entered(folder_of(path, cache))
    parts = _parts(root, val)
    return Listing(root, parts, *_listed(root, parts))


def _entered(folder: Path) -> Path:
    """The folder below which classes or parts begin."""
    while True:
        inner = _subfolders(folder)
        only = folder / inner[0] if len(inner) == 1 and inner[0] not in PART_FOLDERS else None
        if only is None or not _subfolders(only) or _direct_images(folder):
            return folder
        folder = only


def _parts(root: Path, val: str) -> dict[str, Path]:
    """Folder of each part: `all` is the root itself unless it holds part folders."""
    inner = _subfolders(root)
    named = [name for name in inner if name in PART_FOLDERS and _subfolders(root / name)]
    if not named:
        return {"all": root}
    parts: dict[str, Path] = {}
    for name in named:
        part = val if name.startswith("val") else PART_FOLDERS[name]
        if part in parts:
            raise DataError(
                f"Each split may come once. Received: {parts[part].name} and {name} for {part}."
            )
        parts[part] = root / name
    if "train" not in parts or len(named) < len(inner):
        raise DataError(
            "Part folders must be `train` with any of `dev` (or val, valid, validation) and "
            f"`test`, without others beside them. Received in {root}: {', '.join(inner)}."
        )
    if len(parts) == 1:
        return {"all": parts["train"]}
    return {part: parts[part] for part in ("train", "dev", "test") if part in parts}


def _listed(root: Path, parts: Mapping[str, Path]) -> tuple[list[Image], Counter[str]]:
    """Every image, and each class in alphabetical order with a count of 0."""
    images, names = list[Image](), set[str]()
    for part, folder in parts.items():
        for name in _subfolders(folder):
            if not plain(name):
                raise DataError(
                    "Class folders must have names in UTF-8 without control characters. "
                    f"Received in {folder}: {shown(name)}."
                )
            names.add(name)
            place = os.path.normpath(os.path.join(os.path.relpath(folder, root), name))
            for inside, stamp in _images(folder / name):
                images.append(Image(part, name, inside, f"{place}/{inside}", stamp))
    if not images:
        raise DataError(
            "Images must be in CLASS/… or train|dev|val|test/CLASS/… and have the endings "
            f"{', '.join(sorted(SUFFIXES))}. Received: {_contents(root)}."
        )
    return images, Counter(dict.fromkeys(sorted(names), 0))


def _subfolders(folder: Path) -> list[str]:
    hidden = (".", "__MACOSX")
    with os.scandir(folder) as entries:
        return sorted(e.name for e in entries if _is_folder(e) and not e.name.startswith(hidden))


def _images(folder: Path, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Images in a folder and those inside it, in order, as paths below it with their stamps."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if _named(entry.name) and not _is_folder(entry):
            yield f"{prefix}{entry.name}", stamp_of(entry)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from _images(Path(entry.path), f"{prefix}{entry.name}/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _direct_images(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(_named(entry.name) for entry in entries)


def _named(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


def _groups(images: list[Image], pattern: str) -> np.ndarray:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"`groups` must be a regular expression. Received: {pattern!r}, {error}."
        ) from error
    if expression.groups < 1:
        raise ValueError(f"`groups` must have a bracket for the group. Received: {pattern!r}.")
    matches = [expression.search(f"{image.name}/{image.inside}") for image in images]
    missed = [image.path for image, match in zip(images, matches, strict=True) if match is None]
    if missed:
        raise DataError(
            f"`groups` must match every image. Received: {pattern!r}, which does not match "
            f"{len(missed)} of {len(images)}, such as {shown(missed[0])}."
        )
    return np.array([match[1] for match in matches if match is not None])


def _contents(root: Path) -> str:
    names = [shown(name) for name in sorted(os.listdir(root))[:5]]
    return f"{root} with {', '.join(names)}" if names else f"{root}, which is empty"
