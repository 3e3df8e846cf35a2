"""Work says how far it is to whoever listens, and to nobody else."""

import pytest

from dlsuite.progress import followed, heard, listening, tell, working


class Notes:
    """Writes down all that it hears."""

    def __init__(self):
        self.heard = []

    def begin(self, what, total, unit):
        self.heard.append(("begin", what, total, unit))
        return len(self.heard)

    def advance(self, work, steps):
        self.heard.append(("advance", work, steps))

    def describe(self, work, what, note):
        self.heard.append(("describe", work, what, note))

    def end(self, work):
        self.heard.append(("end", work))

    def tell(self, words):
        self.heard.append(("tell", words))


def test_every_item_is_a_step_of_a_known_total():
    notes = Notes()
    with listening(notes):
        assert list(followed([1, 2], "counting", unit="files")) == [1, 2]
    assert notes.heard == [
        ("begin", "counting", 2, "files"),
        ("advance", 1, 1),
        ("advance", 1, 1),
        ("end", 1),
    ]


def test_work_that_fails_is_over_too():
    def divide():
        with working("dividing") as work:
            work.advance(3)
            work.advance(1 // 0)

    notes = Notes()
    with listening(notes), pytest.raises(ZeroDivisionError):
        divide()
    assert notes.heard == [("begin", "dividing", None, ""), ("advance", 1, 3), ("end", 1)]


def test_work_may_change_its_name_and_say_something():
    notes = Notes()
    with listening(notes):
        tell("run 12 begins")
        with working("training", 2) as work:
            work.describe("epoch 1", "loss 0.5")
    assert notes.heard == [
        ("tell", "run 12 begins"),
        ("begin", "training", 2, ""),
        ("describe", 2, "epoch 1", "loss 0.5"),
        ("end", 2),
    ]


def test_nobody_hears_outside_of_listening():
    notes = Notes()
    with listening(notes):
        assert heard()
    assert not heard()
    tell("something")
    with working("alone") as work:
        work.advance()
        work.describe("still alone")
    assert not notes.heard
