"""Memory and start-up with a folder of 100,000 pictures: `python -m benchmarks.memory`.

Pictures are made in a temporary folder and taken away again. Each phase is a process of its own,
so that its peak is its own: the first look at the folder, which reads every file; the second, which
should not; and a training of a few hundred steps with all that `dlsuite train` does. What memory
depends on is the number of files and the size of one picture, not the bytes of all.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path

CLASSES = 10
LIMIT = 2000  # MB of resident memory that no phase may pass
WORKERS = 2
PHASES = ("first start-up", "second start-up", "training")


def write_pictures(folder: str, first: int, last: int, side: int, classes: int = CLASSES) -> None:
    """JPEG files `first` to `last`, each another smooth colour picture of that side, in pixels."""
    import numpy as np
    from PIL import Image

    coarse = max(2, side // 8)
    for number in range(first, last):
        draw = np.random.default_rng(number)
        pixels = draw.integers(0, 256, (coarse, coarse, 3), np.uint8)
        place = Path(folder, f"class_{number % classes}")
        place.mkdir(exist_ok=True)
        picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR)
        picture.save(place / f"{number:06d}.jpg", quality=90)


def measured(phase: str, folder: str, steps: int, size: int, cache: str) -> dict[str, float]:
    """Seconds of a phase in this process by the clock and of processors, and its peak in MB."""
    recipe = {
        "pipeline": "image_classification",
        "data": {
            "source": {"type": "image_folder", "path": folder},
            "image_size": [size, size],
            "cache": cache,
        },
        "model": {"type": "lenet5", "variant": "modern"},
        "training": {"epochs": 2, "steps_per_epoch": steps // 2, "early_stopping": None},
    }
    from dlsuite.recipe import load
    from pipelines import image_classification as application

    if phase == "training":
        start = (time.perf_counter(), time.process_time())
        application.run(recipe)
    else:
        settings = load(recipe, application.Settings).settings
        start = (time.perf_counter(), time.process_time())
        settings.data.load()
    seconds, busy = time.perf_counter() - start[0], time.process_time() - start[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3  # kilobytes on Linux
    return {"seconds": seconds, "cpu": busy, "peak MB": peak * 1.024}  # of 10**6 bytes


def main() -> None:
    """Make the pictures, run every phase, print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=64, help="of a picture on disk, in pixels")
    parser.add_argument("--size", type=int, default=32, help="that the model sees, in pixels")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--cache", default="none", choices=["none", "memory", "disk"])
    parser.add_argument("--phase", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.phase:
        print(json.dumps(measured(args.phase, args.folder, args.steps, args.size, args.cache)))
        return
    with tempfile.TemporaryDirectory(prefix="dlsuite-memory-") as place:
        pictures = Path(place, "pictures")
        pictures.mkdir()
        _write_all(pictures, args.files, args.side)
        worst = 0.0
        for phase in PHASES:
            found = _in_a_process(phase, pictures, args, Path(place))
            worst = max(worst, found["peak MB"])
            print(
                f"{phase:<16}{found['seconds']:>8.1f} s{found['cpu']:>8.1f} s of processors"
                f"{found['peak MB']:>8,.0f} MB at most",
                flush=True,
            )
        if worst > LIMIT:
            sys.exit(f"Memory must stay under {LIMIT:,} MB. Received: {worst:,.0f} MB.")


def _write_all(pictures: Path, count: int, side: int) -> None:
    edges = [round(count * part / WORKERS) for part in range(WORKERS + 1)]
    with ProcessPoolExecutor(WORKERS) as pool:
        pieces = pairwise(edges)
        waiting = [pool.submit(write_pictures, str(pictures), a, b, side) for a, b in pieces]
        for each in waiting:
            each.result()
    size = sum(entry.stat().st_size for entry in pictures.rglob("*.jpg"))
    print(f"{count:,} pictures of {side}x{side} pixels, {size / 1e6:,.0f} MB", flush=True)


def _in_a_process(
    phase: str, pictures: Path, args: argparse.Namespace, place: Path
) -> dict[str, float]:
    words = ["--phase", phase, "--folder", str(pictures), "--steps", str(args.steps)]
    words += ["--size", str(args.size), "--cache", args.cache]
    child = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", *words],
        env={
            **os.environ,
            "XDG_CACHE_HOME": str(place / "cache"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{place}/mlflow.db",
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
    )
    if child.returncode:
        sys.exit(child.stderr)
    return json.loads(child.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
