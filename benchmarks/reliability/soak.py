"""Does a process stay as large as it was? 200 short runs in one; two hours of one training.

    python -m benchmarks.reliability soak

`DLSUITE_SOAK_RUNS` and `DLSUITE_SOAK_SECONDS` change how long it is. Each part is a process of its
own; what it was every run, or every ten seconds, stands in a CSV file in the temporary folder.
"""

from __future__ import annotations

import csv
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import psutil
from scipy.stats import theilslopes

from benchmarks.harness import Row, say
from pipelines import image_classification, tabular

RUNS = int(os.environ.get("DLSUITE_SOAK_RUNS", "200"))
SECONDS = float(os.environ.get("DLSUITE_SOAK_SECONDS", "7200"))
WARM = 0.25  # share of the runs, or of the time, in which pools and caches fill; not judged
PACE = 10.0  # seconds from one sample of the long training to the next
SHORT = ("training.epochs=2", "expect={}")
# Its learning rate falls over as many epochs as it is told; none of them is the last.
LONG = ("training.epochs=1000000", "training.early_stopping=null", "runtime.threads=1", "expect={}")
RUN_TARGET = 0.1  # MB a run: ten thousand runs in one process would take 1 GB
HOUR_TARGET = 10.0  # MB an hour, 1 % of what the process holds


class Size(NamedTuple):
    """What a process holds at a moment: runs done or seconds passed, MB of 10**6 bytes, counts."""

    at: float
    rss: float
    threads: int
    handles: int
    objects: int


def rows() -> Iterator[Row]:
    """Growth by run and by hour, of memory as the slope of a Theil-Sen line, of counts as such."""
    with tempfile.TemporaryDirectory(prefix="dlsuite-soak-") as folder:
        yield from _short_rows(_in_a_process("short", RUNS, Path(folder, "short")))
        yield from _long_rows(_in_a_process("long", SECONDS, Path(folder, "long")))


def _short_rows(sizes: Sequence[Size]) -> Iterator[Row]:
    judged = sizes[int(WARM * len(sizes)) :]
    span = f"runs {judged[0].at:.0f} to {judged[-1].at:.0f} in one process"
    grown = _slope(judged, "rss")
    note = f"{judged[0].rss:,.0f} MB, at last {judged[-1].rss:,.0f} MB"
    yield Row(f"memory that a short run adds, {span}", "MB", [grown], RUN_TARGET, note)
    for name, what in (("threads", "threads"), ("handles", "file handles")):
        first, last = getattr(judged[0], name), getattr(judged[-1], name)
        more = max(getattr(size, name) for size in judged) - first
        yield Row(f"{what} more than before, {span}", "", [more], 0, f"{first}, at last {last}")
    yield Row(f"Python objects that a short run adds, {span}", "", [_slope(judged, "objects")])


def _long_rows(sizes: Sequence[Size]) -> Iterator[Row]:
    judged = sizes[int(WARM * len(sizes)) :]
    span = f"hours {judged[0].at / 3600:.2f} to {judged[-1].at / 3600:.2f} of one training"
    note = (
        f"{judged[0].rss:,.0f} MB, at last {judged[-1].rss:,.0f} MB; threads "
        f"{judged[0].threads} and {judged[-1].threads}, file handles {judged[0].handles} and "
        f"{judged[-1].handles}; {len(judged)} samples"
    )
    yield Row(f"memory added in {span}", "MB/h", [3600 * _slope(judged, "rss")], HOUR_TARGET, note)


def _slope(sizes: Sequence[Size], name: str) -> float:
    """Growth by unit of `at`: the median of the slopes between all pairs, which no peak moves."""
    line = theilslopes([getattr(size, name) for size in sizes], [size.at for size in sizes])
    return float(line.slope)


def _in_a_process(part: str, amount: float, folder: Path) -> list[Size]:
    folder.mkdir()
    samples = folder.with_suffix(".csv")
    command = [sys.executable, "-m", "benchmarks.reliability.soak", part, str(amount), str(samples)]
    uri = f"sqlite:///{folder}/mlflow.db"
    subprocess.run(command, env={**os.environ, "MLFLOW_TRACKING_URI": uri}, check=True)
    return read(samples)


def read(samples: Path) -> list[Size]:
    """The samples that a process wrote."""
    with samples.open(encoding="utf-8", newline="") as file:
        return [
            Size(*(kind(value) for kind, value in zip(kinds, line, strict=True)))
            for kinds in [(float, float, int, int, int)]
            for line in list(csv.reader(file))[1:]
        ]


class Samples(keras.callbacks.Callback):
    """Writes down at the end of an epoch what the process holds; ends training after `seconds`."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__()
        self.path, self.seconds = path, seconds
        self._began = self._due = time.monotonic()
        write(path, Size._fields)

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + PACE
            write(self.path, size(now - self._began))
        if now - self._began >= self.seconds:
            self.model.stop_training = True


def short_runs(count: int, samples: Path) -> None:
    """Trains so often, each time with all that `dlsuite train` does."""
    write(samples, Size._fields)
    for number in range(1, count + 1):
        tabular.run("wine_mlp", [*SHORT, f"training.seed={number}"])
        write(samples, size(number))
        if number % 10 == 0:
            say(f"  {number} runs, {read(samples)[-1]}")


def size(at: float) -> Size:
    """What this process holds now, without what the next collection of garbage would free."""
    gc.collect()
    process = psutil.Process()
    rss = process.memory_info().rss / 1e6
    return Size(at, rss, process.num_threads(), process.num_fds(), len(gc.get_objects()))


def write(samples: Path, line: Sequence[object]) -> None:
    """Adds a line."""
    with samples.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(line)


def main(part: str, amount: str, samples: str) -> None:
    """One part in this process."""
    if part == "short":
        short_runs(int(float(amount)), Path(samples))
    else:
        listener = Samples(Path(samples), float(amount))
        image_classification.run("digits_lenet5", LONG, listeners=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
