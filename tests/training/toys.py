"""Small learners and their streams, the same in every process."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from dlsuite.data import Batches
from dlsuite.metrics import higher_is_better
from dlsuite.training import FitTask, TrainingSettings

N, B, STEPS = 96, 16, 6


def points(seed=0):
    """Three noisy clusters in the plane: x `[N, 2]`, labels `[N]`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, N)
    centres = np.array([[0.0, 1.0], [1.0, -0.5], [-1.0, -0.5]])
    x = centres[labels] + rng.normal(0, 0.6, (N, 2))
    return x.astype("float32"), labels.astype("int32")


def stream(x, y, epochs, steps=STEPS):
    """Batch t is a function of t alone."""

    def batches(first_step):
        def batch(t):
            rows = tf.random.experimental.index_shuffle(
                tf.range(B) + tf.cast(t % steps, tf.int32) * B,
                tf.stack([0, tf.cast(t // steps, tf.int32)]),
                N - 1,
            )
            return tf.gather(x, rows), tf.gather(y, rows)

        return Batches(tf.data.Dataset.range(first_step, epochs * steps).map(batch), steps)

    return batches


def classifier(optimizer=None, seed=0, width=16, norm=False, **compiling):
    """Dropout, so that seeds count; with `norm` running statistics too."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(width, activation="relu", name="first"),
            *([keras.layers.BatchNormalization()] if norm else []),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(3, name="head"),
        ]
    )
    model.compile(
        optimizer or keras.optimizers.SGD(0.1, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        **compiling,
    )
    return model


def plain(optimizer=None):
    """Two dense layers and nothing random, quick to trace."""
    keras.utils.set_random_seed(0)
    first, head = keras.layers.Dense(4, name="first"), keras.layers.Dense(3, name="head")
    model = keras.Sequential([keras.Input((2,)), first, head])
    model.compile(
        optimizer or keras.optimizers.SGD(0.1),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def measure_of(model):
    """Dev loss and accuracy of a classifier on other points of the same clusters."""
    x, y = points(seed=1)

    def measure():
        logits = keras.ops.convert_to_numpy(model(x, training=False))
        losses = keras.ops.sparse_categorical_crossentropy(y, logits, from_logits=True)
        return {
            "dev.loss": float(keras.ops.mean(losses)),
            "dev.accuracy": float(np.mean(logits.argmax(-1) == y)),
        }

    return measure


def task(model, **changes):
    """A classifier's training; `training` may be a mapping."""
    training = changes.pop("training", {})
    if not isinstance(training, TrainingSettings):
        training = TrainingSettings(**{"epochs": 4, **training})
    given = {
        "model": model,
        "training": training,
        "batches": stream(*points(), training.epochs),
        "measure": measure_of(model),
        "monitor": "dev.accuracy",
        "higher_is_better": higher_is_better,
    }
    return FitTask(**{**given, **changes})


@keras.saving.register_keras_serializable("toys")
class Game(keras.Model):
    """A GAN on points: own `train_step`, two optimizers, raw losses, unseeded noise."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(2)]
        )
        self.discriminator = keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(8, activation="relu"),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(1),
            ]
        )
        self.generator_loss = keras.metrics.Mean(name="generator_loss")
        self.discriminator_loss = keras.metrics.Mean(name="discriminator_loss")

    def compile(self, generator_optimizer, discriminator_optimizer):
        super().compile()
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    def train_step(self, data):
        real = data[0]
        ones, zeros = keras.ops.ones((B, 1)), keras.ops.zeros((B, 1))
        cost = keras.losses.BinaryCrossentropy(from_logits=True)
        fake = self.generator(keras.random.normal((B, 2)))
        with tf.GradientTape() as tape:
            loss = cost(ones, self.discriminator(real, training=True))
            loss += cost(zeros, self.discriminator(fake, training=True))
        weights = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(loss, weights), weights)
        self.discriminator_loss.update_state(loss)
        with tf.GradientTape() as tape:
            fake = self.generator(keras.random.normal((B, 2)))
            loss = cost(ones, self.discriminator(fake, training=True))
        weights = self.generator.trainable_variables
        self.generator_optimizer.apply(tape.gradient(loss, weights), weights)
        self.generator_loss.update_state(loss)
        return {m.name: m.result() for m in (self.generator_loss, self.discriminator_loss)}


def game(rate=1e-3):
    keras.utils.set_random_seed(0)
    model = Game()
    model.compile(keras.optimizers.Adam(rate), keras.optimizers.SGD(2 * rate))
    return model
