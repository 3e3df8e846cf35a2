"""The processes of a sweep: begun, looked after, and ended together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import IO, Any

from dlsuite.experiment import Pipeline
from dlsuite.recipe import plain
from dlsuite.strategy.sweep_settings import SweepSettings
from dlsuite.studies.sweeps.confirm import Arm
from dlsuite.studies.sweeps.trial import Sweep

LOOK = 0.5  # seconds between looks at the processes
PARTING = 30.0  # seconds that a process has to write its checkpoint
LAST_LINES = 5


class SweepError(RuntimeError):
    """A sweep cannot go on now, or came to nothing."""


class NoTrialEnded(SweepError):
    """A sweep came to nothing: to go on with it would not help."""


def share_of_machine(pipeline: Pipeline, settings: Any, jobs: int) -> dict[str, Any]:
    """Changes to a recipe that leave each of several processes its share of the threads."""
    if jobs == 1 or settings.runtime.threads != "auto":
        return {}
    threads = max(1, len(os.sched_getaffinity(0)) // jobs)
    intra = 1 if pipeline.recurrent(settings) else threads
    return {"runtime.threads": {"intra": intra, "inter": threads}}


def order_of(
    sweep: Sweep,
    settings: SweepSettings,
    place: str,
    url: str,
    arms: Sequence[Arm] = (),
    seeds: Sequence[int] = (),
) -> dict[str, Any]:
    """What a process must know; plain values.

    Args:
        sweep: Which.
        settings: Of the recipe.
        place: Of the application, `package.module:attribute`.
        url: Of the storage, password and all.
        arms: To train again; none: trials are to be done.
        seeds: With which.
    """
    document = sweep.document
    return {
        "pipeline": place,
        "document": {
            "file": document.file,
            "name": document.name,
            "written": document.written,
            "tree": document.tree,
            "foreign": document.foreign,
        },
        "ranges": {path: plain(one) for path, one in sweep.space.ranges.items()},
        "settings": plain(settings),
        "metric": sweep.metric,
        "run_id": sweep.run_id,
        "store": sweep.store.location.uri,
        "url": url,
        "machine": dict(sweep.machine),
        "arms": [asdict(arm) for arm in arms],
        "seeds": list(seeds),
    }


def attended(order: Mapping[str, Any], jobs: int, look: Callable[[], None]) -> None:
    """Runs processes that share an order, to their end.

    Args:
        order: For each of them.
        jobs: How many.
        look: Called again and again meanwhile.

    Raises:
        SweepError: One of them failed; the others were ended.
    """
    with ExitStack() as stack:
        logs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(jobs)]
        begun: list[subprocess.Popen[str]] = []
        stack.callback(_end, begun)
        for number, log in enumerate(logs):
            begun.append(_begun({**order, "share": [number, jobs]}, log))
        while any(each.poll() is None for each in begun):
            failed = [number for number, each in enumerate(begun) if each.poll()]
            if failed:
                break
            look()
            time.sleep(LOOK)
        look()
        for number, each in enumerate(begun):
            if each.poll():
                raise SweepError(
                    f"Process {number + 1} of {jobs} ended with code {each.returncode}. "
                    f"{_last_words(logs[number])}"
                )


def _begun(order: Mapping[str, Any], log: IO[str]) -> subprocess.Popen[str]:
    """One process; its standard input stays open until it is to end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dlsuite.studies.sweeps.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        start_new_session=True,  # Ctrl-C reaches the parent, which tells each of them once
    )
    assert process.stdin is not None
    process.stdin.write(f"{json.dumps(order)}\n")
    process.stdin.flush()
    return process


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    """Asks all that still run to end, and waits for them."""
    for each in processes:
        if each.poll() is None:
            each.send_signal(signal.SIGTERM)
    last = time.monotonic() + PARTING
    for each in processes:
        with suppress(subprocess.TimeoutExpired):
            each.wait(max(0.0, last - time.monotonic()))
        if each.poll() is None:
            each.kill()
            each.wait()
        assert each.stdin is not None
        with suppress(BrokenPipeError):
            each.stdin.close()


def _last_words(log: IO[str]) -> str:
    log.seek(0)
    lines = [line for line in log.read().strip().splitlines() if line.strip()]
    return f"Its last words: {' | '.join(lines[-LAST_LINES:]) or 'none'}"
