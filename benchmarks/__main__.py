"""Every benchmark of speed, each in a process of its own: `python -m benchmarks`, `make bench`.

python -m benchmarks                 all of them, about eight minutes on two quiet cores
python -m benchmarks epoch feed      these
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

ALL = (
    "startup",
    "epoch",
    "pytorch",
    "small_net",
    "tracking",
    "checkpoints",
    "feed",
    "saved_model",
)


def main(chosen: list[str]) -> int:
    """Measures one after the other; an exit code, 1 where one of them failed."""
    unknown = sorted(set(chosen) - set(ALL))
    if unknown:
        print(f"A benchmark must be one of {', '.join(ALL)}. Received: {', '.join(unknown)}.")
        return 2
    began, failed = time.monotonic(), []
    for name in chosen or ALL:
        if not _ran(name):
            failed.append(name)
    print(f"{time.monotonic() - began:.0f} s; the table is in docs/results.md.")
    if failed:
        print(f"Failed, so their rows are as they were: {', '.join(failed)}.")
    return 1 if failed else 0


def _ran(name: str) -> bool:
    """Whether it went well; what it and TensorFlow say on standard error is shown only if not."""
    with tempfile.TemporaryFile() as chatter:
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        code = subprocess.run(command, stderr=chatter, env=quiet).returncode
        if code:
            chatter.seek(0)
            print(chatter.read().decode(errors="replace"), file=sys.stderr)
    return code == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
