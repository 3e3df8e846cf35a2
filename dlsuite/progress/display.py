"""What a person sees of slow work: a bar where it can move, a line now and then where it cannot."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from dlsuite.progress.pieces import Piece
from dlsuite.progress.work import listening

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

UNSEEN = 1.0  # seconds that work takes before it gets a bar
BETWEEN_LINES = 10.0  # seconds, where nothing can move
WORTH_A_LINE = 2.0  # seconds that work took, to be mentioned when it is over
TICK = 0.1  # seconds between two drawings


@contextmanager
def shown(stream: TextIO | None = None) -> Iterator[Display]:
    """Inside, a person sees how far slow work is.

    On a terminal work that takes longer than a second is a bar that goes when it is over; elsewhere
    it is a line every ten seconds, and one at the end of what took more than two.

    Args:
        stream: Where to; standard error if None, as it is now: what is done to its descriptor
            later, as by `quiet_import`, does not matter.
    """
    display = Display(stream)
    try:
        with listening(display):
            yield display
    finally:
        display.close()


class Display:
    """A listener that shows work on a stream; `shown` makes one and ends it.

    It may be called from any thread. A thread of its own draws, from the first piece of work on.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = _copied(sys.stderr) if stream is None else stream
        self._mine = stream is None and self._stream is not sys.stderr
        self._moves = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._pieces: dict[int, Piece] = {}  # In the order of their beginning: inner ones last.
        self._count = 0
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._live: Live | None = None

    def begin(self, what: str, total: int | None, unit: str) -> int:
        with self._lock:
            self._count += 1
            self._pieces[self._count] = Piece(what, total, unit, depth=len(self._pieces))
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)
                self._thread.start()
            return self._count

    def advance(self, work: int, steps: int) -> None:
        with self._lock:
            self._pieces[work].advance(steps)

    def describe(self, work: int, what: str, note: str) -> None:
        with self._lock:
            self._pieces[work].what, self._pieces[work].note = what, note

    def end(self, work: int) -> None:
        with self._lock:
            piece = self._pieces.pop(work)
            if not any(each.seen for each in self._pieces.values()):
                self._stop_drawing()
            told = piece.note if self._moves else piece.seconds > WORTH_A_LINE
            if told and not piece.depth:
                self._line(piece.ending())

    def tell(self, words: str) -> None:
        with self._lock:
            self._line(words)

    def close(self) -> None:
        """Nothing is shown any more; the cursor is back."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._stop_drawing()
            if self._mine:
                self._stream.close()

    def _watch(self) -> None:
        while not self._over.wait(TICK):
            with self._lock, suppress(OSError):  # the terminal may have gone
                self._draw() if self._moves else self._report()

    def _draw(self) -> None:
        for piece in self._pieces.values():
            piece.seen = piece.seen or piece.seconds > UNSEEN
        if not any(piece.seen for piece in self._pieces.values()):
            return
        if self._live is None:
            self._live = self._new_live()
            self._live.start()
        self._live.refresh()

    def _new_live(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        return Live(
            get_renderable=lambda: _picture(list(self._pieces.values())),
            console=Console(file=self._stream),
            auto_refresh=False,
            transient=True,
            # What is printed meanwhile stands above the bars, if both go to the terminal.
            redirect_stdout=sys.stdout.isatty(),
            redirect_stderr=sys.stderr.isatty(),
        )

    def _stop_drawing(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _report(self) -> None:
        """A line about the innermost work, if nothing was said of it for a while."""
        if not self._pieces:
            return
        piece = list(self._pieces.values())[-1]
        now = time.monotonic()
        if now - max(piece.began, piece.told) > BETWEEN_LINES:
            for each in self._pieces.values():
                each.told = now
            self._line(piece.line())

    def _line(self, words: str) -> None:
        if self._live is not None:
            self._live.console.print(f"{words}", style="dim", highlight=False, markup=False)
        else:
            faint = ("\x1b[2m", "\x1b[0m") if self._moves else ("", "")
            print(words.join(faint), file=self._stream, flush=True)


def _picture(pieces: list[Piece]) -> Table:
    """A row for each piece of work that takes its time, what lies inside another indented."""
    from rich.progress_bar import ProgressBar
    from rich.table import Column, Table
    from rich.text import Text

    rows = [piece for piece in pieces if piece.seen]
    grid = Table.grid(
        Column(no_wrap=True, overflow="ellipsis"),
        Column(width=16, no_wrap=True),
        Column(no_wrap=True, overflow="ellipsis", ratio=1),
        padding=(0, 1),
    )
    for depth, piece in enumerate(rows):
        bar = ProgressBar(
            total=piece.total, completed=piece.done, width=16, pulse=piece.total is None
        )
        grid.add_row(Text(f"{'  ' * depth}{piece.what}"), bar, Text(piece.beside_the_bar()))
    return grid


def _copied(stream: TextIO) -> TextIO:
    """The stream on a descriptor of its own, where it has one; tests and notebooks replace it."""
    try:
        number = stream.fileno()
    except (OSError, ValueError, AttributeError):
        return stream
    return open(os.dup(number), "w", encoding=stream.encoding, errors="replace")
