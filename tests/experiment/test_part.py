"""Runs that a study starts: below its own run, test untouched, taken up again by name."""

import keras
import pytest

from dlsuite import experiment
from dlsuite.experiment import Part
from pipelines import tabular

SMALL = {
    "model.hidden": [4],
    "training.epochs": 2,
    "expect": {},
}


@pytest.fixture(scope="module")
def store(module_store):
    return module_store


@pytest.fixture(scope="module")
def study(store):
    with store.start("tabular", "the study") as tracked:
        for number, model_kept in enumerate((True, False)):
            part = Part(tracked.run_id, f"trial {number}", {"trial": number}, model_kept=model_kept)
            experiment.run(tabular.pipeline, "wine_mlp", SMALL, part=part)
    return tracked.run_id


def test_a_part_is_below_its_study_and_no_run_of_its_own(store, study):
    parts = store.children(study)
    assert [each.name for each in parts] == ["trial 1", "trial 0"]
    assert [each.tags["trial"] for each in parts] == ["1", "0"]
    assert [each.tags["recipe"] for each in parts] == ["wine_mlp", "wine_mlp"]
    assert list(store.runs()["run_id"]) == [study]


def test_what_is_chosen_between_is_never_tested(store, study):
    for part in store.children(study):
        assert {"train.accuracy", "dev.accuracy", "baseline.dev.accuracy"} <= set(part.metrics)
        assert not [name for name in part.metrics if "test." in name]
        assert not [name for name in part.artifacts() if "test" in name]


def test_a_part_may_go_without_its_model(store, study):
    without, kept = store.children(study)
    assert kept.saved_model().is_dir()
    assert "model_id" not in without.tags
    assert "size_mb" in kept.metrics
    assert "size_mb" not in without.metrics


def test_a_part_that_nobody_looks_at_has_no_rival_and_no_pictures(store, study):
    part = Part(study, "trial 3", {"trial": 3}, model_kept=False, looked_at=False)
    result = experiment.run(tabular.pipeline, "wine_mlp", SMALL, part=part)
    record = store.find(result.run_id)
    assert {"train.accuracy", "dev.accuracy"} <= set(record.metrics)
    assert record.tags["verdict"]
    assert not [name for name in record.metrics if name.startswith("baseline.")]
    assert not [name for name in record.artifacts() if name.startswith("figures/")]


def test_a_part_that_was_interrupted_goes_on_below_its_study(store, study):
    def stop_at_the_second(epoch, logs):
        if epoch == 1:
            raise KeyboardInterrupt

    part = Part(study, "trial 2", {"trial": 2})
    killer = keras.callbacks.LambdaCallback(on_epoch_begin=stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        experiment.run(tabular.pipeline, "wine_mlp", SMALL, part=part, listeners=[killer])
    begun = next(each for each in store.children(study) if each.name == "trial 2")
    assert begun.status == "KILLED"
    result = experiment.run(tabular.pipeline, "wine_mlp", SMALL, part=part, resume=begun.run_id)
    assert result.run_id == begun.run_id
    ended = store.find(begun.run_id)
    assert (ended.status, ended.tags["trial"]) == ("FINISHED", "2")
    assert "test.accuracy" not in ended.metrics
