"""Metrics on their way to the store: handed over in microseconds, sent by one thread.

What fails is said once, kept and sent again with growing pauses; training never waits for it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

LARGEST_BATCH = 1000  # rows; MLflow takes no more in one call
PACE = 1.0  # seconds between deliveries: short epochs share one
BEAT = 10.0  # seconds between heartbeats
LONGEST_PAUSE = 60.0  # seconds between attempts while the store does not answer


class Row(NamedTuple):
    """One number of one metric: `timestamp` in ms since 1970."""

    key: str
    value: float
    timestamp: int
    step: int


class Delivery:
    """A queue of rows and the thread that empties it.

    Args:
        send: Sends at most `LARGEST_BATCH` rows, or raises.
        beat: Says that the process lives, or raises.
        tell: Gets the first error of all, once.
        pace: Seconds between deliveries.
        beat_every: Seconds between heartbeats.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Row]], None],
        beat: Callable[[], None],
        tell: Callable[[Exception], None],
        *,
        pace: float = PACE,
        beat_every: float = BEAT,
    ) -> None:
        self._send, self._beat, self._tell = send, beat, tell
        self._pace, self._beat_every = pace, beat_every
        self._changed = threading.Condition()
        self._waiting: deque[Row] = deque()
        self._hurry = False  # somebody waits: send now
        self._closing = False
        self._failures = 0  # attempts in a row that failed
        self._told = False
        self._next_send = time.monotonic()
        self._next_beat = time.monotonic() + beat_every
        self._thread = threading.Thread(target=self._work, name="dlsuite-tracking", daemon=True)
        self._thread.start()

    def put(self, rows: Iterable[Row]) -> None:
        """Hands rows over; returns at once."""
        with self._changed:
            self._waiting.extend(rows)
            self._changed.notify_all()

    def flush(self, patience: float) -> int:
        """Waits until all rows are sent, an attempt failed, or `patience` seconds are over.

        Returns:
            How many rows are still waiting.
        """
        with self._changed:
            if self._waiting:
                self._hurry = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._hurry, patience)
            return len(self._waiting)

    def close(self, patience: float) -> list[Row]:
        """Sends what waits, once, and ends the thread.

        Returns:
            The rows that could not be sent.
        """
        with self._changed:
            self._closing = self._hurry = True
            self._changed.notify_all()
        self._thread.join(patience)
        with self._changed:
            return list(self._waiting)

    def _work(self) -> None:
        while True:
            with self._changed:
                while (pause := self._pause()) > 0:
                    self._changed.wait(pause)
                may_send = self._hurry or time.monotonic() >= self._next_send
                rows = list(islice(self._waiting, LARGEST_BATCH)) if may_send else []
            if rows:
                self._deliver(rows)
            if time.monotonic() >= self._next_beat:
                self._attempt(self._beat)
                self._next_beat = time.monotonic() + self._beat_every
            with self._changed:
                if self._hurry and (self._failures or not self._waiting):
                    self._hurry = False
                    self._changed.notify_all()
                    if self._closing:
                        return

    def _pause(self) -> float:
        """Seconds until there is something to do."""
        if self._hurry:
            return 0.0
        due = min(self._next_beat, self._next_send) if self._waiting else self._next_beat
        return due - time.monotonic()

    def _deliver(self, rows: list[Row]) -> None:
        sent = self._attempt(lambda: self._send(rows))
        with self._changed:
            if sent:
                for _ in rows:
                    self._waiting.popleft()
            self._failures = 0 if sent else self._failures + 1
            pause = min(LONGEST_PAUSE, self._pace * 2**self._failures) if not sent else self._pace
            self._next_send = time.monotonic() + pause

    def _attempt(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except Exception as problem:  # whatever the network, the database or MLflow raises
            if not self._told:
                self._told = True
                self._tell(problem)
            return False
        return True
