"""Work says what it does and how far it is, not knowing whether anybody listens."""

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

    def describe(self, work: int, what: str, note: str) -> None:
        """What it is doing by now, and what there is to say of it."""
        ...

    def end(self, work: int) -> None:
        """It is over, done or not."""
        ...

    def tell(self, words: str) -> None:
        """Something to know at once that is no work, such as the name of the run that begins."""
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


def heard() -> bool:
    """Whether anybody listens."""
    return _listener.get() is not None


def tell(words: str) -> None:
    """Says something to whoever listens."""
    listener = _listener.get()
    if listener is not None:
        listener.tell(words)


class Work:
    """A piece of work that is going on; `advance` counts its steps."""

    def __init__(self, listener: Listener | None, number: int) -> None:
        self._listener, self._number = listener, number

    def advance(self, steps: int = 1) -> None:
        """So many more steps are done."""
        if self._listener is not None:
            self._listener.advance(self._number, steps)

    def describe(self, what: str, note: str = "") -> None:
        """It goes under another name from now on; `note` is what there is to say, such as a loss.

        What had a note when it ended leaves its last words.
        """
        if self._listener is not None:
            self._listener.describe(self._number, what, note)


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
