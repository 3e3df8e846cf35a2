"""A person sees slow work, and of quick work nothing: on a terminal, and in a log."""

import io
import os
import re
import threading
import time
from contextlib import suppress

import pytest

from dlsuite.progress import Display, amount, duration, followed, heard, shown, tell, working
from dlsuite.progress import display as display_module
from dlsuite.progress.pieces import Piece

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def hasty(monkeypatch):
    """All times a fiftieth."""
    for name in ("UNSEEN", "BETWEEN_LINES", "WORTH_A_LINE", "TICK"):
        monkeypatch.setattr(display_module, name, getattr(display_module, name) / 50)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def words(text):
    """What was drawn, without the codes that move the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def wait(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_quick_work_is_not_shown_anywhere():
    for stream in (io.StringIO(), Terminal()):
        with shown(stream):
            assert list(followed(range(3), "counting")) == [0, 1, 2]
        assert stream.getvalue() == ""


def test_a_log_gets_a_line_now_and_then_and_one_at_the_end(hasty):
    log = io.StringIO()
    with shown(log), working("checking images", 4, "files") as work:
        work.advance()
        work.advance()
        wait(lambda: "50 %" in log.getvalue())
        work.advance(2)
    lines = log.getvalue().splitlines()
    assert re.fullmatch(r"checking images: 2 of 4 files, 50 %, \S+ s left", lines[0])
    assert re.fullmatch(r"checking images: 4 files in \d s", lines[-1])
    assert "\x1b" not in log.getvalue()


def test_work_without_steps_says_for_how_long_it_has_gone_on(hasty):
    log = io.StringIO()
    with shown(log), working("fitting the baseline"):
        wait(log.getvalue)
    assert log.getvalue().splitlines() == [
        "fitting the baseline: 0 s so far",
        "fitting the baseline: 0 s",
    ]


def test_work_that_was_ended_early_says_how_far_it_came(hasty):
    log = io.StringIO()
    with suppress(OSError), shown(log), working("unpacking", 2_500_000, "bytes") as work:
        work.advance(500_000)
        time.sleep(0.06)
        raise OSError
    assert log.getvalue() == "unpacking: 0.5 of 2.5 MB in 0 s\n"


def test_of_work_inside_other_work_only_the_whole_is_told_at_the_end(hasty):
    log = io.StringIO()
    with shown(log), working("reading the data"), working("hashing"):
        time.sleep(0.06)
    assert log.getvalue() == "reading the data: 0 s\n"


def test_a_terminal_gets_bars_that_go_when_the_work_is_over(hasty):
    terminal = Terminal()
    with shown(terminal), working("scoring", 3):
        with working("of dev", 10, "batches") as inner:
            inner.advance(2)
            inner.advance(3)
            wait(lambda: "of dev" in terminal.getvalue())
    drawn = words(terminal.getvalue())
    assert re.search(r"scoring +━+ +0/3", drawn)
    assert re.search(r"  of dev [━╸╺]+ 5/10 batches .* s left", drawn)
    assert terminal.getvalue().count(HIDE) == terminal.getvalue().count(SHOW) == 1
    assert terminal.getvalue().endswith(f"\x1b[1A\x1b[2K{SHOW}\r")  # two lines were wiped


def test_what_has_something_to_say_leaves_its_last_words_on_a_terminal(hasty):
    terminal = Terminal()
    with shown(terminal), working("training", 8, "steps") as work:
        work.advance(8)
        work.describe("epoch 2/2", "loss 0.25")
        wait(lambda: "loss 0.25" in terminal.getvalue())
    drawn = words(terminal.getvalue())
    assert re.search(r"epoch 2/2 ━+ \d s  loss 0.25", drawn)
    assert drawn.endswith("epoch 2/2: 8 steps in 0 s  loss 0.25\n")


def test_words_stand_above_a_bar_and_by_themselves(hasty):
    terminal = Terminal()
    with shown(terminal):
        tell("run 12 begins")
        with working("waiting"):
            wait(lambda: "waiting" in terminal.getvalue())
            tell("run 12 [goes] on")
    drawn = words(terminal.getvalue())
    assert drawn.startswith("run 12 begins\n")
    assert "run 12 [goes] on" in drawn


def test_the_display_outlives_a_silenced_standard_error(hasty, capfd):
    from dlsuite.training import quiet_import

    with shown(), quiet_import(), working("loading TensorFlow"):
        os.write(2, b"chatter")
        time.sleep(0.06)
    assert capfd.readouterr().err == "loading TensorFlow: 0 s\n"


def test_steps_may_be_counted_by_many_threads():
    log = Display(io.StringIO())
    number = log.begin("counting", 8000, "")
    threads = [
        threading.Thread(target=lambda: [log.advance(number, 1) for _ in range(1000)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log._pieces[number].done == 8000
    log.end(number)
    log.close()


def test_nobody_listens_when_it_is_over_and_no_thread_is_left():
    with shown(io.StringIO()), working("something"):
        assert heard()
    assert not heard()
    assert "progress" not in [thread.name for thread in threading.enumerate()]


def test_the_first_step_is_no_measure_of_the_pace(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("dlsuite.progress.pieces.time.monotonic", lambda: now[0])
    piece = Piece("training", 101, "steps", 0, began=0.0)
    now[0] = 60.0  # tracing
    piece.advance(1)
    assert piece.pace is None
    assert piece.beside_the_bar() == "1/101 steps  1:00 min"
    now[0] = 62.0
    piece.advance(40)
    assert piece.pace == 20
    assert piece.beside_the_bar() == "41/101 steps  20/s  3 s left"


def test_bytes_are_shown_as_sizes_and_rates(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("dlsuite.progress.pieces.time.monotonic", lambda: now[0])
    piece = Piece("fetching", 30_878_645, "bytes", 0, began=0.0)
    piece.advance(0)
    now[0] = 2.0
    piece.advance(10_400_000)
    assert piece.beside_the_bar() == "10.4/30.9 MB  5.2 MB/s  4 s left"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (245, "4:05 min"), (3845, "1:04:05 h")]
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (123_456_789, "123 MB"),
        (5e15, "5,000 TB"),
    ],
)
def test_amounts_are_in_units_of_a_thousand(count, text):
    assert amount(count) == text
