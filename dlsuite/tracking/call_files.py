"""A call of a run in a folder of its own: written there, read back, nothing pickled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from dlsuite.disk import reach_the_disk
from dlsuite.tracking.calls import Call, Datasets, End, File, Metrics, Model, Parameters, Tags
from dlsuite.tracking.delivery import Row
from dlsuite.tracking.lineage import Dataset
from dlsuite.tracking.logged_model import Fields
from dlsuite.tracking.values import as_plain

FILE = "call.json"
FILES = "files"  # the folder for what a call sends
EXAMPLE = "example.npz"
KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Metrics, Parameters, Tags, Datasets, File, Model, End)
}


def write(call: Call, folder: Path) -> None:
    """Writes a call into an empty folder, with a copy of what it sends."""
    content: dict[str, Any] = {each.name: getattr(call, each.name) for each in fields(call)}  # type: ignore[arg-type]
    if isinstance(call, Datasets):
        content["splits"] = [asdict(split) for split in call.splits]
    if isinstance(call, File | Model):
        target = folder / FILES / call.path.name
        target.parent.mkdir()
        copy = shutil.copytree if call.path.is_dir() else shutil.copy2
        copy(call.path, target)
        content["path"] = str(target.relative_to(folder))
    if isinstance(call, Model):
        import numpy as np

        arrays = [np.asarray(array) for array in call.example.values()]
        np.savez(folder / EXAMPLE, *arrays, allow_pickle=False)
        content["example"] = list(call.example)
    text = json.dumps({"call": type(call).__name__, **content}, default=as_plain)
    (folder / FILE).write_text(text, encoding="utf-8")
    for path in folder.rglob("*"):
        reach_the_disk(path)
    reach_the_disk(folder)


def read(folder: Path) -> Call:
    """The call that `write` put there; what it sends stays where it lies.

    Raises:
        ValueError: It is not as `write` writes; it would send what lies elsewhere, for instance.
    """
    if any(path.is_symlink() for path in (folder, *folder.rglob("*"))):
        raise ValueError(f"A call must hold its files, not links to others. Received: {folder}.")
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    kind = KINDS[content.pop("call")]
    back: dict[str, Callable[[Any], Any]] = {
        "rows": _rows,
        "scores": _rows,
        "splits": lambda splits: [Dataset(**split) for split in splits],
        "path": lambda path: _inside(folder, path),
        "inputs": _fields,
        "outputs": _fields,
        "example": lambda names: _example(names, folder),
    }
    return kind(**{name: back.get(name, _as_it_is)(value) for name, value in content.items()})


def _as_it_is(value: Any) -> Any:
    return value


def _inside(folder: Path, path: str) -> Path:
    found = folder / path
    if (folder / FILES).resolve() not in found.resolve().parents or not found.exists():
        raise ValueError(f"A call must send what lies in {folder / FILES}. Received: {path!r}.")
    return found


def _rows(rows: Sequence[Sequence[Any]]) -> list[Row]:
    return [Row(*row) for row in rows]


def _fields(plain: Mapping[str, Any]) -> Fields:
    return {name: (dtype, tuple(shape)) for name, (dtype, shape) in plain.items()}


def _example(names: Sequence[str], folder: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(folder / EXAMPLE, allow_pickle=False) as arrays:
        return {name: arrays[f"arr_{number}"] for number, name in enumerate(names)}
