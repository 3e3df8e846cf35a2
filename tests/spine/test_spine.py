"""Five tasks with nothing in common: one `run` trains, tracks, draws, resumes and serves them."""

import json

import keras
import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.tracking import Store
from pipelines import image_classification, tabular
from tests.spine import digit_gan, number_words, picture_style

SMALL_TRAINING = {"epochs": 4, "seed": 3, "early_stopping": None}
DIGITS = {"source": {"type": "digits"}, "batch_size": 256}

TASKS = {
    "classifier": (
        image_classification.pipeline,
        {
            "data": DIGITS | {"augment": [{"type": "RandomTranslation", "height_factor": 0.1,
                                           "width_factor": 0.1}]},
            "model": {"type": "mlp", "hidden": [16]},
            "regularization": {"dropout": 0.2},
            "training": SMALL_TRAINING | {"early_stopping": {"patience": 3}},
        },
        {"train.accuracy", "dev.accuracy", "test.accuracy", "baseline.test.accuracy"},
    ),
    "regression": (
        tabular.pipeline,
        {
            "data": {"source": {"type": "diabetes"}, "batch_size": 64},
            "model": {"type": "mlp", "hidden": [8]},
            "optimizer": {"type": "Adam", "learning_rate": {"type": "cosine", "initial": 0.01}},
            "training": SMALL_TRAINING,
        },
        {"test.r2", "test.mse", "baseline.test.r2"},
    ),
    "gan": (
        digit_gan.pipeline,
        {"data": DIGITS, "training": SMALL_TRAINING},
        {"train.mean_distance", "dev.mean_distance", "test.mean_distance"},
    ),
    "style": (
        picture_style.pipeline,
        {
            "data": {"source": {"type": "tests.spine.picture_style:two_pictures"}},
            "training": SMALL_TRAINING | {"steps_per_epoch": 10},
        },
        {"train.style_distance"},
    ),
    "sequence": (
        number_words.pipeline,
        {
            "data": {"source": {"type": "tests.spine.number_words:spelt_numbers"},
                     "batch_size": 128},
            "training": SMALL_TRAINING,
        },
        {"dev.sequence_accuracy", "test.digit_error"},
    ),
}  # fmt: skip
SERVED = {"classifier", "regression", "gan", "sequence"}


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C as the given epoch ends."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.epoch:
            raise KeyboardInterrupt


def recipe_of(task):
    pipeline, recipe, _ = TASKS[task]
    return {"pipeline": pipeline.name, **recipe}


@pytest.mark.parametrize(
    "task",
    [
        # Sequences, GANs and styles have no application of their own yet, which would be tried.
        pytest.param(t, marks=[pytest.mark.slow] if t in ("classifier", "regression") else [])
        for t in TASKS
    ],
)
def test_a_task_is_trained_tracked_drawn_and_served(task, workshop):
    pipeline, _, metrics = TASKS[task]
    result = experiment.run(pipeline, recipe_of(task))
    record = Store.open().find(result.run_id)
    assert record.status == "FINISHED"
    assert metrics <= set(record.metrics)
    assert {f"{split}.{name}" for split, scores in result.scores.items() for name in scores} <= set(
        record.metrics
    )
    names = record.artifacts()
    assert any(name.startswith("figures/") for name in names)
    assert {"recipe.yaml", "recipe.resolved.json", "history.json"} <= set(names)
    steps = [step for step, _ in record.history("epoch/learning_rate")] if task != "gan" else []
    assert steps in ([1, 2, 3, 4], [])
    assert (result.exported is not None) == (task in SERVED)
    if task in SERVED:
        assert result.exported.max_difference <= 1e-5
        assert (result.export(workshop / "exports") / "saved_model.pb").is_file()


@pytest.mark.parametrize(
    "task",
    [
        # A GAN and a style have the most to forget; resume of the others is tried elsewhere too.
        pytest.param(t, marks=[] if t in ("gan", "style") else [pytest.mark.slow])
        for t in TASKS
    ],
)
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(task, workshop):
    pipeline = TASKS[task][0]
    whole = experiment.run(pipeline, recipe_of(task))
    with pytest.raises(KeyboardInterrupt):
        experiment.run(pipeline, recipe_of(task), listeners=[Interrupt(epoch=2)])
    stopped = Store.open().find("latest")
    assert stopped.status == "KILLED"
    resumed = experiment.run(pipeline, recipe_of(task), resume=stopped.run_id)
    assert resumed.run_id == stopped.run_id != whole.run_id
    for one, other in zip(whole.model.weights, resumed.model.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
    assert resumed.scores == whole.scores
    assert _measures(resumed) == _measures(whole)
    record = Store.open().find(resumed.run_id)
    assert record.status == "FINISHED"
    assert record.tags["resumed"] == "1"
    for metric in (name for name in record.metrics if name.startswith("epoch/")):
        assert [step for step, _ in record.history(metric)] == [1, 2, 3, 4], metric


def test_a_changed_recipe_is_not_resumed(workshop):
    pipeline = TASKS["style"][0]
    with pytest.raises(KeyboardInterrupt):
        experiment.run(pipeline, recipe_of("style"), listeners=[Interrupt(epoch=2)])
    stopped = Store.open().find("latest")
    with pytest.raises(Exception, match=r"training\.epochs was 4, is 5"):
        experiment.run(
            pipeline, recipe_of("style"), {"training.epochs": 5}, resume=stopped.run_id[:12]
        )


def test_the_verdict_stands_where_the_run_page_opens(workshop):
    result = experiment.run(TASKS["classifier"][0], recipe_of("classifier"))
    record = Store.open().find(result.run_id)
    assert result.diagnosis.said == record.tags["verdict"]
    assert result.diagnosis.sentence in record.tags["mlflow.note.content"]
    verdict = json.loads(record.artifact("verdict.json").read_text())
    assert verdict["verdict"] == result.diagnosis.verdict


def _measures(result):
    """History without times, which no two runs share."""
    return [{k: v for k, v in e.items() if k != "seconds"} for e in result.history.epochs]
