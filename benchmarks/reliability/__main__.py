"""Every long trial of reliability, each in a process of its own: `make reliability`.

python -m benchmarks.reliability                all of them, about four hours; two are the soak's
python -m benchmarks.reliability kills faults   these

What comes out is kept in docs/reliability.json and shown in docs/reliability.md; the exit code is
1 where a promise was missed or a trial failed.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

from benchmarks.harness import measured, say, went_well
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
    unkept = [name for name in words or ALL if not went_well("benchmarks.reliability", ALONE, name)]
    say(f"{time.monotonic() - began:.0f} s; the tables are in docs/reliability.md.")
    if unkept:
        say(f"Missed or failed: {', '.join(unkept)}.")
    return 1 if unkept else 0


def _measure(name: str) -> int:
    trial = import_module(f"benchmarks.reliability.{name}")
    known = measured(name, f"python -m benchmarks.reliability {name}", trial.rows())
    page.keep(name, known)
    return 1 if any(row["met"] is False for row in known["rows"]) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
