"""Every long trial of reliability, each in a process of its own: `make reliability`.

python -m benchmarks.reliability                all of them, about four hours; two are the soak's
python -m benchmarks.reliability kills faults   these

What comes out is kept in docs/reliability.json and shown in docs/reliability.md; the exit code is
1 where a promise was missed or a trial failed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from importlib import import_module
from subprocess import run

from benchmarks.harness import measured, say
from benchmarks.reliability import page

# The long one last.
ALL = (
    "kills",
    "determinism",
    "recipes",
    "data_files",
    "malicious",
    "faults",
    "at_once",
    "memory",
    "soak",
)
ALONE = "--alone"  # this process measures the one part named after it


def main(words: list[str]) -> int:
    """Measures the parts named, or all; an exit code."""
    if words[:1] == [ALONE]:
        return _measure(words[1])
    unknown = sorted(set(words) - set(ALL))
    if unknown:
        print(f"A trial must be one of {', '.join(ALL)}. Received: {', '.join(unknown)}.")
        return 2
    began = time.monotonic()
    unkept = [name for name in words or ALL if not _kept(name)]
    say(f"{time.monotonic() - began:.0f} s; the tables are in docs/reliability.md.")
    if unkept:
        say(f"Missed or failed: {', '.join(unkept)}.")
    return 1 if unkept else 0


def _measure(name: str) -> int:
    trial = import_module(f"benchmarks.reliability.{name}")
    known = measured(name, f"python -m benchmarks.reliability {name}", trial.rows())
    page.keep(name, known)
    return 1 if any(row["met"] is False for row in known["rows"]) else 0


def _kept(name: str) -> bool:
    """Whether it went well; what it and TensorFlow say on standard error is shown only if not."""
    with tempfile.TemporaryFile() as chatter:
        command = [sys.executable, "-m", "benchmarks.reliability", ALONE, name]
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MLFLOW_DISABLE_TELEMETRY": "true"}
        code = run(command, stderr=chatter, env=quiet, check=False).returncode
        if code:
            chatter.seek(0)
            print(chatter.read().decode(errors="replace"), file=sys.stderr)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
