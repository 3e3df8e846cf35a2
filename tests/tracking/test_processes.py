"""Only a process that is certainly gone is called gone."""

import os
import subprocess
import sys

import pytest

from dlsuite.tracking.processes import HEARTBEAT, PID, STARTED, own_tags, seconds_silent, why_gone

LONG_AGO = "2020-01-01T00:00:00+00:00"


def test_this_process_is_alive():
    assert why_gone(own_tags()) is None
    assert 0 <= seconds_silent(own_tags()) < 5


def test_a_process_that_has_ended_is_gone():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    reason = why_gone({**own_tags(), PID: str(child.pid), HEARTBEAT: LONG_AGO})
    name = f"process {child.pid} on {own_tags()['host']}"
    assert reason == f"{name} is gone, last heard of {LONG_AGO}: likely killed (SIGKILL)"


def test_a_process_that_died_is_gone_before_its_parent_takes_note():
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.read()  # closed when it dies; not waited for: a zombie
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert "has died" in str(why_gone({**own_tags(), PID: str(child.pid)}))
    child.wait()
    child.stdout.close()


def test_a_number_in_use_by_a_younger_process_is_no_sign_of_life():
    tags = {**own_tags(), STARTED: "1000.0", HEARTBEAT: LONG_AGO}
    assert "its number in use by another" in str(why_gone(tags))


@pytest.mark.parametrize(
    "tags",
    [
        {STARTED: "1000.0"},  # a clock that was set; heard of just now
        {"host": "elsewhere", PID: "1"},
        {"host": "elsewhere", HEARTBEAT: LONG_AGO},
    ],
)
def test_what_cannot_be_known_counts_as_alive(tags):
    assert why_gone({**own_tags(), **tags}) is None


def test_a_run_of_another_program_is_left_alone():
    assert why_gone({}) is None
    assert seconds_silent({}) == float("inf")
