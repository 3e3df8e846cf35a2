"""The way of one run into its store: at once, a little later, or by files after its end.

A store that refuses, or does not answer, is told of once; nobody waits for it a second time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from dlsuite.disk import unwritten
from dlsuite.tracking.calls import Call, End, Metrics, held_marks, send_rows
from dlsuite.tracking.delivery import Delivery, Row
from dlsuite.tracking.location import Connection, StoreError, log
from dlsuite.tracking.outbox import REFUSED, Outbox, in_words
from dlsuite.tracking.processes import beat_tags
from dlsuite.tracking.refusals import lasting, no_answer, reason
from dlsuite.tracking.values import mark

PATIENCE = 60.0  # seconds for a last delivery; then what is left goes to files
# Seconds for each of the two last deliveries of a run that a signal ends: schedulers often leave
# ten until SIGKILL.
HASTE = 2.5
SHARE = 5.0  # seconds of a heartbeat's ten in which a delivery of what was kept begins a call


class Door:
    """What a run gives goes through here, in its order.

    Metrics are held in memory and sent by a thread. Other calls are made at once; from the first
    that the store does not take they wait in `Outbox`, and the thread makes them when the store
    answers again.

    Args:
        connection: To the store.
        run_id: The run.
        name: Its name.
        resumed: Whether it may hold numbers already that it is given now.
    """

    def __init__(self, connection: Connection, run_id: str, name: str, resumed: bool) -> None:
        self.run_id, self.resumed = run_id, resumed
        self._location, self._client = connection.location, connection.client
        self._outbox = Outbox(connection.location, run_id, name)
        self._refusal: Exception | None = None  # what became of the last that it was asked
        self._told = False
        self._last: threading.Thread | None = None
        self._held: dict[str, set[tuple[int, float | None]]] = {}
        self._delivery = Delivery(self._send, self.beat, self._tell)

    def put(self, rows: Sequence[Row]) -> None:
        """Hands numbers over; returns at once."""
        self._delivery.put(rows)

    def flush(self, patience: float) -> int:
        """See `Delivery.flush`."""
        return self._delivery.flush(patience)

    def ask(self, call: Call) -> None:
        """Makes a call, or keeps it behind those that wait already.

        Raises:
            StoreError: The store does not take it, and it cannot be kept either.
        """
        path = getattr(call, "path", None)
        if path is not None and not path.exists():
            raise FileNotFoundError(f"There is nothing to keep. Received: {path}.")
        if self._refusal is None and not self._outbox.waiting:
            try:
                return call.make(self._client, self.run_id)
            except Exception as problem:
                if lasting(problem):
                    raise
                self._refusal = problem
                self._tell(problem)
        return self._keep(call)

    def last_numbers(self, patience: float) -> None:
        """Sends the numbers that wait, once, and keeps what is left; none may follow."""
        left = self._delivery.close(patience)
        if left:
            self._keep(Metrics(left))

    def end(self, end: End) -> None:
        """The last call, after those that wait, as far as the store takes them."""
        self.ask(end)
        if not self._known_to_be_away():
            self._last_calls(end)

    def end_in_haste(self, end: End) -> None:
        """The same where the process may soon be killed: kept first, then tried for a moment."""
        try:
            self._outbox.keep(end)
        except OSError:  # then the store is the only place that is left
            return self.ask(end)
        if not self._known_to_be_away():
            self._last = threading.Thread(target=self._close_after, args=(end,), daemon=True)
            self._last.start()
            self._last.join(HASTE)
        return None

    def close(self) -> None:
        """Says where what the store did not take is kept, if there is any."""
        for what, advice, amounts in (
            ("did not take", "when the store takes it again: dlsuite sync", self._outbox.amounts()),
            (
                "refused for good",
                f"the reasons are in its folders *{REFUSED}",
                self._outbox.amounts(refused=True),
            ),
        ):
            if amounts:
                log.error(
                    "Run %s: its store %s %s. All of it is kept in %s; %s",
                    self.run_id,
                    what,
                    in_words(amounts),
                    self._outbox.folder,
                    advice,
                )
        if self._last is None:
            self._outbox.close()

    def beat(self) -> None:
        """Says that the process lives, and sends what waits."""
        from mlflow.entities import RunTag

        with self._noticing():
            tags = [RunTag(name, text) for name, text in beat_tags().items()]
            self._client.log_batch(self.run_id, tags=tags)
            if self._outbox.waiting:
                self._held.clear()  # the run may soon hold more
                self._outbox.deliver(self._client, within=SHARE)

    def _known_to_be_away(self) -> bool:
        """Whether it was asked a moment ago."""
        return self._refusal is not None and no_answer(self._refusal)

    def _last_calls(self, end: End) -> None:
        """What waits, the end among it.

        A store that takes the status alone, say because a disk for files is full, shall have it.
        """
        try:
            self._outbox.deliver(self._client, PATIENCE)
        except Exception as problem:
            self._tell(problem)
            if not no_answer(problem):
                with suppress(Exception):
                    end.make(self._client, self.run_id)

    def _close_after(self, end: End) -> None:
        """Until then what is kept stays this process's own, however long the store takes."""
        self._last_calls(end)
        self._outbox.close()

    def _keep(self, call: Call) -> None:
        try:
            self._outbox.keep(call)
        except OSError as problem:
            why = unwritten(problem, self._outbox.folder)
            raise StoreError(
                f"Run {self.run_id} cannot be kept: its store does not take what it is given, nor "
                f"can it be written to {why}. Once that is mended, go on from the last "
                f"checkpoint: dlsuite train --resume {self.run_id[:8]}"
            ) from problem

    def _send(self, rows: Sequence[Row]) -> None:
        with self._noticing():
            if self.resumed:
                rows = [row for row in rows if not self._is_held(row)]
            for row, problem in send_rows(self._client, self.run_id, rows):
                self._tell(problem)
                self._outbox.put_aside(Metrics([row]), problem)

    def _is_held(self, row: Row) -> bool:
        if row.key not in self._held:
            self._held[row.key] = held_marks(self._client, self.run_id, row.key)
        return mark(row.step, row.value) in self._held[row.key]

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Whether the store answers, so that nobody else waits to find out."""
        try:
            yield
        except Exception as problem:
            self._refusal = problem
            raise
        self._refusal = None

    def _tell(self, problem: Exception) -> None:
        if not self._told:
            self._told = True
            log.warning(
                "Run %s: its store does not take what it is given (%s). The run goes on; what it "
                "is to keep is held here and sent again.",
                self.run_id,
                reason(problem, self._location),
            )
