"""How long a person waits before anything happens: `import dlsuite`, and `dlsuite --help`.

python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, record

ROUNDS = 10
IMPORT = "import time; t = time.perf_counter(); import dlsuite; print(time.perf_counter() - t)"


def rows() -> Iterator[Row]:
    """Each value is that of a fresh process; the first one, which reads the disk, is left out."""
    importing = [_import() for _ in range(ROUNDS + 1)][1:]
    yield Row("`import dlsuite`, fresh processes", "ms", importing, target=50)
    helping = [_help() for _ in range(ROUNDS + 1)][1:]
    yield Row("`dlsuite --help`, whole process", "ms", helping, target=500)


def _import() -> float:
    """Milliseconds inside the process, Python's own start not counted."""
    command = [sys.executable, "-c", IMPORT]
    return 1e3 * float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _help() -> float:
    """Milliseconds from the call to the end of the process."""
    program = Path(sys.executable).with_name("dlsuite")
    began = time.perf_counter()
    subprocess.run([program, "--help"], check=True, capture_output=True)
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    record("startup", rows())
