"""Ctrl-C and SIGTERM during a training: heard when no variable is half-changed.

The handlers that were there before still decide what a signal means; they are only asked a little
later, when a step is over. A second signal is not held back.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Deferral:
    """What holds signals back while `depth` is above 0.

    Attributes:
        abrupt: A second signal came while the first was held back: nothing is to be trusted.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.abrupt = False
        self.before: dict[int, Any] = {}
        self._waiting: tuple[int, FrameType | None] | None = None

    def hear(self, number: int, frame: FrameType | None) -> None:
        """The handler of both signals."""
        if self.depth and self._waiting is None:
            self._waiting = (number, frame)
            return
        self.abrupt = self.depth > 0
        self.before[number](number, frame)

    def hold(self) -> None:
        """Signals wait from here on."""
        self.depth += 1

    def release(self) -> None:
        """They need not wait any more; one that did is answered now."""
        self.depth -= 1
        if self.depth == 0 and self._waiting is not None:
            (number, frame), self._waiting = self._waiting, None
            self.before[number](number, frame)


_deferral = Deferral()


@contextmanager
def deferring() -> Iterator[Deferral]:
    """Inside, `held` has an effect; the handlers from before are restored after.

    Does nothing in another thread than the main one, where Python allows no handlers, nor to a
    signal that the process ignores or that simply ends it.
    """
    global _deferral
    outer, _deferral = _deferral, Deferral()
    ours = _deferral
    try:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    ours.before[number] = handler
                    signal.signal(number, ours.hear)
        yield ours
    finally:
        for old, handler in ours.before.items():
            signal.signal(old, handler)
        _deferral = outer


@contextmanager
def held() -> Iterator[None]:
    """A `with` block that a signal does not interrupt; it is answered at the end of the block."""
    deferral = _deferral
    deferral.hold()
    try:
        yield
    except BaseException:
        deferral.depth -= 1  # what went wrong is told rather than the signal
        raise
    deferral.release()


def hold() -> None:
    """Like entering `held`, where what must not be interrupted ends in another function."""
    _deferral.hold()


def release() -> None:
    """Ends what `hold` began."""
    _deferral.release()
