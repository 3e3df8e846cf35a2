"""A recipe is the same training again in another process; what cannot be is said."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import pytest
import tensorflow as tf

from benchmarks.reliability import determinism as trial
from dlsuite.experiment.pipeline import no_figures, no_signatures
from dlsuite.tracking import Store
from pipelines import image_classification, tabular

ROOT = Path(__file__).parents[2]
HERE = "tests.experiment.test_reruns"
QUIET = {"signatures": no_signatures, "figures": no_figures}
PICTURES = replace(image_classification.pipeline, **QUIET)
TABLES = replace(tabular.pipeline, **QUIET)
# Draws in three places: the order of examples, a parallel map, and a layer.
DIGITS = {
    "data": {
        "source": "digits",
        "batch_size": 256,
        "augment": [{"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1}],
    },
    "model": {"type": "mlp", "hidden": [8]},
    "regularization": {"dropout": 0.2},
    "training": {"epochs": 2},
    "baseline": None,
}
WINE = {
    "data": {"source": "wine"},
    "model": {"type": f"{HERE}:net"},
    "training": {"epochs": 1},
    "baseline": None,
}
# As the kernel has it, TensorFlow 2.21.
REFUSAL = (
    "A deterministic GPU implementation of ResizeNearestNeighborGrad is not currently available."
)


class Refusing(keras.layers.Layer):
    """Its gradient is refused, as that of resizing is on a GPU with deterministic operations."""

    def call(self, x):
        @tf.custom_gradient
        def same(x):
            return tf.identity(x), lambda slope: tf.py_function(refuse, [slope], slope.dtype)

        return same(x)


def refuse(slope):
    raise NotImplementedError(REFUSAL)  # TensorFlow makes an UnimplementedError of it


def net(input_shape, num_classes):
    """Layers below the one that refuses, so that its gradient is asked for."""
    inputs = keras.Input(input_shape)
    x = Refusing()(keras.layers.Dense(4)(inputs))
    return keras.Model(inputs, keras.layers.Dense(num_classes)(x))


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Processes that imported together and then trained apart: exit code and folder of each."""
    orders = {
        "first": ("PICTURES", DIGITS),
        "again": ("PICTURES", DIGITS),
        "refused": ("TABLES", WINE),
    }
    folder = tmp_path_factory.mktemp("reruns")
    words = []
    for name, (pipeline, recipe) in orders.items():
        (folder / name).mkdir()
        order = trial.written(folder / name, f"{HERE}:{pipeline}", recipe, [])
        words.append(f"{order}\n")
    command = [sys.executable, "-m", "dlsuite.studies.interrupted"]
    done = subprocess.run(
        command, input="".join(words), cwd=ROOT, capture_output=True, text=True, check=False
    )
    codes = map(int, done.stdout.split())
    return {name: (code, folder / name) for name, code in zip(orders, codes, strict=True)}


@pytest.mark.slow
def test_a_rerun_is_equal_bit_for_bit(ended):
    first, again = (trial.left(ended[name][1]) for name in ("first", "again"))
    assert first == again
    assert first.numbers > 10_000


@pytest.mark.slow
def test_an_operation_that_cannot_be_repeated_is_named_with_its_key(ended):
    code, folder = ended["refused"]
    assert code == 1
    said = (folder / "order.log").read_text().splitlines()[-1]
    assert "runtime.deterministic=true: must be false where an operation has no" in said
    assert (
        "ResizeNearestNeighborGrad, the gradient of resizing to the nearest neighbour at " in said
    )
    assert "Received: true. TensorFlow: " in said
    assert said.endswith(REFUSAL)
    record = Store.open(f"sqlite:///{folder}/mlflow.db").find("latest")
    assert record.status == "FAILED"
    assert "ResizeNearestNeighborGrad" in record.tags["error"]


@pytest.mark.slow
def test_the_run_says_what_a_rerun_repeats(ended):
    record = Store.open(f"sqlite:///{ended['first'][1]}/mlflow.db").find("latest")
    kept = json.loads(record.artifact("runtime.json").read_text())
    assert kept["deterministic"] is True
    assert kept["device"] == "cpu"
    assert kept["reruns"]["promise"].startswith("equal bit for bit")
    assert kept["reruns"]["may_differ"] == []


@pytest.mark.slow
def test_three_recipes_are_the_same_in_fresh_processes(tmp_path):
    recipes = list(trial.RECIPES)
    first = trial.trained(tmp_path, recipes)
    again = trial.trained(tmp_path, recipes, {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    assert first == again
