"""Examples that travel with an export, written as files that a person can ask it about."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from dlsuite.serving.manifest import read_manifest
from dlsuite.serving.verify import read_examples
from dlsuite.serving.versions import locate


def example_files(path: str | Path, folder: str | Path, count: int) -> list[Path]:
    """Write the first `count` kept examples of an export as PNG, CSV or NPZ files.

    Pictures are written where the export has a signature of encoded bytes, a table where every
    input of `serving_default` is one value an example, arrays elsewhere.

    Args:
        path: An export; see `locate`.
        folder: Where the files go; made where it does not exist.
        count: How many; fewer where fewer are kept.

    Returns:
        The files written, in order.
    """
    if count < 1:
        return []
    path = locate(path)
    cases, _ = read_examples(path)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    encoded = [case for case in cases if case.signature == "serve_bytes"]
    if encoded:
        files = [data for case in encoded for data in next(iter(case.inputs.values()))]
        return [_write_bytes(folder, number, data) for number, data in enumerate(files[:count], 1)]
    first = next(case for case in cases if case.signature == "serving_default")
    inputs = {name: _readable(array[:count]) for name, array in first.inputs.items()}
    if all(array.ndim == 1 for array in inputs.values()):
        facts = read_manifest(path)["signatures"]["serving_default"]
        columns = facts.get("columns", {name: name for name in inputs})
        table = {column: inputs[name] for column, name in columns.items()}
        return [_write_table(folder / "examples.csv", table)]
    target = folder / "examples.npz"
    np.savez(target, allow_pickle=False, **inputs)
    return [target]


def _readable(array: np.ndarray) -> np.ndarray:
    # Strings come back from an export as bytes in object arrays, which no npz file holds.
    if array.dtype != object:
        return array
    texts = [item.decode() for item in array.flat]
    return np.array(texts).reshape(array.shape)


def _write_bytes(folder: Path, number: int, data: bytes) -> Path:
    target = folder / f"example-{number:02}.png"
    target.write_bytes(data)
    return target


def _write_table(target: Path, columns: dict[str, np.ndarray]) -> Path:
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return target
