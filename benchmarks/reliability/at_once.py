"""Do eight runs that begin at once in an empty folder all finish, with every metric of each?

python -m benchmarks.reliability at_once
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import Row
from dlsuite.tracking import EPOCH, Store

RUNS = 8
EPOCHS = 3
RECIPE = ("wine_mlp", f"training.epochs={EPOCHS}", "expect={}")
LOCKED = "database is locked"


@dataclass(frozen=True)
class Together:
    """What came of runs that were started together.

    Attributes:
        started: How many.
        codes: Exit codes that are not 0.
        unfinished: Runs that are missing in the store, or not FINISHED there.
        expected: Numbers that the store must hold.
        lost: Those that it does not hold.
        twice: Those that it holds more than once.
        locked: Lines of the logs that speak of a locked database.
        log: What the processes said.
    """

    started: int
    codes: tuple[int, ...]
    unfinished: int
    expected: int
    lost: int
    twice: int
    locked: int
    log: str


def rows() -> Iterator[Row]:
    """What must be 0, of runs in one fresh store."""
    with tempfile.TemporaryDirectory(prefix="dlsuite-at-once-") as folder:
        found = together(Path(folder), RUNS)
    what = f"{RUNS} runs started at once in an empty folder"
    note = f"exit codes other than 0: {len(found.codes)}"
    yield Row(f"unfinished of {what}", "", [found.unfinished], 0, note)
    yield Row(f"metrics lost, {what}", "", [found.lost], 0, f"of {found.expected:,}")
    yield Row(f"metrics held twice, {what}", "", [found.twice], 0, f"of {found.expected:,}")
    yield Row(f"lines that say {LOCKED!r}, {what}", "", [found.locked], 0)


def together(folder: Path, count: int) -> Together:
    """Starts runs that differ in their seeds, waits for all, and reads their store."""
    names = _names_alone(folder / "alone")
    processes = [_started(folder, seed) for seed in range(count)]
    codes = [process.wait() for process in processes]
    log = "\n".join(path.read_text(errors="replace") for path in sorted(folder.glob("*.log")))
    store = Store.open(f"sqlite:///{folder}/mlruns/mlflow.db")
    rows = store.runs(limit=count + 1)
    finished = rows[rows["status"] == "FINISHED"]["run_id"]
    held = twice = 0
    wanted = {name: EPOCHS if name.startswith(EPOCH) else 1 for name in names}
    for run in finished:
        for name in names:
            # Not `RunRecord.history`, which hides what was delivered twice.
            points = store.connection.client.get_metric_history(run, name)
            steps = {point.step for point in points}
            held += min(len(steps), wanted[name])
            twice += len(points) - len(steps)
    expected = count * sum(wanted.values())  # of those that did not finish too
    return Together(
        started=count,
        codes=tuple(code for code in codes if code),
        unfinished=count - len(finished),
        expected=expected,
        lost=expected - held,
        twice=twice,
        locked=sum(LOCKED in line for line in log.splitlines()),
        log=log,
    )


def _names_alone(folder: Path) -> set[str]:
    """The metrics of a run that has a store to itself: what runs together lose alike is lost too.

    Raises:
        RuntimeError: It failed; there is nothing to compare with.
    """
    folder.mkdir()
    if _started(folder, 0).wait():
        raise RuntimeError((folder / "0.log").read_text(errors="replace"))
    return set(Store.open(f"sqlite:///{folder}/mlruns/mlflow.db").find("latest").metrics)


def _started(folder: Path, seed: int) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path.cwd()), environment.get("PYTHONPATH", "")]
    )
    words = ["train", *RECIPE, f"training.seed={seed}"]
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *words]
    with (folder / f"{seed}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
