"""What earlier runs could not deliver is delivered: by `dlsuite sync`, and by whoever looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from dlsuite.progress import working
from dlsuite.tracking.location import Connection, Location, StoreError, connect, locate
from dlsuite.tracking.outbox import Outbox, in_words, outboxes
from dlsuite.tracking.refusals import missing_run, reason

BUSY = "its run still goes on, or another command delivers it now"


@dataclass(frozen=True)
class Synced:
    """What became of the things that one run keeps for its store.

    Attributes:
        run_id: The run.
        name: Its name.
        store: URI of its store.
        delivered: How much the store took now, by what it is.
        left: How much still waits.
        folder: Where that lies, or lay.
        reason: Why something is left; empty where nothing is.
    """

    run_id: str
    name: str
    store: str
    delivered: dict[str, int]
    left: dict[str, int]
    folder: str
    reason: str

    def text(self) -> str:
        """One or two lines for a person."""
        said = f"run {self.run_id[:8]} ({self.name}): "
        said += f"delivered {in_words(Counter(self.delivered)) or 'nothing'}"
        if not self.left:
            return said
        return f"{said}\n  kept in {self.folder}: {in_words(Counter(self.left))}; {self.reason}"


def sync(uri: str | None = None) -> Iterator[Synced]:
    """Delivers all that waits in `outbox` beside the store, each run to its own store.

    It may be cut short anywhere and begun again.

    Args:
        uri: The store beside which to look; see `Store.open`.
    """
    connections: dict[str, Connection | StoreError] = {}
    for outbox in outboxes(locate(uri)):
        with outbox.claimed() as mine:
            before = outbox.amounts()
            why = _delivered(outbox, connections) if mine else BUSY
            after = outbox.amounts()
        if before:
            yield Synced(
                run_id=outbox.run_id,
                name=outbox.name,
                store=outbox.location.uri,
                delivered=dict(before - after),
                left=dict(after),
                folder=str(outbox.folder),
                reason=why if after else "",
            )


def deliver_what_waits(connection: Connection) -> None:
    """Delivers what waits for this store, as far as it takes it; the rest stays, unsaid."""
    for outbox in outboxes(connection.location):
        if outbox.location.uri == connection.location.uri:
            with outbox.claimed() as mine, suppress(Exception):
                if mine:
                    with working(f"delivering what run {outbox.run_id[:8]} kept"):
                        outbox.deliver(connection.client)


def _delivered(outbox: Outbox, connections: dict[str, Connection | StoreError]) -> str:
    """Delivers what one run kept; why it does not go further, empty where all is delivered."""
    location = outbox.location
    if location.uri not in connections:
        connections[location.uri] = _connected(location)
    known = connections[location.uri]
    if isinstance(known, StoreError):
        return str(known)
    try:
        outbox.deliver(known.client)
    except Exception as problem:  # whatever the network, the database or MLflow raises
        if missing_run(problem):
            return f"{location.uri} has no such run any more"
        return reason(problem, location)
    return "; ".join(f"refused for good: {each}" for each in outbox.refusals())


def _connected(location: Location) -> Connection | StoreError:
    if not location.exists:  # a new one would not have the run
        return StoreError(f"its store {location.uri} is gone")
    try:
        return connect(location)
    except StoreError as problem:
        return problem
