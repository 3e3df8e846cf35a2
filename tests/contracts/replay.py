"""The fresh process of the catalog: answers with every SavedModel, then with every `.keras` file.

Called as `replay.py FOLDER`. FOLDER holds, for row N, `N.savedmodel`, `N.keras` and `N.npz` (inputs
and targets; those of a dictionary as `inputs.KEY`), and `packages.json`, what to import for the
second half. Writes `N.answers.npz` for each row.
"""

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


def named(name: str, batch: Any) -> dict[str, np.ndarray]:
    """An array, or the arrays of a dictionary, as a file of arrays keeps them."""
    if isinstance(batch, Mapping):
        return {f"{name}.{key}": np.asarray(part) for key, part in batch.items()}
    return {name: np.asarray(batch)}


def of_name(name: str, arrays: Mapping[str, np.ndarray]) -> Any:
    """What `named` made the arrays of."""
    if name in arrays:
        return arrays[name]
    start = f"{name}."
    return {key[len(start) :]: part for key, part in arrays.items() if key.startswith(start)}


def main(folder: Path) -> None:
    batches = {path.stem: dict(np.load(path)) for path in sorted(folder.glob("*.npz"))}
    served = {}
    for name, batch in batches.items():
        model = tf.saved_model.load(str(folder / f"{name}.savedmodel"))
        served[name] = named("served", model.serve(of_name("inputs", batch)))
    assert "dlsuite" not in sys.modules, "a SavedModel must answer without the suite"

    import keras

    for package in json.loads((folder / "packages.json").read_text()):
        importlib.import_module(package)
    for name, batch in batches.items():
        model = keras.saving.load_model(folder / f"{name}.keras")
        inputs, targets = of_name("inputs", batch), of_name("targets", batch)
        answer = model(inputs, training=False)
        if model.loss is None:
            loss = model.compute_loss(inputs, targets, answer, None, training=False)
        else:
            loss = model.loss(targets, answer)
        reloaded = named("reloaded", answer)
        np.savez(folder / f"{name}.answers.npz", **served[name], **reloaded, loss=float(loss))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
