"""A new application is one file: this one. Nothing else of the suite knows it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite import experiment
from dlsuite.data import Collection, Examples, Splits
from dlsuite.metrics import regression_scores
from dlsuite.serving import Signature
from pipelines.cli import main


class Settings(experiment.Settings):
    units: int = 4


def lines(count: int = 200) -> Collection:
    """Points of y = 2x + 1."""
    x = np.linspace(-1, 1, count, dtype="float32")
    keys = np.array([f"{i:032x}" for i in range(count)])
    return Collection({"all": Examples({"x": x, "y": 2 * x + 1}, keys)}, {"source": "a line"})


def load(settings):
    _, parts, report = settings.data.load()
    return Splits(info=None, report=report, **parts)


def build(settings, info, late):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def predict(settings, info, model, batches):
    for x in batches:
        yield {"y": model.predict_on_batch(x)[:, 0]}


def signatures(settings, info, model):
    return {
        "serving_default": Signature(
            inputs={"x": tf.TensorSpec((None,), tf.float32)},
            answer=lambda x: {"y": model(x[:, None])[:, 0]},
            replay=lambda raw: {"x": raw["x"]},
        )
    }


pipeline = experiment.Pipeline(
    name="toy",
    settings=Settings,
    metric="loss",
    load=load,
    encode=lambda settings, info: lambda raw: (raw["x"][:, None], raw["y"]),
    build=build,
    predict=predict,
    score=lambda settings, info, examples, answers: regression_scores(
        examples.keys, examples.rows["y"], answers["y"]
    ),
    signatures=signatures,
)

RECIPE = """\
pipeline: tests.pipelines.test_tenth_pipeline:pipeline
data: {source: {type: "tests.pipelines.test_tenth_pipeline:lines"}, batch_size: 20}
training: {epochs: 15}
expect: {test.r2: {at_least: 0.99}}
"""


def test_the_command_line_trains_it_like_any_other(workshop, capsys):
    (workshop / "line.yaml").write_text(RECIPE)
    with pytest.raises(SystemExit) as end:
        main(["train", "line.yaml"])
    assert not end.value.code
    assert "(at least 0.99): kept" in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(["export", "latest", "exported", "--examples", "3"])
    assert not end.value.code
    with pytest.raises(SystemExit) as end:
        main(["predict", "exported", "exported/examples"])
    assert not end.value.code
    assert len(capsys.readouterr().out.strip().splitlines()) >= 4
