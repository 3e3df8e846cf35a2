"""Why a process ended without a word: a restart of the machine, memory that ran out, or a kill."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from dlsuite.host_memory import counted, folders, host_memory, in_words

# Tags that programs read, like those of `processes`.
BOOT, MEMORY, KILLS = (f"mlflow.dlsuite.{name}" for name in ("boot", "memory", "oom_kills"))
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
KERNEL_LOG = Path("/dev/kmsg")
LONGEST_RECORD = 8192  # bytes of one of its lines
NEARLY_ALL = 0.9  # Share of memory in use from which on its end is the likely cause.
# Where the kernel counts the processes that it killed for memory, and under which name.
COUNT = "oom_kill"
COUNTERS = ("memory.events", "memory.oom_control")
MACHINE_COUNTER = Path("/proc/vmstat")


def starting_tags() -> dict[str, str]:
    """What to compare with after a death: which start of the machine, the kernel's count."""
    return {BOOT: _boot(), KILLS: json.dumps(_kills()), **living_tags()}


def living_tags() -> dict[str, str]:
    """Memory at this moment: bytes in use by all, of how many, and by this process."""
    memory = host_memory()
    used = memory.total - memory.available
    return {MEMORY: json.dumps({"used": used, "total": memory.total, "resident": memory.resident})}


def likely_cause(tags: Mapping[str, str], pid: int) -> str:
    """In words, of a process of this host that has gone."""
    boot = _boot()
    if boot and tags.get(BOOT) not in (None, "", boot):
        return "the machine was restarted"
    used, total, resident = _memory(tags)
    held = f"{in_words(used)} of {in_words(total)} were in use then, {in_words(resident)} its own"
    known = f"; {held}" if total else ""
    if _killed_since(tags):
        if _named_by_kernel(pid):
            return f"the system killed it as memory ran out{known}"
        return f"likely out of memory: the system has since killed a process for it{known}"
    if total and used >= NEARLY_ALL * total:
        return f"likely out of memory: {held}"
    return "likely killed (SIGKILL)"


def _memory(tags: Mapping[str, str]) -> tuple[int, int, int]:
    try:
        noted = json.loads(tags[MEMORY])
        return noted["used"], noted["total"], noted["resident"]
    except (KeyError, ValueError, TypeError):  # a run of an earlier version, or a cut tag
        return 0, 0, 0


def _boot() -> str:
    try:
        return BOOT_ID.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _kills() -> dict[str, int]:
    """The kernel's counts by the file that holds them."""
    files = [folder / name for folder in folders() for name in COUNTERS]
    found = {str(file): counted(file, COUNT) for file in (*files, MACHINE_COUNTER)}
    return {file: count for file, count in found.items() if count is not None}


def _killed_since(tags: Mapping[str, str]) -> bool:
    try:
        before = json.loads(tags[KILLS])
        pairs = [(count, counted(Path(file), COUNT)) for file, count in before.items()]
    except (KeyError, ValueError, TypeError, AttributeError):
        return False
    return any(now is not None and now > then for then, now in pairs)


def _named_by_kernel(pid: int) -> bool:
    """Whether the kernel's log, where it may be read, says that it killed this process."""
    said = re.compile(rf"[Kk]illed process {pid}\b")
    try:
        log = os.open(KERNEL_LOG, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        while True:
            try:
                record = os.read(log, LONGEST_RECORD)
            except BrokenPipeError:  # overwritten while it was read: go on with the next
                continue
            except OSError:  # nothing more
                return False
            if not record:
                return False
            if said.search(record.decode(errors="replace")):
                return True
    finally:
        os.close(log)
