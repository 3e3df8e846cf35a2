"""Prepared TensorFlow Datasets."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from dlsuite.data.ahead import ahead
from dlsuite.data.box_checks import OnBadBox
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.hashing import array_keys, content_key
from dlsuite.data.picture_bytes import decode
from dlsuite.data.tables import column_kinds, table_examples
from dlsuite.data.tfds_boxes import Objects, boxed_examples, objects_of
from dlsuite.types import Tree

# Splits as datasets name them -> as we do.
PARTS = {"train": "train", "validation": "dev", "valid": "dev", "val": "dev", "dev": "dev"}
PARTS["test"] = "test"


def tfds(
    name: Annotated[str, Field(min_length=1)],
    *,
    data_dir: str | None = None,
    download: bool = False,
    on_bad_box: OnBadBox = "drop",
) -> Collection:
    """A classification, regression or detection set of tensorflow-datasets that is on disk.

    Nothing is asked of the network unless `download` is set, so that a missing set is an error at
    once. Images of one size are held decoded, others as they are stored, and decoded when read.

    Args:
        name: `mnist`, with configuration and version if wanted: `name/config:1.0.0`.
        data_dir: Where prepared sets are; `~/tensorflow_datasets` if None.
        download: Fetch and prepare the set where it is missing.
        on_bad_box: Of a detection set, whether boxes without area, outside of the picture, given
            twice or of an unknown class are dropped or errors.

    Returns:
        Examples `{"image": uint8 [H, W, C], "label": int32}` where the set has images, else
        `{"columns": {name: float32 or str}, "target": int32 or float32}`. Where it has a sequence
        of objects with boxes, such as `voc` and `coco`, `{"image", "boxes": float32 [M, 4],
        "labels": int32 [M], "ignored": bool [M], "size": int32 [2]}`; what is difficult or a crowd
        is ignored.
    """
    import tensorflow_datasets

    folder = Path(data_dir or "~/tensorflow_datasets").expanduser()
    place = prepared(folder, name)
    if place is not None:
        builder = tensorflow_datasets.builder_from_directory(place)
    elif download:
        builder = tensorflow_datasets.builder(name, data_dir=folder)
        builder.download_and_prepare()
    else:
        raise DataError(
            f"{name} must be prepared below {folder} ({_available(folder)}), or `download: true` "
            "must be set to fetch it. Received: a set that is not there."
        )
    told = objects_of(builder) or _supervised(builder, name)
    splits = {
        split: PARTS[split]
        for split in builder.info.splits
        if split in PARTS and builder.info.splits[split].num_examples
    }
    if "train" not in splits.values():
        raise DataError(f"A set needs a split `train`. Received: {', '.join(builder.info.splits)}.")
    about: dict[str, Any] = {"source": f"tfds:{builder.info.full_name}", "bad_examples": []}
    about["licence"] = builder.info.as_proto.redistribution_info.license or "none stated"
    if isinstance(told, Objects):
        parts, known = boxed_examples(builder, splits, told, on_bad_box)
    else:
        parts, known = _targets(builder, *told, splits)
    return Collection(parts if len(parts) > 1 else {"all": parts["train"]}, about | known)


def _targets(
    builder: Any, inputs: Sequence[str], target: str, splits: Mapping[str, str]
) -> tuple[dict[str, Examples], dict[str, Any]]:
    """Examples by part with a class or a number each, and what is known of them."""
    parts = {part: _examples(builder, split, inputs, target) for split, part in splits.items()}
    feature, known = builder.info.features[target], dict[str, Any]()
    if hasattr(feature, "names"):
        known["class_names"] = list(feature.names)
    if "columns" in parts["train"].rows:
        known |= {"columns": column_kinds(parts["train"].rows["columns"]), "target": target}
    return parts, known


def prepared(folder: Path, name: str) -> Path | None:
    """Newest version of a set below `folder`, found without asking tensorflow-datasets."""
    base, _, version = name.partition(":")
    found = sorted(
        (file.parent for file in folder.glob(f"{base}/**/dataset_info.json")), key=_version
    )
    wanted = [place for place in found if not version or place.name == version]
    return wanted[-1] if wanted else None


def _version(place: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in place.name.split(".") if part.isdigit())


def _available(folder: Path) -> str:
    found = sorted({str(f.parent.relative_to(folder)) for f in folder.glob("**/dataset_info.json")})
    return f"there are {', '.join(found[:10])}" if found else "there is none"


def _supervised(builder: Any, name: str) -> tuple[list[str], str]:
    """Names of the input features and of the target."""
    keys = builder.info.supervised_keys
    features = list(builder.info.features)
    if keys is not None and len(keys) == 2 and all(isinstance(key, str) for key in keys):
        return [keys[0]], keys[1]
    if keys is None and "label" in features:
        return [feature for feature in features if feature != "label"], "label"
    raise DataError(
        "A set must have supervised keys (input, target) or a feature `label`. "
        f"Received: {name} with features {', '.join(features)}."
    )


def _examples(builder: Any, split: str, inputs: Sequence[str], target: str) -> Examples:
    import tensorflow_datasets

    features = builder.info.features
    pictures = [n for n in inputs if isinstance(features[n], tensorflow_datasets.features.Image)]
    lazy = [n for n in pictures if None in features[n].shape]
    dataset = builder.as_dataset(
        split=split,
        decoders={n: tensorflow_datasets.decode.SkipDecoding() for n in lazy},
        shuffle_files=False,
    )
    wanted = [*inputs, target]
    items = [{n: item[n] for n in wanted} for item in ahead(dataset).as_numpy_iterator()]
    answers = np.array([item[target] for item in items])
    if not pictures:
        columns = {n: _column([item[n] for item in items]) for n in inputs}
        return table_examples(columns, answers)
    picture = pictures[0]
    labels = answers.astype(np.int32)
    images = np.array([i[picture] for i in items], dtype=object if lazy else np.uint8)
    keys = np.array([content_key(i) for i in images], "U32") if lazy else array_keys(images)
    rows = {"image": images, "label": labels}
    reader = _reader(features[picture].shape[-1] or 3) if lazy else None
    return Examples(rows=rows, keys=keys, decode=reader, strata=labels)


def _reader(channels: Any) -> Callable[[Tree], Tree]:
    return lambda row: {**row, "image": decode(row["image"], channels)}


def _column(values: Sequence[Any]) -> np.ndarray:
    if isinstance(values[0], bytes):
        return np.array([value.decode("utf-8", "replace") for value in values], dtype=object)
    return np.array(values)
