"""Real processes: runs that begin at once, runs that are stopped, and one that goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.reliability import at_once
from dlsuite.tracking import Store

PATIENCE = 240  # seconds
ROOT = Path(__file__).parents[2]
RECIPE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "batch_size": 64},
    "model": {"type": "mlp", "hidden": [4]},
    "training": {"epochs": 2, "early_stopping": None},
    "baseline": None,
}
LONG = "training.epochs=3000"
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130}
# Imports once. Each order to train is then a process of its own, which has used no device before.
# It draws and exports nothing: being stopped has nothing to do with what follows a training.
NURSERY = """
import json, os, sys
from dataclasses import replace
import keras
import mlflow.store.tracking.sqlalchemy_store
from dlsuite.experiment.pipeline import no_figures, no_signatures
from pipelines import tabular
from pipelines.cli import main

tabular.pipeline = replace(tabular.pipeline, signatures=no_signatures, figures=no_figures)

def train(folder, words):
    os.chdir(folder)
    log = os.open(f"log-{os.getpid()}.txt", os.O_CREAT | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        main(["train", *words])
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

for line in sys.stdin:
    order, *words = json.loads(line)
    if order == "wait":
        answer = os.waitstatus_to_exitcode(os.waitpid(words[0], 0)[1])
    else:
        answer = os.fork()
        if not answer:
            train(order, words)
    print(answer, flush=True)
"""


class Nursery:
    """A process that begins others, each of them `dlsuite train` with words of its own."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=hear_ctrl_c,
        )

    def train(self, folder, *words):
        recipe = folder / "recipe.json"
        recipe.write_text(json.dumps(RECIPE))
        return self._ask(str(folder), *(words if "--resume" in words else (str(recipe), *words)))

    def wait(self, pid):
        return self._ask("wait", pid)

    def _ask(self, *order):
        self.process.stdin.write(f"{json.dumps(order)}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.process.communicate()


def hear_ctrl_c():
    """A process that was started in the background is born deaf to it, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment():
    """That of this process, without its store, for one whose current folder is another."""
    kept = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return kept | {"PYTHONPATH": str(ROOT)}


def logs(folder):
    return "\n".join(path.read_text() for path in folder.glob("log-*.txt"))


def wait_for(pid, folder, condition):
    """Returns once the condition holds; fails if the process ends first or it takes too long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE, logs(folder)
        assert time.monotonic() < until, logs(folder)
        time.sleep(0.2)


def newest(folder):
    return max((path.name for path in folder.glob("mlruns/checkpoints/*/epoch-*.json")), default="")


def steps_of(record):
    return [step for step, _ in record.history("epoch/loss")]


@pytest.mark.parametrize("count", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_first_runs_at_once_all_finish(count, workshop, nursery):
    started = [nursery.train(workshop, f"training.seed={seed}") for seed in range(count)]
    assert [nursery.wait(pid) for pid in started] == [0] * count, logs(workshop)
    store = Store.open()
    rows = store.runs()
    assert list(rows["status"]) == ["FINISHED"] * count
    assert rows["metrics.test.accuracy"].notna().all()
    assert [steps_of(store.find(run)) for run in rows["run_id"]] == [[1, 2]] * count
    assert at_once.LOCKED not in logs(workshop)


def test_a_killed_run_goes_on_and_a_stopped_one_says_how(workshop, nursery):
    pid = nursery.train(workshop, LONG)
    wait_for(pid, workshop, lambda: newest(workshop))
    os.kill(pid, signal.SIGKILL)
    assert nursery.wait(pid) == -signal.SIGKILL
    (row,) = Store.open().runs().to_dict("records")
    assert row["status"] == "KILLED"
    assert not list(workshop.rglob("*.draft"))
    before = newest(workshop)
    pid = nursery.train(workshop, "--resume", "latest")
    wait_for(pid, workshop, lambda: newest(workshop) > before)
    os.kill(pid, signal.SIGTERM)
    assert nursery.wait(pid) == CODES[signal.SIGTERM], logs(workshop)
    assert f"dlsuite train --resume {row['run_id'][:8]}" in logs(workshop)
    assert not list(workshop.rglob("*.draft"))
    record = Store.open().find(row["run_id"])
    assert record.status == "KILLED"
    assert record.tags["resumed"] == "1"
    steps = steps_of(record)
    assert steps == list(range(1, steps[-1] + 1))


@pytest.mark.slow
@pytest.mark.parametrize("number", CODES)
def test_the_command_itself_ends_truthfully(workshop, number):
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "train"]
    words = ["wine_mlp", LONG, "training.early_stopping=null"]
    with (workshop / "log-0.txt").open("w") as log:
        process = subprocess.Popen(
            [*command, *words], env=environment(), stdout=log, stderr=log, preexec_fn=hear_ctrl_c
        )
    wait_for(process.pid, workshop, lambda: newest(workshop))
    process.send_signal(number)
    assert process.wait(PATIENCE) == CODES[number], logs(workshop)
    (row,) = Store.open().runs().to_dict("records")
    assert row["status"] == "KILLED"
    assert f"dlsuite train --resume {row['run_id'][:8]}" in logs(workshop)
    assert not list(workshop.rglob("*.draft"))


@pytest.mark.slow
def test_eight_first_runs_at_once_lose_nothing(workshop, monkeypatch):
    monkeypatch.chdir(ROOT)  # whence the processes import
    found = at_once.together(workshop, at_once.RUNS)
    assert found.codes == (), found.log
    assert (found.unfinished, found.lost, found.twice, found.locked) == (0, 0, 0, 0)
    assert found.expected > 8 * 20
