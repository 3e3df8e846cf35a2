"""Small trained models and what their training code answers, exported once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.serving import Exported, Signature, export, image_signatures, table_signatures
from dlsuite.targets import Number, OneClass

DIGITS = ("zero", "one", "two")
ONE_DIGIT = OneClass(DIGITS, (1, 1, 1))
A_NUMBER = Number("quality", 0.0, 1.0)
COLUMNS = {"alcohol": "number", "od280/od315 of wines": "number", "self": "category"}


class RawList(list):
    """Raw examples in memory, read as `dlsuite.data.Examples` are."""

    def read(self, index: int) -> Any:
        return self[index]


@dataclass
class Served:
    """An export together with the training side that it must agree with."""

    exported: Exported
    model: keras.Model
    signatures: dict[str, Signature]
    examples: RawList
    expected: dict[str, np.ndarray]
    folder: Path


@pytest.fixture(scope="session")
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def pictures(random: np.random.Generator, sizes: list[tuple[int, int]], channels: int) -> RawList:
    return RawList(
        {"image": random.integers(0, 256, (*size, channels), dtype="uint8"), "label": 0}
        for size in sizes
    )


def image_preprocessing(channels: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((None, None, channels), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Resizing(8, 8),
        ]
    )


def image_model(channels: int, random: np.random.Generator) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((8, 8, channels)),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3),
        ]
    )
    # Fresh moving statistics and biases would hide a forgotten one.
    model.set_weights([random.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    x = random.random((8, 8, 8, channels), dtype="float32")
    model.train_on_batch(x, random.integers(0, 3, 8))
    return model


def softmax(logits: np.ndarray) -> np.ndarray:
    exponents = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


def serve(folder: Path, model: Any, signatures: Any, examples: Any, expected: Any) -> Served:
    facts = {"pipeline": "toy", "run_id": "a1b2"}
    exported = export(
        folder, model, signatures, examples=examples, expected=expected, manifest=facts
    )
    return Served(exported, model, signatures, examples, expected, folder)


def image_export(folder: Path, channels: int) -> Served:
    random = np.random.default_rng(0)  # its own: nothing depends on which tests ran before
    preprocess, model = image_preprocessing(channels), image_model(channels, random)
    examples = pictures(random, [(8, 8)] * 70 + [(12, 9), (5, 20), (8, 8)], channels)
    prepared = np.concatenate([preprocess(e["image"][None]) for e in examples])
    expected = {"probabilities": softmax(model.predict(prepared, verbose=0))}
    signatures = image_signatures(preprocess, model, ONE_DIGIT)
    return serve(folder, model, signatures, examples, expected)


@pytest.fixture(scope="session")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return image_export(tmp_path_factory.mktemp("grey") / "export", channels=1)


@pytest.fixture(scope="session")
def colour(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return image_export(tmp_path_factory.mktemp("colour") / "export", channels=3)


@keras.saving.register_keras_serializable("dlsuite_tests")
class Wines(keras.layers.Layer):
    """Two numbers, scaled by their own mean, and a grape by one-hot code, `[B, 5]`."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = keras.layers.Normalization()
        self.scale.adapt(np.array([[11.0, 2.0], [13.0, 4.0]]))
        self.grape = keras.layers.StringLookup(vocabulary=["red", "white"], output_mode="one_hot")

    def call(self, columns: Any) -> Any:
        numbers = [columns["alcohol"], columns["od280/od315 of wines"]]
        scaled = self.scale(keras.ops.stack(numbers, axis=1))  # [B, 2]
        grape = keras.ops.cast(self.grape(columns["self"]), "float32")  # [B, 3]
        return keras.ops.concatenate([scaled, grape], axis=1)


def wine(alcohol: float, od: float, grape: str) -> dict[str, Any]:
    columns = {"alcohol": np.float32(alcohol), "od280/od315 of wines": np.float32(od)}
    return {"columns": {**columns, "self": grape}, "target": 0}


WINES = RawList([wine(11, 2, "red"), wine(13, 4, "white"), wine(12.5, 3, "blue")])


def table_export(folder: Path, outputs: int) -> Served:
    preprocess = Wines()
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(outputs)])
    arrays = {name: np.array([e["columns"][name] for e in WINES]) for name in COLUMNS}
    arrays["self"] = keras.ops.convert_to_tensor(arrays["self"])
    answers = model.predict(np.asarray(preprocess(arrays)), verbose=0)
    if outputs == 1:
        model.set_weights([w * 100 for w in model.get_weights()])  # float32 is coarse out there
        expected = {"prediction": answers[:, 0] * 100}
        signatures = table_signatures(
            preprocess, model, COLUMNS, A_NUMBER, target_columns=["quality"]
        )
    else:
        expected = {"probabilities": softmax(answers), "logits": answers}
        signatures = table_signatures(
            preprocess, model, COLUMNS, ONE_DIGIT, target_columns=["quality"]
        )
    return serve(folder, model, signatures, WINES, expected)


@pytest.fixture(scope="session")
def wines(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return table_export(tmp_path_factory.mktemp("wines") / "export", outputs=3)


@pytest.fixture(scope="session")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return table_export(tmp_path_factory.mktemp("prices") / "export", outputs=1)


@pytest.fixture(scope="session")
def mixer(tmp_path_factory: pytest.TempPathFactory, prices: Served) -> Path:
    """An export of two inputs and outputs that are neither classes nor pictures."""
    mix = Signature(
        inputs={
            "x": tf.TensorSpec((None, 2), tf.float32),
            "word": tf.TensorSpec((None,), tf.string),
        },
        answer=lambda x, word: {
            "total": tf.reduce_sum(x, axis=1),
            "doubled": 2 * x,
            "tags": tf.stack([word, word], axis=1),
            "probabilities": tf.reshape(x, [-1, 2, 1]),  # of a sequence, not of one choice
        },
        replay=lambda raw: {
            "x": np.float32([[raw["columns"]["alcohol"][0], 1]]),
            "word": raw["columns"]["self"].astype(object),
        },
    )
    x = np.array([[e["columns"]["alcohol"], 1] for e in prices.examples], "float32")
    expected = {"total": x.sum(axis=1), "probabilities": x[:, :, None]}
    folder = tmp_path_factory.mktemp("mixer")
    export(
        folder,
        prices.model,
        {"serving_default": mix},
        examples=prices.examples,
        expected=expected,
        manifest={},
    )
    return folder
