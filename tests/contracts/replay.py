"""The fresh process of the catalog: answers with every SavedModel, then with every `.keras` file.

Called as `replay.py FOLDER`. FOLDER holds, for row N, `N.savedmodel`, `N.keras` and `N.npz` (inputs
and targets), and `packages.json`, what to import for the second half. Writes `N.answers.npz` for
each row.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf


def main(folder: Path) -> None:
    batches = {path.stem: dict(np.load(path)) for path in sorted(folder.glob("*.npz"))}
    served = {}
    for name, batch in batches.items():
        model = tf.saved_model.load(str(folder / f"{name}.savedmodel"))
        served[name] = model.serve(batch["inputs"]).numpy()
    assert "dlsuite" not in sys.modules, "a SavedModel must answer without the suite"

    import keras

    for package in json.loads((folder / "packages.json").read_text()):
        importlib.import_module(package)
    for name, batch in batches.items():
        model = keras.saving.load_model(folder / f"{name}.keras")
        answer = model(batch["inputs"], training=False)
        np.savez(
            folder / f"{name}.answers.npz",
            served=served[name],
            reloaded=keras.ops.convert_to_numpy(answer),
            loss=float(model.loss(batch["targets"], answer)),
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
