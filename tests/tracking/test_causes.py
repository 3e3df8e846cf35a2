"""A process that ended without a word: what most likely ended it is told from what it left."""

import json
import os
import signal
import subprocess
import sys

import pytest

from dlsuite.host_memory import host_memory, in_words
from dlsuite.tracking import causes
from dlsuite.tracking.causes import BOOT, KILLS, MEMORY, likely_cause, living_tags, starting_tags
from dlsuite.tracking.processes import PID, own_tags, why_gone


def memory_tag(used, total=22_400_000_000):
    return {MEMORY: json.dumps({"used": used, "total": total, "resident": 20_100_000_000})}


@pytest.fixture(scope="module")
def tags():
    """Of a process that was killed a moment ago."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    child.send_signal(signal.SIGKILL)
    child.wait()
    return {**own_tags(), **memory_tag(9_000_000_000), PID: str(child.pid)}


def test_a_kill_with_memory_to_spare_is_a_kill(tags):
    assert str(why_gone(tags)).endswith(": likely killed (SIGKILL)")


def test_a_kill_when_memory_was_nearly_gone_is_likely_for_that(tags):
    reason = str(why_gone({**tags, **memory_tag(21_800_000_000)}))
    assert reason.endswith(
        ": likely out of memory: 21.8 GB of 22.4 GB were in use then, 20.1 GB its own"
    )


def test_another_start_of_the_machine_explains_every_end(tags):
    assert str(why_gone({**tags, BOOT: "another"})).endswith(": the machine was restarted")


def test_a_kernel_that_has_killed_since_the_start_is_believed(tags, tmp_path):
    counter = tmp_path / "memory.events"
    counter.write_text("low 0\noom 2\noom_kill 2\n")
    before = {**tags, KILLS: json.dumps({str(counter): 1})}
    assert "likely out of memory: the system has since killed a process" in str(why_gone(before))
    same = {**tags, KILLS: json.dumps({str(counter): 2, str(tmp_path / "gone"): 0})}
    assert str(why_gone(same)).endswith("likely killed (SIGKILL)")


def test_the_kernels_log_names_whom_it_killed(tags, tmp_path, monkeypatch):
    counter, log = tmp_path / "memory.events", tmp_path / "kmsg"
    counter.write_text("oom_kill 1\n")
    log.write_text(f"3,1,5;Out of memory: Killed process {tags[PID]}0 (python) total-vm:9kB\n")
    monkeypatch.setattr(causes, "KERNEL_LOG", log)
    before = {**tags, KILLS: json.dumps({str(counter): 0})}
    assert "the system killed it" not in str(why_gone(before))
    log.write_text(f"3,1,5;Out of memory: Killed process {tags[PID]} (python) total-vm:9kB\n")
    assert "the system killed it as memory ran out; 9.0 GB of 22.4 GB" in str(why_gone(before))


@pytest.mark.parametrize("left", [{}, {MEMORY: "21.8 of", KILLS: "[]"}, {MEMORY: "[]"}])
def test_a_run_that_noted_nothing_was_likely_killed(left):
    assert likely_cause(left, os.getpid()) == "likely killed (SIGKILL)"


def test_what_a_process_notes_of_itself_is_so():
    noted = json.loads(living_tags()[MEMORY])
    assert 0 < noted["resident"] <= noted["used"] <= noted["total"]
    assert set(starting_tags()) == {BOOT, KILLS, MEMORY}


GROUP = {"memory.max": "3000000", "memory.current": "2000000"}
OLD_GROUP = {"memory.limit_in_bytes": "3000000", "memory.usage_in_bytes": "2000000"}


@pytest.mark.parametrize(
    ("own", "place", "files"),
    [
        ("0::/box\n", "box", {**GROUP, "memory.stat": "inactive_file 500000\n"}),
        ("0::/box/inner\n", "box", {**GROUP, "memory.stat": "inactive_file 500000\n"}),
        (
            "4:memory:/box\n1:cpu:/\n",
            "memory",
            {**OLD_GROUP, "memory.stat": "total_inactive_file 500000\n"},
        ),
    ],
)
def test_the_limit_of_a_container_counts_without_what_was_read_of_files(
    tmp_path, own, place, files
):
    (tmp_path / "cgroup").write_text(own)
    (tmp_path / place).mkdir()
    for name, text in files.items():
        (tmp_path / place / name).write_text(text)
    found = host_memory(tmp_path, tmp_path / "cgroup")
    assert (found.total, found.available) == (3_000_000, 1_500_000)


def test_without_a_limit_the_machine_counts(tmp_path):
    (tmp_path / "cgroup").write_text("0::/\n4:memory:/\n")
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1\n")
    whole = host_memory(tmp_path, tmp_path / "missing").total
    assert host_memory(tmp_path, tmp_path / "cgroup").total == whole > 2**28


@pytest.mark.parametrize(
    ("size", "words"),
    [(40e6, "40 MB"), (949e6, "949 MB"), (1.94e9, "1.9 GB"), (4e12, "4,000.0 GB")],
)
def test_bytes_are_told_in_the_unit_that_suits(size, words):
    assert in_words(size) == words
