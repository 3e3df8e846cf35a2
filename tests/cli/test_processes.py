"""Real processes: three first runs at once, runs that are stopped, and one that goes on."""

import os
import signal
import subprocess
import sys
import time

import pytest

from dlsuite.tracking import Store

PATIENCE = 240  # seconds


def train(folder, *words):
    """`dlsuite train` in a process of its own, with its output in a file."""
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "train", *words]
    with (folder / f"log-{time.monotonic_ns()}.txt").open("w") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=log, preexec_fn=_hear_ctrl_c
        )


def _hear_ctrl_c():
    """A process that was started in the background is born deaf to it, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def logs(folder):
    return "\n".join(path.read_text() for path in folder.glob("log-*.txt"))


def wait_for(process, folder, condition):
    """Returns once the condition holds; fails if the process ends first or it takes too long."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None, logs(folder)
        assert time.monotonic() < until, logs(folder)
        time.sleep(0.2)


def checkpoints(folder):
    return list(folder.glob("mlruns/checkpoints/*/epoch-*.json"))


def test_three_first_runs_at_once_all_finish(workshop):
    started = [
        train(workshop, "wine_mlp", "training.epochs=2", "expect={}", f"training.seed={seed}")
        for seed in range(3)
    ]
    assert [process.wait(PATIENCE) for process in started] == [0, 0, 0], logs(workshop)
    rows = Store.open().runs()
    assert list(rows["status"]) == ["FINISHED"] * 3
    assert rows["metrics.test.accuracy"].notna().all()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_says_so_leaves_nothing_half_written_and_goes_on(workshop, number):
    words = ("wine_mlp", "training.epochs=3000", "training.early_stopping=null")
    process = train(workshop, *words)
    wait_for(process, workshop, lambda: checkpoints(workshop))
    process.send_signal(number)
    code = process.wait(PATIENCE)
    expected = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGKILL: -9}
    assert code == expected[number], logs(workshop)
    (row,) = Store.open().runs().to_dict("records")
    assert row["status"] == "KILLED"
    assert not list(workshop.rglob("*.draft"))
    if number != signal.SIGKILL:
        assert f"dlsuite train --resume {row['run_id'][:8]}" in logs(workshop)
    if number == signal.SIGKILL:
        process = train(workshop, "--resume", "latest")
        before = max(path.name for path in checkpoints(workshop))
        wait_for(
            process,
            workshop,
            lambda: max((p.name for p in checkpoints(workshop)), default="") > before,
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
        record = Store.open().find(row["run_id"])
        assert record.tags["resumed"] == "1"
        steps = [step for step, _ in record.history("epoch/loss")]
        assert steps == list(range(1, steps[-1] + 1))
