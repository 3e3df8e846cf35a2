"""Pictures with boxes in the JSON files of COCO."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated as As
from typing import Literal

from pydantic import Field

from dlsuite.data.annotated_folder import files_below, part_of
from dlsuite.data.archives import cache_folder, folder_of
from dlsuite.data.bad_examples import OnBadExample
from dlsuite.data.box_checks import OnBadBox
from dlsuite.data.boxed_pictures import Annotated, boxed_collection
from dlsuite.data.coco_json import Instances, read_instances
from dlsuite.data.examples import Collection, DataError
from dlsuite.data.file_names import shown
from dlsuite.data.picture_bytes import Verify

Name = As[str, Field(min_length=1)]
Part = Literal["train", "dev", "test"]


def coco(
    images: Name,
    annotations: Name | dict[Part, Name],
    *,
    classes: Sequence[str] | None = None,
    verify: Verify = "decode",
    cache: str | None = None,
    on_bad_example: OnBadExample = "error",
    on_bad_box: OnBadBox = "drop",
) -> Collection:
    """Pictures with `instances_*.json`; boxes `[x, y, width, height]` in pixels.

    A `file_name` is looked for below `images`, whatever folders are before it; where several end
    so, that beside the JSON is taken, or that in a folder called like the part. Pictures that the
    JSON does not list are passed over. What is marked `iscrowd` is `ignored`.

    Args:
        images: A folder, or a zip or tar, which is unpacked once; a folder may hold that archive
            alone.
        annotations: The JSON, or one for each of train, dev and test: `{train: …, dev: …}`. Where
            there is no such file, it is looked for below `images`, so that it can be in the
            archive.
        classes: Names of the classes in the order of their labels; all categories in the order of
            their ids if None. Boxes of others are bad.
        verify: As in `image_folder`.
        cache: As in `image_folder`.
        on_bad_example: Whether pictures that are not there or cannot be read are errors or left
            out.
        on_bad_box: Whether boxes without area, outside of the picture, given twice, or of an
            unknown class or picture are dropped or errors. Those that stick out are cut off.

    Returns:
        Examples `{"image": uint8 [H, W, 3], "boxes": float32 [M, 4], "labels": int32 [M],
        "ignored": bool [M], "size": int32 [2]}`, where `size` is (H, W).
    """
    kept = Path(cache).expanduser() if cache else cache_folder()
    root = folder_of(images, kept, "images")
    given = annotations if isinstance(annotations, dict) else {"all": annotations}
    if "all" not in given and "train" not in given:
        raise DataError(
            f"`annotations` must have one for train. Received: {', '.join(given) or 'none'}.",
            argument="annotations",
        )
    files = {part: _file(root, name) for part, name in given.items()}
    read = {part: read_instances(file) for part, file in files.items()}
    names = _categories(files, read)
    places = _places(root)
    pictures, listed = list[Annotated](), dict[str, Path]()
    for part, instances in read.items():
        pictures += _pictures(root, part, files[part], instances, places, listed)
    return boxed_collection(
        root,
        pictures,
        names if classes is None else list(classes),
        source=images,
        cache=kept,
        verify=verify,
        on_bad_example=on_bad_example,
        on_bad_box=on_bad_box,
        strays=[each for instances in read.values() for each in instances.strays],
    )


def _file(root: Path, name: str) -> Path:
    places = (Path(name).expanduser(), root / name)
    for place in places:
        if place.is_file():
            return place
    raise DataError(
        f"`annotations` must be a JSON file, or its place below `images`. Received: {name}, and "
        f"nothing is there nor in {root}.",
        argument="annotations",
    )


def _categories(files: Mapping[str, Path], read: Mapping[str, Instances]) -> list[str]:
    """Names in the order of ids, the same in all files."""
    (first, known), *others = ((part, each.categories) for part, each in read.items())
    for part, categories in others:
        if categories != known:
            differ = sorted(set(known.items()) ^ set(categories.items()))[:3]
            raise DataError(
                "Files of annotations must have the same categories. Received: "
                f"{files[first]} and {files[part]}, which differ in {differ}."
            )
    return list(known.values())


def _places(root: Path) -> dict[str, list[str]]:
    """Paths of all files below a folder by their last name."""
    places = defaultdict[str, list[str]](list)
    for path in files_below(root):
        places[path.rpartition("/")[2]].append(path)
    return places


def _pictures(
    root: Path,
    part: str,
    file: Path,
    instances: Instances,
    places: Mapping[str, list[str]],
    listed: dict[str, Path],
) -> list[Annotated]:
    """Pictures of one file of annotations; those seen are added to `listed`."""
    pictures = []
    for each in instances.pictures.values():
        path, wrong = _place(root, part, file, each.file, places)
        if not wrong and path in listed:
            raise DataError(
                f"Each picture may be listed once. Received: {shown(path)} in {listed[path]} and "
                f"{file}."
            )
        if not wrong:
            listed[path] = file
        pictures.append(Annotated(part, path, each.objects, each.stated, wrong))
    return pictures


def _place(
    root: Path, part: str, file: Path, name: str, places: Mapping[str, list[str]]
) -> tuple[str, str]:
    """Path of a picture below the root, and why there is none, or empty."""
    wanted = name.replace("\\", "/").removeprefix("./")
    there = places.get(wanted.rpartition("/")[2], [])
    ending = [path for path in there if f"/{path}".endswith(f"/{wanted}")]
    if wanted in ending:
        return wanted, ""
    if len(ending) > 1:
        ending = _nearest(root, part, file, ending) or ending
    if len(ending) == 1:
        return ending[0], ""
    found = f"{len(ending)} files are called so" if ending else "there is no such file"
    return name, f"{found} below {root}"


def _nearest(root: Path, part: str, file: Path, paths: Sequence[str]) -> list[str]:
    """Of several paths those beside the annotations, else those in a folder of the part."""
    beside = [path for path in paths if (root / path).parent == file.parent]
    folders = {path: path.split("/")[:-1] for path in paths}
    return beside or [p for p in paths if any(part_of(f) == part for f in folders[p])]
