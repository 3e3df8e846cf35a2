"""`dlsuite sweep`: what would be done, what was found, for people and for scripts."""

import json
import subprocess
import sys

import pytest

from pipelines.cli import main

SEARCH = "sweep={search: {optimizer.learning_rate: {choices: [1e-8, 0.05]}}, sampler: grid}"
SMALL = ["wine_mlp", "model.hidden=[4]", "training.epochs=1", "sweep.confirm_seeds=0"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return tmp_path_factory.mktemp("sweep")


@pytest.fixture
def ask(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "120")

    def ask(*words, code=0):
        with pytest.raises(SystemExit) as end:
            main(["sweep", *words])
        said = capsys.readouterr()
        assert (end.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return ask


def words(*more):
    return [SMALL[0], SEARCH, *SMALL[1:], *more]


def test_a_dry_run_shows_the_space_and_begins_nothing(ask, shop):
    said = " ".join(ask(*words("sweep.confirm_seeds=3"), "--dry-run").split())
    assert "optimizer.learning_rate one of 1e-08, 0.05" in said
    assert "2 trials of 2 points by grid, no pruning; the lowest dev.loss wins" in said
    assert "up to 6 trainings more" in said
    document = json.loads(ask(*words(), "--dry-run", "--json"))
    assert document["first"] == [
        {"optimizer.learning_rate": 1e-8},
        {"optimizer.learning_rate": 0.05},
    ]
    assert document["trials"] == 2
    assert not (shop / "mlruns").exists()


def test_what_is_wrong_is_said_with_code_2(ask, shop):
    assert "is missing. It must say what to search" in ask("wine_mlp", code=2)
    assert "must be left out, or 2" in ask(*words(), "--trials", "7", code=2)
    assert "cannot be had with --resume" in ask(*words(), "--new", "--resume", "x", code=2)
    assert not (shop / "mlruns").exists()


def test_a_sweep_is_reported_to_people_and_scripts(ask):
    said = ask(*words(), "--quiet")
    lines = said.split()
    assert lines[:3] == ["trial", "optimizer.learning_rate", "dev.loss"]
    assert lines[3:5] == ["1", "0.05"]  # the best first
    command = "dlsuite train wine_mlp 'model.hidden=[4]' training.epochs=1 "
    assert f"Train it: {command}optimizer.learning_rate=0.05" in said
    # It finished, so that the same words begin another.
    document = json.loads(ask(*words(), "--json", "--quiet"))
    assert document["best"]["trial"] == 1
    assert document["best"]["overrides"][-1] == "optimizer.learning_rate=0.05"
    assert [trial["state"] for trial in document["trials"]] == ["complete", "complete"]
    assert document["confirmation"] is None


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_and_the_same_command_goes_on(shop):
    """SIGINT as soon as the first trial begins; then to the end, nothing trained twice."""
    import os
    import signal
    import time

    from dlsuite.tracking import Store

    folder = shop / "stopped"
    folder.mkdir()
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "sweep", *words()]
    command += ["--jobs", "2", "training.epochs=200"]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    child = subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    checkpoints = folder / "checkpoints"
    while not list(checkpoints.glob("*/*.json")) and child.poll() is None:
        time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=120)
    assert child.returncode == 130
    assert "The same command goes on with the sweep." in told
    store = Store.open(environment["MLFLOW_TRACKING_URI"])
    record = store.find("latest")
    begun = {each.run_id for each in store.children(record.run_id)}
    assert {each.status for each in store.children(record.run_id)} <= {"KILLED", "FINISHED"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stderr
    after = store.children(record.run_id)
    assert begun <= {each.run_id for each in after}
    assert len(after) == 2
    assert store.find(record.run_id).status == "FINISHED"
