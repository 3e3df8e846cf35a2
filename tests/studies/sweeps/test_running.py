"""Sweeps that really train: a planted optimum, failures, deaths, seeds that confirm."""

import os
import signal
import subprocess
import sys
import time

import keras
import optuna
import pytest

from dlsuite.experiment import composition
from dlsuite.recipe import load
from dlsuite.studies import left_out
from dlsuite.studies.sweeps import running
from dlsuite.studies.sweeps import trial as sweep_trial
from dlsuite.studies.sweeps.tracking import summary
from dlsuite.studies.sweeps.workers import SweepError
from dlsuite.tracking import Store, StoreError
from pipelines import tabular

PLACE = "pipelines.tabular:pipeline"
RECIPE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "split": {"train": 0.6, "dev": 0.2, "test": 0.2}, "batch_size": 16},
    "model": {"type": "mlp", "hidden": [4], "activation": "tanh"},
    "optimizer": {"type": "SGD", "learning_rate": 1e-9},
    "training": {"epochs": 2},
    "expect": {"test.accuracy": {"at_least": 0.1}},
}
# One learns, one cannot, one diverges, one learns faster than the first.
RATES = [0.02, 1e-8, 1e30, 0.3]
PLANTED = {"optimizer.learning_rate": {"choices": RATES}}
GRID = {"search": PLANTED, "sampler": "grid", "confirm_seeds": 2}


def recipe(**wanted):
    return {**RECIPE, "sweep": {**GRID, **wanted}}


def prepared(*overrides, **wanted):
    return running.prepare(PLACE, recipe(**wanted), overrides)


@pytest.fixture(scope="module")
def store(module_store):
    return module_store


def interrupted(*words, **named):
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def found(store):
    """A whole sweep, interrupted twice and asked for again.

    First between the end of trial 0 and the note of it, then as trial 1 begins to train.
    """
    for room, name in ((sweep_trial, "note"), (composition, "fit")):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(room, name, interrupted)
            with pytest.raises(KeyboardInterrupt):
                running.run(prepared(pruner="asha"))
    return running.run(prepared(pruner="asha"))


def test_the_planted_optimum_is_found_and_each_point_tried_once(found):
    assert found.trials["optimizer.learning_rate"].tolist() == ["0.02", "1e-08", "1e+30", "0.3"]
    assert found.trials["state"].tolist() == ["complete", "pruned", "failed", "complete"]
    assert found.best == 3
    assert found.changes == {"optimizer.learning_rate": 0.3}
    assert found.overrides == ("optimizer.learning_rate=0.3",)
    assert found.value == found.trials["value"].min()
    assert found.metric == "dev.loss"


def test_each_trial_has_one_run_and_an_interrupted_one_goes_on_in_its_own(store, found):
    trials = [each for each in store.children(found.run_id) if sweep_trial.TRIAL in each.tags]
    by_number = {each.tags["trial"]: each for each in trials}
    assert len(trials) == len(by_number) == len(RATES)
    assert [by_number[str(number)].run_id for number in range(4)] == found.trials["run_id"].tolist()
    statuses = [by_number[str(number)].status for number in range(4)]
    assert statuses == ["FINISHED", "FINISHED", "FAILED", "FINISHED"]
    assert "resumed" not in by_number["0"].tags  # it had finished, and was only noted
    assert by_number["1"].tags["resumed"] == "1"
    assert store.find(found.run_id).tags["resumed"] == "2"


def test_a_failed_trial_is_told_of(found):
    assert found.trials["error"].iloc[2].startswith("TrainingDiverged: ")
    assert found.notes[-1].startswith("1 of 4 trials failed: 1 x TrainingDiverged")


def test_a_pruned_trial_has_no_score_that_could_be_taken_for_a_whole_one(store, found):
    """`asha` judges the rate that cannot learn after its first epoch."""
    assert found.trials["epochs"].tolist()[:2] == [2, 1]
    record = store.find(found.trials["run_id"].iloc[1])
    assert record.tags["pruned"] == "after epoch 1"
    assert not [name for name in record.metrics if not name.startswith("epoch/")]
    assert not (store.location.folder / "checkpoints" / record.run_id).exists()


def test_trials_are_the_trainings_that_their_overrides_describe(store, found):
    """By its hash, the recipe of a trial is that without a sweep and with its own changes."""
    changes = {**found.changes, **left_out.OF_A_PART}
    truth = load(RECIPE, tabular.pipeline.settings, changes)
    trial = store.find(found.trials["run_id"].iloc[found.best])
    assert trial.tags["recipe_sha256"] == truth.sha256
    assert trial.metrics["dev.loss"] == found.value


def test_test_a_rival_and_pictures_are_for_the_confirmed_alone(store, found):
    children = store.children(found.run_id)
    tested = {each.tags["confirms"] for each in children if "test.loss" in each.metrics}
    assert tested == {"trial 3"}
    kept = {each.tags.get("confirms") for each in children if "model_id" in each.tags}
    assert kept == {"trial 3"}
    drawn = {
        each.tags.get("confirms")
        for each in children
        if any(name.startswith("figures/") for name in each.artifacts())
    }
    rivalled = {
        each.tags.get("confirms")
        for each in children
        if any(name.startswith("baseline.") for name in each.metrics)
    }
    assert drawn == rivalled == {"trial 3"}
    assert len(children) == 4 + 2 * 2
    assert list(store.runs()["run_id"]) == [found.run_id]


def test_confirmation_is_the_mean_of_other_seeds(store, found):
    confirmed = found.confirmation
    assert confirmed.seeds == (1, 2)
    for spread, arm in (
        (confirmed.best, "trial 3"),
        (confirmed.written, "the recipe as written"),
    ):
        runs = [store.find(run) for run in confirmed.runs[arm]]
        assert [run.params["training.seed"] for run in runs] == ["1", "2"]
        assert list(spread.values) == [run.metrics["dev.loss"] for run in runs]
    best = [store.find(run).metrics["test.loss"] for run in confirmed.runs["trial 3"]]
    assert confirmed.test.mean == pytest.approx(sum(best) / 2)
    assert confirmed.over_written.by > 0
    assert confirmed.over_second.by == pytest.approx(
        found.trials["value"].iloc[0] - found.trials["value"].iloc[3]
    )
    assert confirmed.failed == ()


def test_the_run_of_a_sweep_tells_all(store, found):
    record = store.find(found.run_id)
    assert {"trials.csv", "sweep.json", "recipe.yaml"} <= set(record.artifacts())
    drawn = {name for name in record.artifacts() if name.startswith("figures/")}
    assert drawn == {"figures/optimization_history.png", "figures/parallel_coordinates.png"}
    assert record.table("trials")["value"].equals(found.trials["value"])
    assert record.metrics["best.dev.loss"] == found.value
    assert record.metrics["confirmed.dev.loss"] == pytest.approx(found.confirmation.best.mean)
    assert record.params["sweep.sampler"] == "grid"
    assert record.params["sweep.search.optimizer.learning_rate"] == "one of 0.02, 1e-08, 1e+30, 0.3"
    assert record.tags["best_overrides"] == "optimizer.learning_rate=0.3"
    said = " ".join(summary(found))
    assert "optimistic" in said
    assert "Train it: dlsuite train recipe optimizer.learning_rate=0.3" in said
    assert "4 complete trials or more" in said  # why there is no importance
    assert found.to_dict()["confirmation"]["lead_is_clear"].keys() == {
        "over_second",
        "over_written",
    }


def test_a_finished_sweep_is_not_gone_on_with(store, found):
    with pytest.raises(StoreError, match="has nothing left to do"):
        running.run(prepared(pruner="asha"), resume=found.run_id)
    other = prepared("training.epochs=1")
    with pytest.raises(StoreError, match="can only go on as it was begun"):
        running.run(other, resume=found.run_id)
    with pytest.raises(StoreError, match="is no sweep"):
        running.run(other, resume=found.trials["run_id"].iloc[0])


def test_a_training_of_the_recipe_does_not_mind_its_sweep():
    with_sweep = load(recipe(), tabular.pipeline.settings)
    from dlsuite.experiment.resuming import wish

    taken_out, _ = wish(tabular.pipeline, with_sweep, None, False)
    assert taken_out.sha256 == load(RECIPE, tabular.pipeline.settings).sha256
    assert with_sweep.sha256 != taken_out.sha256


@pytest.mark.slow
def test_a_sweep_of_failures_says_so(store):
    search = {"optimizer.learning_rate": {"choices": [1e30, 1e29]}}
    wild = prepared(search=search)
    with pytest.raises(SweepError, match=r"trained to its end, 2 of 2 failed: 2 x Training"):
        running.run(wild)
    record = store.find("latest")
    assert record.status == "FAILED"
    assert "trials.csv" in record.artifacts()
    # What failed is not gone on with: the next one begins.
    with pytest.raises(SweepError):
        running.run(wild)
    assert store.find("latest").run_id != record.run_id


def test_what_is_reported_twice_counts_once():
    study = optuna.create_study(pruner=optuna.pruners.NopPruner())
    trial = study.ask()
    trial.report(0.5, 1)
    report = sweep_trial.Report(trial, "dev.loss", 3)
    report.set_model(keras.Sequential())
    report.model.stop_training = False  # as `fit` begins
    for epoch in range(3):
        report.on_epoch_end(epoch, {"dev.loss": 0.4 - epoch / 10})
        report.on_epoch_end(epoch, {"loss": 9.0})  # an epoch that was not measured
    assert study.trials[0].intermediate_values == pytest.approx({1: 0.5, 2: 0.3, 3: 0.2})


KILLED = """
import os, signal, sys
import keras
from dlsuite.studies.sweeps import running
from dlsuite.studies.sweeps import trial as sweep_trial
from tests.studies.sweeps.test_running import prepared

class Killer(sweep_trial.Report):
    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, logs)
        if (self.trial.number, epoch) == (1, 0):
            os.kill(os.getpid(), signal.SIGKILL)

sweep_trial.Report = Killer
running.run(prepared(**{wanted}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["grid", "random"])
def test_a_sweep_that_is_killed_ends_as_one_that_was_not(tmp_path, monkeypatch, sampler):
    """SIGKILL in the middle of a trial; parameters and values are those of an unbroken sweep."""
    search = {"optimizer.learning_rate": {"low": 0.01, "high": 0.05, "step": 0.02}}
    wanted = {"search": search, "sampler": sampler, "confirm_seeds": 0, "trials": 3, "seed": 4}
    ends = {}
    for name, code in (("whole", None), ("broken", KILLED.replace("{wanted}", str(wanted)))):
        uri = f"sqlite:///{tmp_path}/{name}/mlflow.db"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        if code is not None:
            child = subprocess.run(
                [sys.executable, "-c", code], env=os.environ, capture_output=True
            )
            assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]
            assert Store.open().find("latest").status == "KILLED"
        made = running.run(prepared(**wanted))
        ends[name] = made.trials.drop(columns="run_id")
        runs = Store.open().children(made.run_id)
        assert len(runs) == 3
    assert ends["broken"].equals(ends["whole"])


@pytest.mark.slow
def test_processes_share_the_trials_and_end_together(tmp_path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    search = {"optimizer.learning_rate": {"choices": [1e-8, 0.05, 0.01]}}
    plan = running.prepare(PLACE, recipe(search=search, confirm_seeds=2), jobs=2)
    made = running.run(plan)
    assert made.best == 1
    assert made.trials["state"].tolist() == ["complete"] * 3
    runs = Store.open().children(made.run_id)
    assert len(runs) == 3 + 2 * 2
    pids = {each.tags["mlflow.dlsuite.pid"] for each in runs if "trial" in each.tags}
    assert str(os.getpid()) not in pids
    time.sleep(1)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
