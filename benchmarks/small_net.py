"""An epoch of `run` where the net is so small that what surrounds its steps counts: digits_mlp.

    python -m benchmarks.small_net

23 steps on 1,437 pictures of 8x8 pixels. Plain Keras has `validation_data` and `EarlyStopping` and
keeps nothing; dlsuite tracks, scores dev by five metrics and writes a checkpoint each epoch.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import tensorflow as tf

from benchmarks import lenet
from benchmarks.harness import Row, Sample, in_turn, record
from dlsuite import experiment
from dlsuite.data.sources import digits
from pipelines import image_classification

RECIPE = "digits_mlp"
ROUNDS = 3
EPOCHS = 40
TRAIN, DEV, BATCH = 1437, 180, 64  # as the recipe divides 1,797 pictures


def rows() -> Iterator[Row]:
    """The one ratio, which has no target: what dlsuite does besides is wanted."""
    with lenet.store():
        yield in_turn(
            f"epoch of `run` against plain Keras, {RECIPE}", _dlsuite, _plain_keras, rounds=ROUNDS
        )


def _dlsuite() -> Sample:
    clock = lenet.Clock()
    changes = {"training.epochs": EPOCHS, "training.early_stopping.patience": EPOCHS}
    experiment.run(
        image_classification.pipeline, RECIPE, {**changes, "baseline": None}, listeners=[clock]
    )
    return clock.typical()


def _plain_keras() -> Sample:
    rows = digits().parts["all"].rows
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )
    steps = -(-TRAIN // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, (EPOCHS - 1) * steps, warmup_target=0.003, warmup_steps=steps
    )
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    x, y = rows["image"].astype("float32") / 255.0, rows["label"]
    train = tf.data.Dataset.from_tensor_slices((x[:TRAIN], y[:TRAIN])).shuffle(TRAIN).batch(BATCH)
    held = slice(TRAIN, TRAIN + DEV)
    dev = tf.data.Dataset.from_tensor_slices((x[held], y[held])).batch(256).cache()
    clock = lenet.Clock()
    stop = keras.callbacks.EarlyStopping("val_accuracy", patience=EPOCHS, restore_best_weights=True)
    model.fit(
        train.prefetch(tf.data.AUTOTUNE),
        validation_data=dev,
        epochs=EPOCHS,
        callbacks=[stop, clock],
        verbose=0,
    )
    return clock.typical()


if __name__ == "__main__":
    record("small_net", rows())
