"""How much memory there is: of the machine, or of the control group that a container is held to."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
UNLIMITED = 2**60  # bytes; version 1 writes a number of this size where there is no limit
GB = 1e9
MIB = 2**20


@dataclass(frozen=True)
class HostMemory:
    """Bytes of memory: all there is, what is still to be had, and what this process holds."""

    total: int
    available: int
    resident: int


def host_memory(groups: Path = GROUPS, own: Path = OWN_GROUPS) -> HostMemory:
    """Memory of the machine, or of the control group where that has less to give."""
    import psutil

    machine = psutil.virtual_memory()
    rooms = [(machine.available, machine.total), *_limits(groups, own)]
    available, total = min(rooms)
    return HostMemory(total, max(available, 0), psutil.Process().memory_info().rss)


def peak_memory() -> int:
    """The most bytes that this process has held."""
    import psutil

    try:
        import resource
    except ImportError:  # not on Windows, where psutil knows
        return psutil.Process().memory_info().peak_wset
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def give_back() -> None:
    """Memory that was freed, but that the C library keeps, goes back to the machine."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def gpu_memory() -> int | None:
    """Bytes of the GPU of this process that no other process holds; None where not known.

    What this process holds, TensorFlow's pool above all, is there to be used. In a container the
    driver may not tell whose memory is whose: then all of the GPU counts.
    """
    cards = _told("--query-gpu=uuid,memory.total,mig.mode.current")
    totals = {card[0]: card[1] for card in cards if len(card) == 3 and card[2] != "Enabled"}
    if not cards or len(totals) < len(cards) or not all(map(str.isdigit, totals.values())):
        return None  # of a part of a GPU it does not say how large it is
    held = [row for row in _told("--query-compute-apps=gpu_uuid,pid,used_memory") if len(row) == 3]
    own = {card for card, process, _ in held if process == str(os.getpid())} & {*totals}
    if not own:  # which of them is meant is not known
        sizes = {int(total) for total in totals.values()}
        return MIB * sizes.pop() if len(sizes) == 1 else None
    return MIB * max(
        int(totals[card])
        - sum(
            int(used)
            for place, process, used in held
            if place == card and process != str(os.getpid()) and used.isdigit()
        )
        for card in own
    )


def _told(query: str) -> list[list[str]]:
    """Rows that the GPU's driver answers; none where there is no driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    try:
        said = subprocess.run(
            [program, query, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.split(", ") for line in said.stdout.splitlines()]


def in_words(size: float) -> str:
    """Bytes as a person reads them: `1.9 GB`, `40 MB`."""
    return f"{size / GB:,.1f} GB" if size >= 0.95e9 else f"{size / 1e6:,.0f} MB"


def folders(groups: Path = GROUPS, own: Path = OWN_GROUPS) -> Iterator[Path]:
    """Control groups that count this process' memory, its own first, then those around it."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            root = groups / controllers
            inner = root / path.lstrip("/")
            # Inside a container the path may be that of the world outside: then only the root is.
            yield from (one for one in (inner, *inner.parents) if one.is_relative_to(root))


def _limits(groups: Path, own: Path) -> Iterator[tuple[int, int]]:
    """(available, total) of each control group that has a limit."""
    for folder in folders(groups, own):
        for limit, usage, reclaimed in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            total, used = _number(folder / limit), _number(folder / usage)
            if total is not None and used is not None and total < UNLIMITED:
                # What was read of files is given back before anybody is killed.
                spare = counted(folder / "memory.stat", reclaimed) or 0
                yield total - used + spare, total


def counted(file: Path, name: str) -> int | None:
    """The number behind a name in a file of lines such as `oom_kill 3`; None where it is not."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    found = (line.split() for line in lines)
    return next((int(words[1]) for words in found if len(words) == 2 and words[0] == name), None)


def _number(file: Path) -> int | None:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None  # `max` where there is no limit
