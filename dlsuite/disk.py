"""What a disk has left, in words, and what of it would outlast a loss of power."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

# What libraries say that do not hand the error of the operating system on.
FULL = ("no space left on device", "database or disk is full", "disk quota exceeded")


def is_full(problem: BaseException | None) -> bool:
    """Whether a full disk is what the problem, or one that it came of, speaks of."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if any(words in str(problem).lower() for words in FULL):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


def room(path: Path) -> str:
    """How much can still be written at a path that need not be there: `3.2 MB free`."""
    there = next((place for place in (path, *path.parents) if place.exists()), Path.cwd())
    return f"{shutil.disk_usage(there).free / 1e6:,.1f} MB free"


def unwritten(problem: BaseException, path: Path) -> str:
    """Why a path could not be written: `/runs: no space left on device, 0.0 MB free`."""
    if is_full(problem):
        return f"{path}: no space left on device, {room(path)}"
    reason = problem.strerror if isinstance(problem, OSError) else None
    return f"{path}: {reason or str(problem).partition(chr(10))[0]}"


def reach_the_disk(path: Path) -> None:
    """Returns when a file, or the names in a folder, will outlast a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
