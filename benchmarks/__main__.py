"""Every benchmark of speed, each in a process of its own: `python -m benchmarks`, `make bench`.

python -m benchmarks                 all of them, on quiet cores
python -m benchmarks epoch feed      these
"""

from __future__ import annotations

import sys
import time

from benchmarks.harness import went_well

ALL = (
    "startup",
    "epoch",
    "pytorch",
    "small_net",
    "tracking",
    "checkpoints",
    "feed",
    "saved_model",
    "resnet",
    "full_size",
    "detection_metrics",
    "nms",
    "yolo",
    "rcnn_family",
    "detection_feed",
    "first_step",
    "accelerator",
)


def main(chosen: list[str]) -> int:
    """Measures one after the other; an exit code, 1 where one of them failed."""
    unknown = sorted(set(chosen) - set(ALL))
    if unknown:
        print(f"A benchmark must be one of {', '.join(ALL)}. Received: {', '.join(unknown)}.")
        return 2
    began, failed = time.monotonic(), []
    for name in chosen or ALL:
        if not went_well(f"benchmarks.{name}"):
            failed.append(name)
    print(f"{time.monotonic() - began:.0f} s; the table is in docs/results.md.")
    if failed:
        print(f"Failed, so their rows are as they were: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
