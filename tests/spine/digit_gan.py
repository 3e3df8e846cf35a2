"""A tiny GAN on the digits: two optimizers, no dev accuracy, answers drawn from fixed noise."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import ops

from dlsuite import experiment, figures
from dlsuite.data import DataSettings, Splits
from dlsuite.metrics import Scores
from dlsuite.serving import Signature

LATENT = 8
SAMPLES = 64


class Settings(experiment.Settings):
    data: DataSettings
    learning_rate: float = 0.002


class DigitGAN(keras.Model):
    """Generator and discriminator in one step each; `call` is the generator's moving average."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = _generator()
        self.averaged = _generator()
        self.averaged.trainable = False
        self.averaged.set_weights(self.generator.get_weights())
        self.discriminator = keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(32, "leaky_relu"),
                keras.layers.Dropout(0.2),
                keras.layers.Dense(1),
            ]
        )
        self.noise = keras.random.SeedGenerator(1)
        self.judge = keras.losses.BinaryCrossentropy(from_logits=True)
        self.generator_loss = keras.metrics.Mean("generator_loss")
        self.discriminator_loss = keras.metrics.Mean("discriminator_loss")

    @property
    def metrics(self):
        return [self.generator_loss, self.discriminator_loss]

    def compile(self, learning_rate: float) -> None:
        super().compile()
        self.generator_optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.5)
        self.generator_optimizer.build(self.generator.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    def call(self, noise):
        return self.averaged(noise)

    def train_step(self, data):
        real, _ = data
        noise = keras.random.normal((ops.shape(real)[0], LATENT), seed=self.noise)
        with tf.GradientTape() as tape:
            said_real = self.discriminator(real, training=True)
            said_fake = self.discriminator(self.generator(noise), training=True)
            lost = self.judge(ops.ones_like(said_real), said_real) + self.judge(
                ops.zeros_like(said_fake), said_fake
            )
        weights = self.discriminator.trainable_variables
        self.discriminator_optimizer.apply(tape.gradient(lost, weights), weights)
        self.discriminator_loss.update_state(lost)
        with tf.GradientTape() as tape:
            said_fake = self.discriminator(self.generator(noise), training=True)
            lost = self.judge(ops.ones_like(said_fake), said_fake)
        weights = self.generator.trainable_variables
        self.generator_optimizer.apply(tape.gradient(lost, weights), weights)
        self.generator_loss.update_state(lost)
        for kept, now in zip(self.averaged.weights, self.generator.weights, strict=True):
            kept.assign(0.9 * kept + 0.1 * now)
        return {metric.name: metric.result() for metric in self.metrics}


def _generator() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((LATENT,)),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dense(64, "sigmoid"),
            keras.layers.Reshape((8, 8, 1)),
        ]
    )


def load(settings):
    _, parts, report = settings.data.load()
    return Splits(info={"shape": (8, 8, 1)}, report=report, **parts)


def encode(settings, info):
    def reals(raw):
        return ops.cast(raw["image"], "float32") / 255.0, raw["label"]

    return reals


def build(settings, info, late):
    model = DigitGAN()
    model(np.zeros((1, LATENT), "float32"))
    model.compile(settings.learning_rate)
    return model


def predict(settings, info, model, batches):
    noise = np.random.default_rng(0).normal(size=(SAMPLES, LATENT)).astype("float32")
    yield {"image": ops.convert_to_numpy(model(noise))}


def score(settings, info, examples, answers):
    """Squared distance of the mean picture of the samples to that of the held-out reals."""
    real = (examples.rows["image"] / 255.0).mean(axis=0)
    fake = answers["image"].mean(axis=0)
    table = pd.DataFrame({"key": [str(i) for i in range(len(answers["image"]))]})
    return Scores({"mean_distance": float(((real - fake) ** 2).sum())}, table)


def signatures(settings, info, model):
    noise = tf.TensorSpec((None, LATENT), tf.float32)
    fixed = np.random.default_rng(0).normal(size=(SAMPLES, LATENT)).astype("float32")
    place = iter(range(10**9))

    def replay(raw):
        return {"noise": fixed[[next(place) % SAMPLES for _ in raw["label"]]]}

    return {
        "serving_default": Signature(
            inputs={"noise": noise},
            answer=lambda noise: {"image": model(noise)},
            replay=replay,
        )
    }


def draw(outcome):
    pictures = outcome.answers["dev"]["image"][:16]
    yield "samples", figures.image_grid(pictures, [""] * len(pictures))


pipeline = experiment.Pipeline(
    name="digit_gan",
    settings=Settings,
    metric=None,
    load=load,
    encode=encode,
    build=build,
    predict=predict,
    score=score,
    signatures=signatures,
    figures=draw,
    diagnose=None,
)
