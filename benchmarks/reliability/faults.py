"""The store taken away: a server killed and started, full disks, damaged files, folders deleted.

    python -m benchmarks.reliability faults

Needs the right to mount for what has to do with full and read-only disks.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from benchmarks.harness import Row, say
from benchmarks.reliability import fault_commands
from benchmarks.reliability.places import Server
from dlsuite import experiment
from dlsuite.tracking import Store, TrackedRun
from pipelines import tabular

OUTAGES = 5
EPOCHS = 60
KILLS = 3
RECIPE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "diabetes"}, "batch_size": 64},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": EPOCHS, "seed": 3, "early_stopping": None},
}
SYNC = "from pipelines.cli import main; main(['sync', '--json'])"


def rows() -> Iterator[Row]:
    """Numbers lost and doubled, messages, waiting; then commands that meet a fault each."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "server")
        server.start()
        with _at_home(Path(folder) / "work", server.url):
            said = _Said()
            yield from _coming_and_going(server, said)
            yield from _staying_away(server, said)
        server.kill()
    yield from fault_commands.rows()


class _Said(logging.Handler):
    """What the log says of stores."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        logging.getLogger("dlsuite.tracking").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class _Waiting(keras.callbacks.Callback):
    """Does what is due at the end of an epoch; with the server up and down in turn."""

    def __init__(self, due: dict[int, Any]) -> None:
        super().__init__()
        self.due = due

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.due.get(epoch + 1, lambda: None)()
        time.sleep(0.1)  # as an epoch of a training worth the name


@contextmanager
def _at_home(folder: Path, url: str) -> Iterator[None]:
    folder.mkdir()
    before = Path.cwd()
    os.chdir(folder)
    os.environ["MLFLOW_TRACKING_URI"] = url
    try:
        yield
    finally:
        os.chdir(before)
        del os.environ["MLFLOW_TRACKING_URI"]


@contextmanager
def _handing_over() -> Iterator[list[float]]:
    """Seconds of each time that a training hands numbers to its run."""
    seconds: list[float] = []
    hand_over = TrackedRun.metrics

    def timed(run: TrackedRun, *numbers: Any) -> None:
        began = time.perf_counter()
        hand_over(run, *numbers)
        seconds.append(time.perf_counter() - began)

    TrackedRun.metrics = timed  # type: ignore[method-assign,assignment]
    try:
        yield seconds
    finally:
        TrackedRun.metrics = hand_over  # type: ignore[method-assign]


def _coming_and_going(server: Server, said: _Said) -> Iterator[Row]:
    """A run whose server is killed and started again, five times."""
    pace = EPOCHS // OUTAGES
    due = {pace * n + 2: server.kill for n in range(OUTAGES)}
    due |= {pace * n + 7: server.start for n in range(OUTAGES)}
    with _handing_over() as seconds:
        result = experiment.run(tabular.pipeline, RECIPE, listeners=[_Waiting(due)])
    name = f"server killed and started {OUTAGES} times during a run"
    yield from _differences(name, result)
    yield Row(f"messages other than one, {name}", "", [abs(len(said.lines) - 1)], 0)
    yield Row(
        f"training waited for the store, {name}",
        "s",
        [sum(seconds)],
        1.0,
        f"{len(seconds)} times numbers were handed over",
    )


def _staying_away(server: Server, said: _Said) -> Iterator[Row]:
    """A run whose server does not come back in time; `dlsuite sync` is killed, then let be."""
    said.lines.clear()
    name = f"server away until after the end, sync killed {KILLS} times"
    result = experiment.run(tabular.pipeline, RECIPE, listeners=[_Waiting({5: server.kill})])
    yield Row(
        f"messages other than two, {name}",
        "",
        [abs(len(said.lines) - 2)],
        0,
        "that it is away; where all is kept",
    )
    began = time.perf_counter()
    refused = subprocess.run([sys.executable, "-c", SYNC], check=False, capture_output=True)
    yield Row(
        "syncs that did not end with exit code 1 while the server was away",
        "",
        [int(refused.returncode != 1)],
        0,
        f"{time.perf_counter() - began:.0f} s",
    )
    server.start()
    outbox = Path("mlruns/outbox") / result.run_id
    waiting = len(list(outbox.glob("0*")))
    killed = sum(
        _sync_killed(outbox, waiting * (KILLS - kill) // (KILLS + 1)) for kill in range(KILLS)
    )
    yield Row(
        f"syncs not killed midway, {name}", "", [KILLS - killed], 0, f"{waiting} calls waited"
    )
    done = subprocess.run([sys.executable, "-c", SYNC], check=False, capture_output=True)
    left = [run["left"] for run in json.loads(done.stdout)]
    yield Row(f"calls left, {name}", "", [len(list(outbox.glob("0*")))], 0, f"{left}, of {waiting}")
    yield from _differences(name, result)


def _sync_killed(outbox: Path, at: int) -> bool:
    """SIGKILL for a `dlsuite sync` that has left no more than `at` calls; whether it met one."""
    before = len(list(outbox.glob("0*")))
    process = subprocess.Popen([sys.executable, "-c", SYNC], stdout=subprocess.DEVNULL)
    while process.poll() is None and len(list(outbox.glob("0*"))) > at:
        time.sleep(0.005)
    process.kill()
    after, code = len(list(outbox.glob("0*"))), process.wait()
    say(f"  sync ended as {code}, {after} of {before} calls left")
    return code == -signal.SIGKILL and 0 < after < before


def _differences(name: str, result: experiment.Result) -> Iterator[Row]:
    """What the store keeps of a run, against what the run itself gave back."""
    store = Store.open()
    record, client = store.find(result.run_id), store.connection.client
    lost = doubled = count = 0
    for metric in result.history.epochs[0]:
        points = client.get_metric_history(result.run_id, f"epoch/{metric}")
        known = [(point.step, point.value) for point in points]
        given = [(n, epoch[metric]) for n, epoch in enumerate(result.history.epochs, start=1)]
        lost += len(set(given) - set(known))
        doubled += len(known) - len(set(known))
        count += len(given)
    for split, scores in result.scores.items():
        lost += sum(record.metrics.get(f"{split}.{n}") != value for n, value in scores.items())
        count += len(scores)
    models = client.get_run(result.run_id).outputs.model_outputs
    needed = {"recipe.yaml", "history.json", "verdict.json", "weights/model.weights.h5"}
    absent = len(needed - set(record.artifacts())) + (record.status != "FINISHED")
    absent += not (record.saved_model() / "saved_model.pb").is_file()
    yield Row(f"numbers lost, {name}", "", [lost], 0, f"of {count:,}")
    yield Row(f"numbers doubled, {name}", "", [doubled + len(models) - 1], 0, "models too")
    yield Row(f"files missing, {name}", "", [absent], 0, f"{len(record.artifacts())} kept")
