"""Runs that train on mixed examples and end with averaged weights, scored on neither."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite import experiment
from dlsuite.experiment.judging import score_splits
from dlsuite.experiment.steadiness import unsteady
from dlsuite.tracking import Store
from pipelines import image_classification

DIGITS = {
    "pipeline": "image_classification",
    "data": {
        "source": "digits",
        "image_size": [8, 8],
        "batch_size": 64,
        "split": {"train": 0.7, "dev": 0.15, "test": 0.15},
        "augment": [{"type": "RandomPaddedCrop", "padding": 1}, {"type": "MixUp", "alpha": 0.3}],
    },
    "model": {"type": "mlp", "hidden": [32]},
    "optimizer": {
        "type": "SGD",
        "learning_rate": 0.2,
        "momentum": 0.9,
        "use_ema": True,
        "ema_momentum": 0.8,
    },
    "regularization": {"label_smoothing": 0.1, "l2": 0.3, "l2_form": "course"},
    "training": {
        "epochs": 6,
        "class_weight": "balanced",
        "early_stopping": {"patience": None, "monitor": "dev.loss"},
    },
}


def predictions(model, examples):
    images = np.stack([examples.read(row)["image"] for row in range(len(examples))])
    return np.asarray(model(images.astype("float32") / 255.0, training=False))


def cross_entropy(logits, labels):
    shifted = logits - logits.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].mean()


@pytest.mark.slow
def test_scores_are_of_clean_examples_and_of_the_averaged_weights_that_are_exported(workshop):
    result = image_classification.run(DIGITS)
    best = result.history.epochs[result.history.best_epoch - 1]
    assert result.scores["dev"]["loss"] == pytest.approx(best["dev.loss"], rel=1e-5)
    assert result.scores["test"]["accuracy"] > 0.7
    # The measure of training is of mixed examples and stays below that of clean ones.
    assert result.history.epochs[-1]["accuracy"] < result.scores["train"]["accuracy"]
    learner = experiment.plan(image_classification.pipeline, DIGITS).learner
    dev = learner.splits.dev
    logits, labels = predictions(result.model, dev), dev.rows["label"]
    # Dev is scored against whole labels, without smoothing or weights.
    assert result.scores["dev"]["loss"] == pytest.approx(cross_entropy(logits, labels), rel=1e-4)
    served = tf.saved_model.load(str(result.export("out"))).signatures["serving_default"]
    (name,) = served.structured_input_signature[1]
    told = served(**{name: np.stack([dev.read(row)["image"] for row in range(8)])})
    assert told["class_id"].numpy().tolist() == logits[:8].argmax(-1).tolist()
    record = Store.open().find(result.run_id)
    factor = float(record.tags["became.regularization.l2"])
    assert factor == pytest.approx(0.3 / (2 * len(learner.splits.train)))
    assert "The course's λ of 0.3 is a penalty" in record.tags["mlflow.note.content"]
    assert record.artifact("figures/training_examples.png").stat().st_size > 10_000
    assert not [note for note in result.notes if "otherwise each time" in note]


def test_mixed_batches_are_a_function_of_seed_and_step(workshop):
    data = DIGITS["data"] | {"augment": [*DIGITS["data"]["augment"], {"type": "CutMix"}]}
    learner = experiment.plan(image_classification.pipeline, DIGITS | {"data": data}).learner
    whole = list(learner.batches(0).dataset.take(23))
    late = list(learner.batches(19).dataset.take(4))  # past the end of an epoch of 20 steps
    for batch, again in zip(whole[19:], late, strict=True):
        for part, other in zip(batch, again, strict=True):
            np.testing.assert_array_equal(part, other)
    x, shares, weights = whole[0]
    assert x.shape == (64, 8, 8, 1)
    assert shares.shape == (64, 10)
    np.testing.assert_allclose(np.sum(shares, -1), 1, atol=1e-6)
    assert len(weights) == 64


def test_a_model_that_still_draws_when_it_is_asked_is_told(workshop):
    class Restless(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = keras.random.SeedGenerator(0)

        def call(self, x):
            return x + keras.random.normal(keras.ops.shape(x), seed=self.seeds)

    def restless(settings, info, late):
        model = image_classification.build(settings, info, late)
        noisy = keras.Model(model.input, Restless()(model.output))
        noisy.compile("sgd", model.loss)
        return noisy

    pipeline = replace(image_classification.pipeline, build=restless)
    plain = DIGITS | {"optimizer": {"type": "SGD"}, "regularization": {}}
    learner = experiment.plan(pipeline, plain).learner
    told = " ".join(unsteady(learner, score_splits(learner)[0]))
    assert "answers the first examples of dev otherwise each time" in told
    assert "Answering changes the model: " in told
