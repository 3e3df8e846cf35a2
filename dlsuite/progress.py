"""How far slow work is: whoever does it says so here, whoever wants to know listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

T = TypeVar("T")


class Listener(Protocol):
    """Who shows work to a person. Pieces of work may lie inside each other."""

    def begin(self, what: str, total: int | None, unit: str) -> int:
        """A piece of work begins; returns a number to speak of it by."""
        ...

    def advance(self, work: int, steps: int) -> None:
        """So many more steps of it are done."""
        ...

    def end(self, work: int) -> None:
        """It is over, done or not."""
        ...


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Inside, `listener` hears of all work in this thread; None: nobody does."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class Work:
    """A piece of work that is going on; `advance` counts its steps."""

    def __init__(self, listener: Listener | None, number: int) -> None:
        self._listener, self._number = listener, number

    def advance(self, steps: int = 1) -> None:
        """So many more steps are done."""
        if self._listener is not None:
            self._listener.advance(self._number, steps)


@contextmanager
def working(what: str, total: int | None = None, unit: str = "") -> Iterator[Work]:
    """A piece of work for a `with` block.

    Args:
        what: What is being done, such as `checking images`.
        total: Its steps, if they are known.
        unit: What a step is, such as `files`; `bytes` are shown as sizes and rates.
    """
    listener = _listener.get()
    number = 0 if listener is None else listener.begin(what, total, unit)
    try:
        yield Work(listener, number)
    finally:
        if listener is not None:
            listener.end(number)


def followed(
    items: Iterable[T], what: str, *, total: int | None = None, unit: str = ""
) -> Iterator[T]:
    """The items themselves, each one a step of the work when the next is asked for."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    with working(what, total, unit) as work:
        for item in items:
            yield item
            work.advance()
