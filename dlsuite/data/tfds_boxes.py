"""Detection sets of TensorFlow Datasets: a sequence of objects with boxes beside an image."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from dlsuite.data.ahead import ahead
from dlsuite.data.bad_examples import settle
from dlsuite.data.box_checks import Marked, OnBadBox, settle_boxes, sound
from dlsuite.data.box_rows import box_rows, classes_present
from dlsuite.data.examples import DataError, Examples
from dlsuite.data.hashing import content_key
from dlsuite.data.picture_bytes import Unreadable, decode, opened
from dlsuite.types import Tree

# What datasets call objects that are neither to be found nor wrong when found.
IGNORED = ("is_difficult", "is_crowd", "iscrowd")
ORDER = "REL_YXYX"  # shares of the picture: y_min, x_min, y_max, x_max


class Objects(NamedTuple):
    """Where a set has its image and objects: names of features; `label` is None without classes."""

    image: str
    objects: str
    box: str
    label: str | None
    class_names: list[str]


def objects_of(builder: Any) -> Objects | None:
    """The features of a detection set, or None where it has no sequence of boxes.

    Raises:
        DataError: It has boxes and no image, or boxes in another form than tfds' own.
    """
    import tensorflow_datasets

    kinds = tensorflow_datasets.features
    features = builder.info.features
    for name in sorted(features, key=lambda name: name != "objects"):
        inner = getattr(features[name], "feature", None)
        if not isinstance(features[name], kinds.Sequence) or not isinstance(
            inner, kinds.FeaturesDict
        ):
            continue
        boxes = [n for n in inner if isinstance(inner[n], kinds.BBoxFeature)]
        if not boxes:
            continue
        images = [n for n in features if isinstance(features[n], kinds.Image)]
        form = inner[boxes[0]].bbox_format
        if not images or (form is not None and form.name != ORDER):
            raise DataError(
                f"A set with boxes must have an image and boxes of the form {ORDER}. Received: "
                f"features {', '.join(features)}, boxes {'' if form is None else form.name}."
            )
        labels = [n for n in inner if isinstance(inner[n], kinds.ClassLabel)]
        label = "label" if "label" in labels else next(iter(labels), None)
        names = [name] if label is None else list(inner[label].names)
        return Objects(images[0], name, boxes[0], label, names)
    return None


def boxed_examples(
    builder: Any, splits: Mapping[str, str], told: Objects, on_bad_box: OnBadBox
) -> tuple[dict[str, Examples], dict[str, Any]]:
    """Examples by part and what is to be said of them; pictures are held as they are stored.

    Args:
        builder: Of the set.
        splits: What a split is called there -> the part that it is.
        told: Its features.
        on_bad_box: Whether boxes that cannot be used are dropped or errors.
    """
    labels = {name: number for number, name in enumerate(told.class_names)}
    parts, looked, images = list[str](), [], list[bytes]()
    for split, part in splits.items():
        for number, item in enumerate(_items(builder, split, told)):
            data = item[told.image]
            marked = _marked(item[told.objects], told, f"{split}[{number}]")
            looked.append(sound(marked, _size(data, split, number), labels, shares=True))
            images.append(data)
            parts.append(part)
    settle([], len(images), "pictures", "error", builder.info.full_name)
    bad = [item for each in looked for item in each.bad]
    total = len(bad) + sum(len(each.boxed.labels) for each in looked)
    cut = [where for each in looked for where in each.cut]
    notes = settle_boxes(bad, cut, total, on_bad_box, builder.info.full_name)
    rows = box_rows([each.boxed for each in looked])
    everything = Examples(
        rows={"image": np.array(images, dtype=object), **rows},
        keys=np.array([content_key(data) for data in images], "U32"),
        decode=_reader(),
        strata=classes_present(rows["labels"], len(labels)),
    )
    place = np.array(parts)
    found = {part: everything.take(place == part) for part in dict.fromkeys(parts)}
    about = {"class_names": told.class_names, "bad_boxes": bad, "notes": notes}
    return found, about


def _items(builder: Any, split: str, told: Objects) -> Any:
    import tensorflow_datasets

    skip = {told.image: tensorflow_datasets.decode.SkipDecoding()}
    dataset = builder.as_dataset(split=split, decoders=skip, shuffle_files=False)
    return ahead(dataset).as_numpy_iterator()


def _size(data: bytes, split: str, number: int) -> tuple[int, int]:
    try:
        with opened(data) as image:
            return image.height, image.width
    except Unreadable as error:
        raise DataError(f"Image {number} of {split} cannot be read: {error}") from error


def _marked(objects: Mapping[str, np.ndarray], told: Objects, where: str) -> list[Marked]:
    boxes = objects[told.box]  # [n, 4]
    count = len(boxes)
    numbers = np.zeros(count, int) if told.label is None else objects[told.label]
    ignored = np.zeros(count, bool)
    for name in IGNORED:
        ignored |= np.asarray(objects.get(name, ignored), bool)
    marked = []
    for place, (top, left, bottom, right) in enumerate(boxes.astype(float).tolist()):
        at = f"{where}, object {place + 1}"
        number = int(numbers[place])
        known = 0 <= number < len(told.class_names)
        name = told.class_names[number] if known else ""
        wrong = "" if known else f"class {number} is none of the set's"  # tfds: -1 is not known
        marked.append(Marked(name, (left, top, right, bottom), bool(ignored[place]), at, wrong))
    return marked


def _reader() -> Callable[[Tree], Tree]:
    return lambda row: {**row, "image": decode(row["image"], 3)}
