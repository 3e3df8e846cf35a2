"""An epoch of dlsuite's training against the same net and feed in plain Keras, as ratios.

    python -m benchmarks.epoch [rounds]

Pairs alternate in one process. Plain Keras is `model.fit` on `tf.data` (shuffle, batch, map,
prefetch) with `validation_data`; dlsuite is `fit_stages` with its own feed, dev measures, early
stopping and checkpoints, as `run` calls it, tracking left out.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dlsuite.experiment.learner import Learner, prepare
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import load
from dlsuite.training import Checkpoints, FitTask, fit_stages
from pipelines import SHIPPED, image_classification

EPOCHS = 6  # the first one of each round is not counted: it traces
EXAMPLES = 20_000
RECIPE = {
    "data": {"source": {"type": "benchmarks.epoch:pictures"}, "batch_size": 128,
             "split": {"train": 0.9, "dev": 0.1}},
    "model": {"type": "lenet5"},
    "training": {"epochs": EPOCHS, "early_stopping": {"patience": 5}},
    "baseline": None,
}  # fmt: skip


def pictures():
    """Random pictures of 28x28 pixels in ten classes; what they show does not matter here."""
    from dlsuite.data import Collection, Examples

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (EXAMPLES, 28, 28, 1), dtype=np.uint8)
    labels = random.integers(0, 10, EXAMPLES).astype(np.int32)
    keys = np.array([f"{i:032x}" for i in range(EXAMPLES)])
    rows = {"image": images, "label": labels}
    return Collection(
        {"all": Examples(rows, keys, strata=labels)}, {"class_names": list("0123456789")}
    )


def of_dlsuite(learner: Learner, folder: Path) -> list[float]:
    """Seconds of each epoch."""
    task = FitTask(
        model=learner.model,
        training=learner.settings.training,
        batches=learner.batches,
        higher_is_better=higher_is_better,
        measure=learner.measure,
        monitor=learner.monitor,
        checkpoints=Checkpoints(folder),
    )
    return fit_stages(task).series("seconds")


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch, logs=None):
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.began)


def of_keras(learner: Learner) -> list[float]:
    """Seconds of each epoch."""
    train, dev = (learner.splits.named()[name].rows for name in ("train", "dev"))

    def scaled(image, label):
        return tf.cast(image, tf.float32) / 255.0, label

    def feed(rows):
        return tf.data.Dataset.from_tensor_slices((rows["image"], rows["label"]))

    count = len(train["label"])
    batches = feed(train).shuffle(count).batch(128).map(scaled, tf.data.AUTOTUNE).prefetch(2)
    held = feed(dev).batch(256).map(scaled, tf.data.AUTOTUNE).prefetch(2)
    stop = keras.callbacks.EarlyStopping("val_accuracy", patience=EPOCHS, restore_best_weights=True)
    clock = Clock()
    learner.model.fit(
        batches, validation_data=held, epochs=EPOCHS, callbacks=[stop, clock], verbose=0
    )
    return clock.seconds


def main(rounds: int) -> None:
    """Prints both medians and the ratio of each pair."""
    recipe = load(RECIPE, image_classification.Settings, shipped=SHIPPED)
    ours, theirs, ratios = [], [], []
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            first = statistics.median(
                of_dlsuite(prepare(image_classification.pipeline, recipe, False), Path(folder))[1:]
            )
        second = statistics.median(
            of_keras(prepare(image_classification.pipeline, recipe, False))[1:]
        )
        ours.append(first)
        theirs.append(second)
        ratios.append(first / second)
        print(f"round {number + 1}: dlsuite {first:.2f} s, Keras {second:.2f} s", flush=True)
    print(
        f"median epoch: dlsuite {statistics.median(ours):.2f} s, plain Keras "
        f"{statistics.median(theirs):.2f} s; ratio {statistics.median(ratios):.3f} "
        f"({min(ratios):.3f} to {max(ratios):.3f}) over {rounds} pairs"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
