"""A picture drawn towards another's colours: one example, no splits, the picture is the weight."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
from keras import ops

from dlsuite import experiment, figures
from dlsuite.data import Collection, DataSettings, Examples, Splits
from dlsuite.metrics import Scores

SIDE = 16


class Settings(experiment.Settings):
    data: DataSettings
    style_weight: float = 1e-3


class Canvas(keras.Model):
    """The picture `[1, H, W, C]` is the only weight; the cost needs no label."""

    def __init__(self, content: np.ndarray, style_weight: float) -> None:
        super().__init__()
        self.style_weight = style_weight
        self.picture = self.add_weight(
            shape=content.shape, initializer=lambda shape, dtype: ops.cast(content, dtype)
        )

    def call(self, pictures):
        return self.picture + 0.0 * ops.sum(pictures["content"])

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        content = ops.sum(ops.square(y_pred - x["content"])) / 2
        style = ops.sum(ops.square(gram(y_pred) - gram(x["style"])))
        return content + self.style_weight * style


def gram(pictures):
    """Correlations of the channels, `[B, C, C]`."""
    flat = ops.reshape(pictures, (-1, SIDE * SIDE, 3))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)


def two_pictures() -> Collection:
    """A content and a style picture, float32 `[16, 16, 3]` in [0, 1], as one example."""
    across = np.linspace(0, 1, SIDE, dtype="float32")
    content = np.stack(np.meshgrid(across, across, across[3:4], indexing="ij"), -1)[:, :, 0]
    style = np.broadcast_to(np.array([0.9, 0.5, 0.1], "float32"), content.shape)
    rows = {"content": content[None], "style": style[None].copy()}
    return Collection({"all": Examples(rows=rows, keys=np.array(["0" * 32]))}, {"source": "drawn"})


def load(settings):
    pictures = settings.data.source().parts["all"]
    return Splits(info=pictures.rows, train=pictures)


def encode(settings, info):
    return lambda raw: ({"content": raw["content"], "style": raw["style"]}, raw["content"])


def build(settings, info, late):
    model = Canvas(info["content"], settings.style_weight)
    model(info)
    model.compile(optimizer=keras.optimizers.Adam(0.02))
    return model


def predict(settings, info, model, batches):
    yield {"picture": ops.convert_to_numpy(model.picture)}


def score(settings, info, examples, answers):
    off = np.square(
        ops.convert_to_numpy(gram(answers["picture"])) - ops.convert_to_numpy(gram(info["style"]))
    ).sum()
    return Scores({"style_distance": float(off)}, pd.DataFrame({"key": examples.keys}))


def draw(outcome):
    picture = outcome.answers["train"]["picture"][0]
    yield "picture", figures.image_grid([np.clip(picture, 0, 1)], ["picture"])


pipeline = experiment.Pipeline(
    name="picture_style",
    settings=Settings,
    metric=None,
    load=load,
    encode=encode,
    build=build,
    predict=predict,
    score=score,
    figures=draw,
    diagnose=None,
)
