"""The networks of the papers at their full size: memory and time of a real training step.

    python -m benchmarks.full_size
    python -m benchmarks.full_size AlexNet GoogLeNet      these, shown and not recorded

Each is a recipe for a folder of made-up pictures in 1,000 classes, planned and trained for one step
in fresh processes: tracked, with its checkpoint, its export and the proof of it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.harness import Row, measured, record
from benchmarks.memory import write_pictures
from benchmarks.reliability.memory import OFF, in_a_process

CLASSES = 1000
FILES, SIDE = 1000, 64  # of the folder: pictures, and their side on disk in pixels
BATCH = 2
# Name -> side that its paper trains with, and its `model:` block.
NETS: dict[str, tuple[int, dict[str, Any]]] = {
    "AlexNet": (227, {"type": "alexnet"}),
    "VGG-16": (224, {"type": "vgg", "depth": 16}),
    "ResNet-50": (224, {"type": "resnet", "depth": 50}),
    "GoogLeNet": (224, {"type": "googlenet"}),
}


def rows(chosen: Iterable[str] = tuple(NETS)) -> Iterator[Row]:
    """For each net the seconds of a step, and by how much the estimate of its memory is off."""
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(folder, 0, FILES, SIDE, CLASSES)
        for name in chosen:
            recipe = recipe_for(name, folder)
            what = f"{name} at {NETS[name][0]}x{NETS[name][0]}, {CLASSES:,} classes, batch {BATCH}"
            step = in_a_process("time", recipe)
            yield Row(f"step of {what}", "s", [step], note=f"{BATCH / step:.2g} pictures a second")
            said, came = (in_a_process(part, recipe) for part in ("plan", "train"))
            note = f"estimate {said / 1e9:.2f} GB, peak {came / 1e9:.2f} GB"
            off = abs(said / came - 1)
            yield Row(f"memory that `plan` estimates for {what}", "of the peak", [off], OFF, note)


def recipe_for(name: str, folder: str | Path) -> dict[str, Any]:
    """What a user would write to train one of `NETS` on a folder of pictures, for one step."""
    side, model = NETS[name]
    return {
        "pipeline": "image_classification",
        "data": {
            "source": {"type": "image_folder", "path": str(folder)},
            "image_size": [side, side],
            "split": {"train": 1.0},
            "batch_size": BATCH,
        },
        "model": model,
        "optimizer": {"type": "SGD", "learning_rate": 0.01, "momentum": 0.9},
        "baseline": None,
        "training": {"epochs": 1, "steps_per_epoch": 1, "early_stopping": None},
        "evaluation": {"train_sample": 4, "batch_size": 4},
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        measured("full_size", "", rows(sys.argv[1:]))
    else:
        record("full_size", rows())
