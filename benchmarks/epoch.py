"""An epoch of `run` against the same net in hand-written Keras, both measuring dev each epoch.

    python -m benchmarks.epoch

dlsuite is the whole `experiment.run` of fashion_lenet5: tracking, checkpoints, early stopping.
Plain Keras is `model.fit` on `tf.data` with `validation_data` and `EarlyStopping`, as one would
write it by hand, and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from benchmarks import lenet
from benchmarks.harness import Row, Sample, in_turn, record
from dlsuite import experiment
from pipelines import image_classification

ROUNDS = 3
EPOCHS = 4  # of each side in a round; the first one is not counted
BATCH = 128


def rows() -> Iterator[Row]:
    """The one ratio."""
    with lenet.store():
        yield in_turn(
            f"epoch of `run` against plain Keras, {lenet.RECIPE} on {lenet.data_name()}",
            _dlsuite,
            lambda: plain_keras(*lenet.pictures()),
            rounds=ROUNDS,
            target=1.05,
        )


def _dlsuite() -> Sample:
    clock = lenet.Clock()
    changes = {"training.epochs": EPOCHS, "evaluation.train_sample": 100}
    experiment.run(
        image_classification.pipeline, lenet.RECIPE, lenet.overrides(changes), listeners=[clock]
    )
    return clock.typical()


def plain_keras(images: np.ndarray, labels: np.ndarray) -> Sample:
    """LeNet-5 with dropout, Adam with warm-up and cosine, as in the recipe, without the suite."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(6, 5, padding="same", activation="relu"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(16, 5, activation="relu"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(120, 5, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(84, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )
    steps = -(-lenet.TRAIN // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, (EPOCHS - 1) * steps, warmup_target=0.002, warmup_steps=steps
    )
    model.compile(
        keras.optimizers.Adam(rate),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    def scaled(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(image, tf.float32) / 255.0, label

    train = tf.data.Dataset.from_tensor_slices((images[: lenet.TRAIN], labels[: lenet.TRAIN]))
    dev = tf.data.Dataset.from_tensor_slices((images[lenet.TRAIN :], labels[lenet.TRAIN :]))
    train = train.shuffle(lenet.TRAIN).batch(BATCH).map(scaled, tf.data.AUTOTUNE)
    dev = dev.batch(256).map(scaled, tf.data.AUTOTUNE).cache()
    clock = lenet.Clock()
    stop = keras.callbacks.EarlyStopping("val_accuracy", patience=5, restore_best_weights=True)
    model.fit(
        train.prefetch(tf.data.AUTOTUNE),
        validation_data=dev.prefetch(tf.data.AUTOTUNE),
        epochs=EPOCHS,
        callbacks=[stop, clock],
        verbose=0,
    )
    return clock.typical()


if __name__ == "__main__":
    record("epoch", rows())
