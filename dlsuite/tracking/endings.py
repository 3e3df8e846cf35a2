"""How a run ends: the status it deserves, and SIGTERM made into an exception so that it gets it."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

LONGEST_ERROR = 500  # characters of the tag `error`; the artifact error.txt has the rest


class Terminated(SystemExit):
    """SIGTERM reached this process. Uncaught, it ends the process with code 143, as shells say."""

    def __init__(self) -> None:
        super().__init__(128 + signal.SIGTERM)


class Ended(SystemExit):
    """A run that is ended on purpose before it is complete, and is no failure.

    Args:
        words: Why, for a person.
        tags: What its run is marked with; it is FINISHED.
    """

    def __init__(self, words: str, tags: Mapping[str, str]) -> None:
        super().__init__()
        self.words, self.tags = words, dict(tags)

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Ending:
    """What is written when a run closes.

    Attributes:
        status: FINISHED, FAILED or KILLED.
        tags: `error` or `killed_by`, one line.
        report: The traceback; None where nothing went wrong.
    """

    status: str
    tags: dict[str, str] = field(default_factory=dict)
    report: str | None = None


FINISHED = Ending("FINISHED")


def ending_of(problem: BaseException) -> Ending:
    """The ending that an exception leaving the run's `with` block means."""
    if isinstance(problem, Terminated):
        return Ending("KILLED", {"killed_by": "SIGTERM"})
    if isinstance(problem, KeyboardInterrupt):
        return Ending("KILLED", {"killed_by": "Ctrl-C"})
    if isinstance(problem, Ended):
        return Ending("FINISHED", problem.tags)
    if isinstance(problem, SystemExit) and not problem.code:
        return FINISHED
    message = " ".join(str(problem).split())
    line = f"{type(problem).__name__}: {message}" if message else type(problem).__name__
    return Ending(
        "FAILED",
        {"error": line if len(line) <= LONGEST_ERROR else f"{line[: LONGEST_ERROR - 1]}…"},
        "".join(traceback.format_exception(problem)),
    )


@dataclass
class Ears:
    """Whether SIGTERM is answered at once or after what is being written has been written."""

    closed: bool = False
    missed: bool = False

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.closed:
            self.missed = True
        else:
            raise Terminated


@contextmanager
def sigterm_raises() -> Iterator[Ears]:
    """Raises `Terminated` in the main thread on SIGTERM; the old handler is restored after.

    Does nothing in another thread, where Python allows no handlers, and where the process was
    told to ignore SIGTERM. A signal that comes while `Ears.closed` is sent again at the end.
    """
    ears = Ears()
    before = signal.getsignal(signal.SIGTERM)
    # None: set by a C program that embeds Python, which could not be restored.
    if threading.current_thread() is not threading.main_thread() or before in (
        signal.SIG_IGN,
        None,
    ):
        yield ears
        return
    signal.signal(signal.SIGTERM, ears.on_signal)
    try:
        yield ears
    finally:
        signal.signal(signal.SIGTERM, before)
        if ears.missed:
            os.kill(os.getpid(), signal.SIGTERM)
