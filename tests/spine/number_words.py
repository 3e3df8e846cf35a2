"""A sequence model with a decoded answer: numbers are read back from their digits in words."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from dlsuite import experiment, figures
from dlsuite.data import Collection, DataSettings, Examples, Splits
from dlsuite.metrics import Scores
from dlsuite.serving import Signature

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LENGTH = 3
LETTERS = " abcdefghijklmnopqrstuvwxyz"
WIDTH = 18  # letters of the longest question


class Settings(experiment.Settings):
    data: DataSettings
    units: int = 32


def spelt_numbers() -> Collection:
    """All numbers below 1000 as digits in words, letters `[18]` and digits `[3]`."""
    numbers = range(10**LENGTH)
    texts = [" ".join(WORDS[int(d)] for d in f"{n:0{LENGTH}}") for n in numbers]
    letters = np.array([[LETTERS.index(c) for c in text.ljust(WIDTH)[:WIDTH]] for text in texts])
    answers = np.array([[int(d) for d in f"{n:0{LENGTH}}"] for n in numbers])
    rows = {"letters": letters.astype("int32"), "digits": answers.astype("int32")}
    keys = np.array([f"{n:032x}" for n in numbers])
    return Collection({"all": Examples(rows=rows, keys=keys)}, {"source": "number words"})


def load(settings):
    _, parts, report = settings.data.load()
    return Splits(info={"letters": len(LETTERS)}, report=report, **parts)


def encode(settings, info):
    return lambda raw: (raw["letters"], raw["digits"])


def build(settings, info, late):
    model = keras.Sequential(
        [
            keras.Input((WIDTH,), dtype="int32"),
            keras.layers.Embedding(info["letters"], 8),
            keras.layers.GRU(settings.units),
            keras.layers.RepeatVector(LENGTH),
            keras.layers.GRU(settings.units, return_sequences=True),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, jit_compile=late["jit_compile"])
    return model


def predict(settings, info, model, batches):
    for letters in batches:
        logits = model.predict_on_batch(letters)
        yield {"digits": logits.argmax(-1), "number": read(logits.argmax(-1))}


def read(digits):
    """The number that digits `[B, T]` spell, as text `[B]`."""
    return np.array(["".join(map(str, row)) for row in digits])


def score(settings, info, examples, answers):
    wanted = examples.rows["digits"]
    right = (answers["digits"] == wanted).all(axis=1)
    wrong_digits = (answers["digits"] != wanted).mean(axis=1)
    table = pd.DataFrame({"key": examples.keys, "loss": wrong_digits, "correct": right})
    values = {"sequence_accuracy": float(right.mean()), "digit_error": float(wrong_digits.mean())}
    return Scores(values, table)


def signatures(settings, info, model):
    digits = tf.constant([str(d) for d in range(10)])

    def answer(letters):
        found = tf.argmax(model(letters), axis=-1)
        return {"digits": found, "number": tf.strings.reduce_join(tf.gather(digits, found), -1)}

    return {
        "serving_default": Signature(
            inputs={"letters": tf.TensorSpec((None, WIDTH), tf.int32)},
            answer=answer,
            replay=lambda raw: {"letters": np.asarray(raw["letters"])},
            resources=(),
        )
    }


def draw(outcome):
    yield "curves", figures.curves(outcome.history.epochs, metric="sequence_accuracy")


pipeline = experiment.Pipeline(
    name="number_words",
    settings=Settings,
    metric="sequence_accuracy",
    load=load,
    encode=encode,
    build=build,
    predict=predict,
    score=score,
    signatures=signatures,
    figures=draw,
    recurrent=lambda settings: True,
)
