"""A piece of work in words: how much of it is done, how fast it goes, how long it will take."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

SIZES = ("bytes", "kB", "MB", "GB", "TB")
SLOW = 10  # Steps a second below which the time left says more than the pace.


@dataclass
class Piece:
    """A piece of work and how far it is.

    Attributes:
        what: What is being done.
        total: Its steps, None where nobody knows.
        unit: What a step is.
        depth: How many others it lies in.
        note: What there is to say of it.
        done: Steps that are done.
        seen: Whether it took long enough to be shown.
        began: When, in seconds of the monotonic clock.
        told: When a line was written last, likewise.
    """

    what: str
    total: int | None
    unit: str
    depth: int
    note: str = ""
    done: int = 0
    seen: bool = False
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0
    _first: tuple[float, int] | None = None  # Time of the first step, steps then.

    def advance(self, steps: int) -> None:
        self.done += steps
        if self._first is None:  # What came before it, such as tracing a graph, is no pace.
            self._first = (time.monotonic(), self.done)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began

    @property
    def pace(self) -> float | None:
        """Steps a second, None before the second step."""
        if self._first is None or self.done <= self._first[1]:
            return None
        return (self.done - self._first[1]) / max(time.monotonic() - self._first[0], 1e-9)

    def beside_the_bar(self) -> str:
        """What stands to the right of a bar: the count or the note, time left or time gone."""
        waiting = self._left() or duration(self.seconds)
        if self.note:
            return f"{waiting}  {self.note}"
        return _joined("  ", self._count("/"), self._rate(), waiting)

    def line(self) -> str:
        """How far it is, for a log."""
        share = f"{100 * self.done / self.total:.0f} %" if self.total else ""
        facts = _joined(", ", self._count(" of "), share, self._left())
        facts = facts or f"{duration(self.seconds)} so far"
        return _joined("  ", f"{self.what}: {facts}", self.note)

    def ending(self) -> str:
        """What it was and how long it took."""
        count = self._count(" of " if self.total and self.done < self.total else "")
        took = f"{count} in {duration(self.seconds)}" if count else duration(self.seconds)
        return _joined("  ", f"{self.what}: {took}", self.note)

    def _count(self, between: str) -> str:
        """Such as `12,000 of 60,000 files`; the total is left out where nothing goes before it."""
        if (self.total or self.done) < 2:
            return ""
        if self.unit == "bytes":
            unit = size_for(self.total or self.done)
            done, total = amount_in(unit, self.done), amount_in(unit, self.total or 0)
        else:
            unit, done, total = self.unit, f"{self.done:,}", f"{self.total or 0:,}"
        count = f"{done}{between}{total}" if between and self.total else done
        return f"{count} {unit}".rstrip()

    def _rate(self) -> str:
        pace = self.pace
        if pace is None or (self.unit != "bytes" and pace < SLOW):
            return ""
        return f"{amount(pace) if self.unit == 'bytes' else f'{pace:,.0f}'}/s"

    def _left(self) -> str:
        pace = self.pace
        if not self.total or not pace or self.done > self.total:
            return ""
        return f"{duration((self.total - self.done) / pace)} left"


def duration(seconds: float) -> str:
    """`39 s`, `4:05 min` or `1:04:05 h`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d} h"
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def amount(count: float) -> str:
    """So many bytes in units of 1000: `30.9 MB`."""
    size = size_for(count)
    return f"{amount_in(size, count)} {size}"


def size_for(count: float) -> str:
    """The unit in which so many bytes are told: the largest of which there is one."""
    return SIZES[sum(count >= 1000**power for power in range(1, len(SIZES)))]


def amount_in(size: str, count: float) -> str:
    """So many bytes in that unit, to three digits or all before the point."""
    number = count / 1000 ** SIZES.index(size)
    return f"{number:,.0f}" if size == "bytes" or number >= 100 else f"{number:.1f}"


def _joined(between: str, *words: str) -> str:
    return between.join(filter(None, words))
