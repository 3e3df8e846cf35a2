"""The estimate of peak memory against the peak: `python -m benchmarks.reliability memory`.

Each net is planned and trained in fresh processes; the peak is that of all that `train` does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from benchmarks.harness import Row, say

OFF = 0.3  # share of the peak that an estimate may be off by
STEPS = 4  # the peak is reached by the second
FASHION = "fashion-mnist"

L = keras.layers


def vgg(
    input_shape: tuple[int, ...], num_classes: int, *, dropout: float = 0.0, width: int = 32
) -> keras.Model:
    """Blocks of 2, 2 and 3 convolutions and a wide dense layer."""
    x = inputs = keras.Input(input_shape)
    for block, layers in enumerate((2, 2, 3)):
        for _ in range(layers):
            x = L.Conv2D(width * 2**block, 3, padding="same", activation="relu")(x)
        x = L.MaxPooling2D()(x)
    x = L.Dense(256, activation="relu")(L.Flatten()(x))
    return keras.Model(inputs, L.Dense(num_classes)(x))


def resnet(
    input_shape: tuple[int, ...], num_classes: int, *, dropout: float = 0.0, width: int = 16
) -> keras.Model:
    """Nine residual blocks with batch normalization."""
    x = inputs = keras.Input(input_shape)
    x = L.ReLU()(_normed(x, width, 3))
    for stage in range(3):
        for block in range(3):
            stride, wide = (2 if stage and not block else 1), width * 2**stage
            y = L.ReLU()(_normed(x, wide, 3, stride))
            short = x if stride == 1 else _normed(x, wide, 1, stride)
            x = L.ReLU()(L.Add()([short, _normed(y, wide, 3)]))
    x = L.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, L.Dense(num_classes)(x))


def _normed(x: Any, width: int, side: int, stride: int = 1) -> Any:
    x = L.Conv2D(width, side, strides=stride, padding="same", use_bias=False)(x)
    return L.BatchNormalization()(x)


def lstm(
    input_shape: tuple[int, int, int], num_classes: int, *, dropout: float = 0.0, units: int = 256
) -> keras.Model:
    """A picture read row by row, in both directions, then once more."""
    height, width, channels = input_shape
    x = inputs = keras.Input(input_shape)
    x = L.Reshape((height, width * channels))(x)
    x = L.Bidirectional(L.LSTM(units, return_sequences=True))(x)
    return keras.Model(inputs, L.Dense(num_classes)(L.LSTM(units)(x)))


def attention(
    input_shape: tuple[int, int, int], num_classes: int, *, dropout: float = 0.0, width: int = 64
) -> keras.Model:
    """Four blocks of attention over patches of 4x4 pixels."""
    height, wide, _ = input_shape
    x = inputs = keras.Input(input_shape)
    x = L.Conv2D(width, 4, strides=4)(x)
    x = L.Reshape(((height // 4) * (wide // 4), width))(x)
    for _ in range(4):
        y = L.LayerNormalization()(x)
        x = L.Add()([x, L.MultiHeadAttention(4, width // 4)(y, y)])
        y = L.Dense(4 * width, activation="gelu")(L.LayerNormalization()(x))
        x = L.Add()([x, L.Dense(width)(y)])
    x = L.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, L.Dense(num_classes)(x))


def pictures(side: int, batch: int, model: str, *, scored: int = 32) -> dict[str, Any]:
    """A recipe for the digits enlarged to `side` pixels; answers are asked for `scored` at once."""
    return {
        "pipeline": "image_classification",
        "data": {"source": {"type": "digits"}, "image_size": [side, side], "batch_size": batch},
        "model": {"type": model},
        "baseline": None,
        "evaluation": {"train_sample": 64, "batch_size": scored},
        "training": {"epochs": 2, "early_stopping": None, "steps_per_epoch": STEPS},
    }


HERE = "benchmarks.reliability.memory"
NETS: dict[str, dict[str, Any]] = {
    "a small MLP, wine": {
        "pipeline": "tabular",
        "data": {"source": {"type": "wine"}, "batch_size": 32},
        "model": {"type": "mlp"},
        "training": {"epochs": 2},
    },
    "an MLP of 20 million weights, batch 32": {
        "pipeline": "tabular",
        "data": {"source": {"type": "wine"}, "batch_size": 32},
        "model": {"type": "mlp", "hidden": [4000, 5000]},
        "training": {"epochs": 3, "early_stopping": {"patience": 2}},
    },
    "LeNet-5 at 128x128, batch 512": pictures(128, 512, "lenet5"),
    "VGG-like at 96x96, batch 64": pictures(96, 64, f"{HERE}:vgg"),
    "VGG-like at 96x96, batch 32, scored by 256": pictures(96, 32, f"{HERE}:vgg", scored=256),
    "ResNet at 64x64, batch 128": pictures(64, 128, f"{HERE}:resnet"),
    "LSTMs over 64 rows, batch 256": pictures(64, 256, f"{HERE}:lstm"),
    "attention over 256 patches, batch 128": pictures(64, 128, f"{HERE}:attention"),
    "GRUs, number words, batch 512": {
        "pipeline": "number_words",
        "data": {
            "source": {"type": "tests.spine.number_words:spelt_numbers"},
            "batch_size": 512,
        },
        "units": 512,
        "training": {"epochs": 2, "early_stopping": None},
    },
    "LeNet-5 on Fashion-MNIST, batch 64, with its baseline": {
        "pipeline": "image_classification",
        "data": {"source": {"type": "idx", "path": FASHION}, "batch_size": 64},
        "model": {"type": "lenet5"},
        "training": {"epochs": 1, "early_stopping": None, "steps_per_epoch": 100},
    },
}


def rows() -> Iterator[Row]:
    """A row for each net: by what share of its peak the estimate is off."""
    for name, recipe in NETS.items():
        source = recipe["data"]["source"]
        if source.get("path") == FASHION:
            data = os.environ.get("DLSUITE_DATA")
            if data is None:
                yield Row(name, "", [], OFF, "DLSUITE_DATA does not say where Fashion-MNIST is")
                continue
            source["path"] = str(Path(data) / FASHION)
        said, came = (in_a_process(what, recipe) for what in ("plan", "train"))
        say(f"  {name}: estimated {said / 1e6:,.0f} MB, measured {came / 1e6:,.0f} MB")
        note = f"estimate {said / 1e9:.2f} GB, peak {came / 1e9:.2f} GB"
        yield Row(name, "of the peak", [abs(said / came - 1)], OFF, note)


def in_a_process(what: str, recipe: dict[str, Any]) -> float:
    """What `_measured` finds in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        child = subprocess.run(
            [sys.executable, "-m", HERE, what, json.dumps(recipe)],
            env=environment,
            capture_output=True,
            text=True,
        )
    if child.returncode:
        raise RuntimeError(child.stderr[-2000:])
    return float(child.stdout.splitlines()[-1])


def _measured(what: str, recipe: dict[str, Any]) -> float:
    """Bytes that the plan says, or that training reached here, or seconds of a step."""
    from dlsuite import experiment
    from dlsuite.experiment.memory import need
    from dlsuite.experiment.timing import cost
    from pipelines import image_classification, tabular
    from tests.spine import number_words

    applications = (image_classification, tabular, number_words)
    found = {each.pipeline.name: each.pipeline for each in applications}[recipe["pipeline"]]
    if what == "plan":
        return need(experiment.plan(found, recipe).learner).peak
    if what == "time":
        return cost(experiment.plan(found, recipe).learner).step
    experiment.run(found, recipe)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # kilobytes on Linux


if __name__ == "__main__":
    print(_measured(sys.argv[1], json.loads(sys.argv[2])))
