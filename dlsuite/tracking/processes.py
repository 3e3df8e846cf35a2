"""Which process a run belongs to, and whether that process is still there.

A process that gets SIGKILL cannot say so. Its run carries process number, host and the time at
which the process started; whoever looks next on that host sees that the process is gone.
"""

import os
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from dlsuite.tracking.causes import likely_cause, living_tags, starting_tags

# Tags that programs read; the MLflow UI hides what stands under its own name.
PID, STARTED, HEARTBEAT = (f"mlflow.dlsuite.{name}" for name in ("pid", "started", "heartbeat"))
# Start times of one process, read by two, differ by rounding only (Linux counts 1/100 s).
SAME_START = 2.0  # seconds
# A stepped system clock moves all start times: who was heard of this lately is alive.
HEARD_LATELY = 60.0  # seconds


def own_tags() -> dict[str, str]:
    """Tags that name this process: host, number there, its start, and when it was heard of.

    With them what its end may be explained by, should it come without a word.
    """
    import psutil

    return {
        **starting_tags(),
        PID: str(os.getpid()),
        "host": socket.gethostname(),
        STARTED: repr(psutil.Process().create_time()),
        HEARTBEAT: moment(),
    }


def beat_tags() -> dict[str, str]:
    """Tags that say the process lives, and how much memory is in use."""
    return {HEARTBEAT: moment(), **living_tags()}


def moment() -> str:
    """The present as text, UTC to the second: `2026-03-01T12:00:00+00:00`."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def seconds_silent(tags: Mapping[str, str]) -> float:
    """Seconds since the run's last heartbeat; infinite where it never had one."""
    if HEARTBEAT not in tags:
        return float("inf")
    return time.time() - datetime.fromisoformat(tags[HEARTBEAT]).timestamp()


def why_gone(tags: Mapping[str, str]) -> str | None:
    """One line on a process named by `tags` that is not there any more; None where it lives.

    It says when the process was last heard of and what most likely ended it.

    Only processes of this host can be judged; those of others count as alive.
    """
    import psutil

    if tags.get("host") != socket.gethostname() or PID not in tags:
        return None
    name = f"process {tags[PID]} on {tags['host']}"
    seen = f"last heard of {tags.get(HEARTBEAT, 'never')}"
    try:
        process = psutil.Process(int(tags[PID]))
        if process.status() == psutil.STATUS_ZOMBIE:
            return f"{name} has died, {seen}: {_cause(tags)}"
        started = process.create_time()
    except psutil.NoSuchProcess:
        return f"{name} is gone, {seen}: {_cause(tags)}"
    younger = started - float(tags[STARTED]) > SAME_START
    if younger and seconds_silent(tags) > HEARD_LATELY:
        return f"{name} is gone and its number in use by another, {seen}: {_cause(tags)}"
    return None


def _cause(tags: Mapping[str, str]) -> str:
    return likely_cause(tags, int(tags[PID]))
