"""A call of a run in a folder of its own: written there, read back, nothing pickled."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

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
    with (folder / FILE).open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> Call:
    """The call that `write` put there; what it sends stays where it lies."""
    content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    kind = KINDS[content.pop("call")]
    back: dict[str, Callable[[Any], Any]] = {
        "rows": _rows,
        "scores": _rows,
        "splits": lambda splits: [Dataset(**split) for split in splits],
        "path": lambda path: folder / path,
        "inputs": _fields,
        "outputs": _fields,
        "example": lambda names: _example(names, folder),
    }
    return kind(**{name: back.get(name, _as_it_is)(value) for name, value in content.items()})


def _as_it_is(value: Any) -> Any:
    return value


def _rows(rows: Sequence[Sequence[Any]]) -> list[Row]:
    return [Row(*row) for row in rows]


def _fields(plain: Mapping[str, Any]) -> Fields:
    return {name: (dtype, tuple(shape)) for name, (dtype, shape) in plain.items()}


def _example(names: Sequence[str], folder: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(folder / EXAMPLE, allow_pickle=False) as arrays:
        return {name: arrays[f"arr_{number}"] for number, name in enumerate(names)}
