"""The status that each way out of a run deserves."""

import os
import signal
import threading

import pytest

from dlsuite.tracking import Terminated
from dlsuite.tracking.endings import FINISHED, ending_of, sigterm_raises


@pytest.mark.parametrize(
    ("problem", "status", "tags"),
    [
        (KeyboardInterrupt(), "KILLED", {"killed_by": "Ctrl-C"}),
        (Terminated(), "KILLED", {"killed_by": "SIGTERM"}),
        (ValueError("two\n  lines"), "FAILED", {"error": "ValueError: two lines"}),
        (MemoryError(), "FAILED", {"error": "MemoryError"}),
        (SystemExit(2), "FAILED", {"error": "SystemExit: 2"}),
        (SystemExit(0), "FINISHED", {}),
        (SystemExit(), "FINISHED", {}),
    ],
)
def test_the_exception_decides_the_status(problem, status, tags):
    ending = ending_of(problem)
    assert (ending.status, ending.tags) == (status, tags)
    assert (ending.report is not None) == (status == "FAILED")


def test_a_long_error_is_cut_in_the_tag_and_whole_in_the_report():
    ending = ending_of(ValueError("x" * 10_000))
    assert len(ending.tags["error"]) == 500
    assert ending.tags["error"].endswith("…")
    assert "x" * 10_000 in str(ending.report)


def test_sigterm_raises_inside_the_block_and_the_old_handler_is_back_after():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("old"))
    try:
        with pytest.raises(Terminated) as raised, sigterm_raises():
            os.kill(os.getpid(), signal.SIGTERM)
        assert raised.value.code == 143  # what a shell says of a process that SIGTERM ended
        assert heard == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard == ["old"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_sigterm_during_the_closing_is_answered_after_it():
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("old"))
    try:
        with sigterm_raises() as ears:
            ears.closed = True
            os.kill(os.getpid(), signal.SIGTERM)
            assert heard == []
        assert heard == ["old"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_process_told_to_ignore_sigterm_goes_on_ignoring_it():
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with sigterm_raises():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_change_no_handler():
    before, during = signal.getsignal(signal.SIGTERM), []

    def work():
        with sigterm_raises():
            during.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert during == [before]
    assert not FINISHED.tags
