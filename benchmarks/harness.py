"""Pairs measured in turn, the rows that come of them, and where they are kept.

A benchmark is a file with `rows()`; `python -m benchmarks.NAME` measures one, `make bench` all.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.machine import machine

DOCS = Path("docs")


@dataclass(frozen=True)
class Sample:
    """Seconds that a piece of work took: by the clock, and of processors (NaN: not known)."""

    wall: float
    cpu: float = math.nan


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: What is measured.
        unit: `ratio` (ours to theirs, below 1 is faster), or that of a plain measure such as ms.
        values: One number a round; empty where it could not be measured.
        target: The median should be at most this; None states nothing.
        note: Medians behind a ratio, or why nothing was measured.
    """

    name: str
    unit: str
    values: Sequence[float]
    target: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def plain(self) -> dict[str, Any]:
        """What docs/speed.json keeps of it; `met` is None where there is no target or value."""
        facts: dict[str, Any] = {**asdict(self), "values": list(self.values), "met": None}
        if self.values:
            facts |= {"median": self.median, "least": min(self.values), "most": max(self.values)}
            if self.target is not None:
                facts["met"] = self.median <= self.target
        return facts


def timed(work: Callable[[], Any], calls: int = 1) -> Sample:
    """Mean time of one of `calls` calls."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        work()
    return Sample((time.perf_counter() - wall) / calls, (time.process_time() - cpu) / calls)


def in_turn(
    name: str,
    ours: Callable[[], Sample],
    theirs: Callable[[], Sample],
    *,
    rounds: int,
    target: float | None = None,
) -> Row:
    """Measures both in every round, and who begins changes: what drifts hits both alike."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = theirs()
            first = ours()
        else:
            first = ours()
            second = theirs()
        say(f"  {number + 1}/{rounds}  {against(first.wall, second.wall)}")
        pairs.append((first, second))
    return of_pairs(name, pairs, target=target)


def of_pairs(
    name: str, pairs: Sequence[tuple[Sample, Sample]], *, target: float | None = None
) -> Row:
    """The ratios of pairs (ours, theirs) by the clock; those of processor time go in the note."""
    ours, theirs = ([pair[side].wall for pair in pairs] for side in (0, 1))
    note = against(statistics.median(ours), statistics.median(theirs))
    cpu = [first.cpu / second.cpu for first, second in pairs if first.cpu and second.cpu]
    if cpu and not any(map(math.isnan, cpu)):
        note += f"; processor time {statistics.median(cpu):.3f}"
    ratios = [first / second for first, second in zip(ours, theirs, strict=True)]
    return Row(name, "ratio", ratios, target, note)


def record(benchmark: str, rows: Iterable[Row], docs: Path = DOCS) -> None:
    """Measures the rows of a benchmark, shows them and keeps them in docs/speed.json and the page.

    What is known of other benchmarks stays as it is.
    """
    came_out = measured(benchmark, f"python -m benchmarks.{benchmark}", rows)
    path = docs / "speed.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[benchmark] = came_out
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    page.write(docs)


def measured(name: str, command: str, rows: Iterable[Row]) -> dict[str, Any]:
    """Measures rows and shows them; what JSON keeps of them, with the place and the circumstances.

    Args:
        name: Of what is measured.
        command: What measures it again.
        rows: Each is measured when it is asked for.
    """
    began, load = time.perf_counter(), os.getloadavg()[0]
    say(f"{name}:")
    kept = []
    for row in rows:
        kept.append(row.plain())
        say("  " + "  ".join(filter(None, page.cells(kept[-1]))))
    return {
        "command": command,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": machine(),
        "load_before": round(load, 2),
        "seconds": round(time.perf_counter() - began),
        "rows": kept,
    }


def went_well(module: str, *words: str) -> bool:
    """Runs `python -m module words` apart; what it says on standard error is shown only if not."""
    with tempfile.TemporaryFile() as chatter:
        command = [sys.executable, "-m", module, *words]
        quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "MLFLOW_DISABLE_TELEMETRY": "true"}
        code = subprocess.run(command, stderr=chatter, env=quiet, check=False).returncode
        if code:
            chatter.seek(0)
            print(chatter.read().decode(errors="replace"), file=sys.stderr)
    return code == 0


def say(words: str) -> None:
    """One line of progress."""
    print(words, flush=True)


def against(ours: float, theirs: float) -> str:
    """Two times, ours first."""
    return f"{seconds(ours)} against {seconds(theirs)}"


def seconds(value: float) -> str:
    """Three digits in the unit that suits: `6.61 s`, `23.4 ms`, `850 µs`."""
    for factor, unit in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
        if value * factor >= 1 or unit == "µs":
            break
    return f"{value * factor:.3g} {unit}"
