"""Arrays in a NumPy .npz file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from dlsuite.data.bad_examples import (
    OnBadExample,
    bad_labels,
    check_classes,
    numbered_classes,
    settle,
)
from dlsuite.data.examples import Collection, DataError, Examples
from dlsuite.data.hashing import array_keys
from dlsuite.data.stored_arrays import stored_arrays
from dlsuite.data.strata import stratum_counts
from dlsuite.data.tables import column_kinds, named_columns, table_examples

# Ending of an array's name -> split.
ENDINGS = {
    "": "all",
    "_train": "train",
    "_dev": "dev",
    "_val": "dev",
    "_valid": "dev",
    "_test": "test",
}


def arrays(
    path: Annotated[str, Field(min_length=1)],
    *,
    class_names: Sequence[str] | None = None,
    on_bad_example: OnBadExample = "error",
) -> Collection:
    """Examples from an .npz with `x` and `y`, or `x_train`, `y_train` and so for dev and test.

    x of bytes, `[N, H, W]` or `[N, H, W, C]`, are images; x of numbers, `[N, D]`, are the columns
    `x0`, `x1`, … of a table. y of whole numbers are classes, of other numbers a value to predict,
    and `[N, L]` of 0 and 1 are labels, of which an example may have any number.
    `groups` (`groups_train` …) says what a split must not cut: a person or a time.

    Args:
        path: The file; arrays of objects in it are refused.
        class_names: Names of the classes or labels 0, 1, …; their numbers if None.
        on_bad_example: Whether labels out of range, rows that are not finite and classes without
            examples are errors or left out.

    Returns:
        Examples `{"image": uint8 [H, W, C], "label": int32}` (`"target": float32` for a value), or
        `{"columns": {name: float32}, "target": int32 or float32}`; for labels uint8 `[L]`.
    """
    wanted = [f"{name}{ending}" for ending in ENDINGS for name in ("x", "y", "groups")]
    stored, held = stored_arrays(Path(path).expanduser(), wanted)
    found = {e: part for e, part in ENDINGS.items() if f"x{e}" in stored or f"y{e}" in stored}
    _check_names(stored, found, path, held)
    triples = {
        part: (stored[f"x{e}"], _target(stored[f"y{e}"], e), stored.get(f"groups{e}"))
        for e, part in found.items()
    }
    targets = _together([y for _, y, _ in triples.values()])
    names = _names(targets, class_names)
    parts, bad = {}, []
    for part, (x, y, groups) in triples.items():
        examples, wrong = _examples(x, y, groups, part, names)
        good = np.ones(len(y), bool)
        good[[int(item["index"]) for item in wrong]] = False
        parts[part] = examples if good.all() else examples.take(good)
        bad += [{"path": item["path"], "reason": item["reason"]} for item in wrong]
    settle(bad, len(targets), "examples", on_bad_example, path)
    about: dict[str, Any] = {"source": path, "bad_examples": bad}
    if names is not None:
        check_classes(stratum_counts(targets, names), on_bad_example)
        about["class_names" if targets.ndim == 1 else "label_names"] = names
    if "columns" in next(iter(parts.values())).rows:
        about["columns"] = column_kinds(next(iter(parts.values())).rows["columns"])
        about["target"] = "y"
    return Collection(parts if len(parts) > 1 else {"all": next(iter(parts.values()))}, about)


def _check_names(
    stored: Mapping[str, Any], found: Mapping[str, str], path: str, held: Sequence[str]
) -> None:
    pairs = all(f"x{ending}" in stored and f"y{ending}" in stored for ending in found)
    alone = "" not in found or len(found) == 1
    once = len(set(found.values())) == len(found)
    if not found or not pairs or not alone or not once or not {"", "_train"} & set(found):
        raise DataError(
            f"{path} must hold x and y, or x_train and y_train with the same for dev (or val) and "
            f"test. Received: {', '.join(held) or 'no array'}."
        )
    for ending in found:
        lengths = {n: stored[f"{n}{ending}"].shape[:1] for n in ("x", "y")}
        if f"groups{ending}" in stored:
            lengths["groups"] = stored[f"groups{ending}"].shape[:1]
        if len(set(lengths.values())) != 1:
            raise DataError(f"Arrays of one part must be of one length. Received: {lengths}.")
        groups = stored.get(f"groups{ending}")
        if groups is not None and (groups.ndim != 1 or groups.dtype.kind not in "iufUS"):
            raise DataError(
                "groups must be one number or text for each example. "
                f"Received: groups{ending} of type {groups.dtype} and shape {list(groups.shape)}."
            )


def _target(y: np.ndarray, ending: str) -> np.ndarray:
    flat = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if flat.ndim == 2 and flat.dtype.kind in "biu" and np.isin(flat, (0, 1)).all():
        return flat.astype(np.uint8)  # [N, L]
    if flat.ndim != 1 or flat.dtype.kind not in "iuf":
        raise DataError(
            "y must be one number for each example, a class or a value, or 0 and 1 for each label. "
            f"Received: y{ending} of type {y.dtype} and shape {list(y.shape)}."
        )
    return flat


def _together(targets: Sequence[np.ndarray]) -> np.ndarray:
    shapes = [list(y.shape) for y in targets]
    if len({tuple(shape[1:]) for shape in shapes}) > 1:
        raise DataError(f"All parts must have the same labels. Received: y of shapes {shapes}.")
    return np.concatenate(targets)


def _names(targets: np.ndarray, given: Sequence[str] | None) -> list[str] | None:
    """Names of classes or labels; None where targets are values."""
    if targets.dtype.kind not in "iu":
        return None
    several = targets.ndim == 2
    if not several:
        return numbered_classes(targets, given)
    count = targets.shape[1]
    names = [str(name) for name in given or range(count)]
    if len(names) != count:
        raise DataError(
            f"`class_names` must be those of the {count} labels. Received: {', '.join(names)}.",
            argument="class_names",
        )
    return names


def _examples(
    x: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray | None,
    part: str,
    class_names: Sequence[str] | None,
) -> tuple[Examples, list[dict[str, str]]]:
    """All rows of a part, and which of them are bad, with their index."""
    where = "x" if part == "all" else f"x_{part}"
    several = y.ndim == 2
    bad = [] if class_names is None or several else bad_labels(y, len(class_names), where)
    with np.errstate(over="ignore"):  # what float32 does not hold is infinite, and told below
        finite = np.isfinite(y.astype(np.float32)).all(axis=tuple(range(1, y.ndim)))
        table = x.ndim == 2 and x.dtype.kind in "iuf"
        finite &= np.isfinite(x.astype(np.float32)).all(axis=1) if table else True
        bad += [
            {"path": f"{where}[{i}]", "reason": "a value is missing or infinite"}
            for i in np.flatnonzero(~finite)
        ]
        if 0 in x.shape[1:] or not (table or (x.dtype == np.uint8 and x.ndim in (3, 4))):
            raise DataError(
                "x must be images as bytes 0 to 255, [N, H, W] or [N, H, W, C], or numbers [N, D]. "
                f"Received: {where} of type {x.dtype} and shape {list(x.shape)}."
            )
        if table:
            columns = named_columns(x, [f"x{i}" for i in range(x.shape[1])])
            examples = table_examples(columns, y, groups, strata=y if several else None)
        else:
            examples = _pictures(x, y, groups, class_names)
    return examples, [{**item, "index": item["path"].split("[")[1][:-1]} for item in bad]


def _pictures(
    x: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray | None,
    class_names: Sequence[str] | None,
) -> Examples:
    images = x if x.ndim == 4 else x[..., np.newaxis]
    if class_names is None:
        target = {"target": y.astype(np.float32)}
    else:
        target = {"label": y if y.ndim == 2 else y.astype(np.int32)}
    rows = {"image": images, **target}
    return Examples(rows, array_keys(images), None, target.get("label"), groups)
