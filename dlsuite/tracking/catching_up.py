"""What earlier runs could not deliver is delivered: by `dlsuite sync`, and by whoever looks."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from dlsuite.progress import working
from dlsuite.tracking.location import (
    SQLITE,
    Connection,
    Location,
    StoreError,
    connect,
    locate,
    log,
)
from dlsuite.tracking.outbox import ABOUT, FOLDER, REFUSED, Outbox, in_words
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
        refused: How much the store refused for good, now or earlier; it was put aside.
        folder: Where these lie, or lay.
        reason: Why something still waits or was refused now; empty where neither is so.
    """

    run_id: str
    name: str
    store: str
    delivered: dict[str, int]
    left: dict[str, int]
    refused: dict[str, int]
    folder: str
    reason: str

    def text(self) -> str:
        """A few lines for a person."""
        said = f"run {self.run_id[:8]} ({self.name}): "
        said += f"delivered {in_words(Counter(self.delivered)) or 'nothing'}"
        if self.left:
            said += f"\n  kept in {self.folder}: {in_words(Counter(self.left))}"
        if self.refused:
            drop = f"{shlex.quote(self.folder)}/*{REFUSED}"
            said += f"\n  refused for good: {in_words(Counter(self.refused))}"
            said += f"; to drop it: rm -r {drop}"
        return f"{said}\n  {self.reason}" if self.reason else said


def sync(uri: str | None = None) -> Iterator[Synced]:
    """Delivers all that waits in `outbox` beside the store, and is for it.

    It may be cut short anywhere and begun again. What is for another store waits until that one is
    named: a folder that came from elsewhere must not choose who gets its files.

    Args:
        uri: The store; see `Store.open`.
    """
    location = locate(uri)
    connected: Connection | StoreError | None = None
    for outbox in _outboxes(location):
        with outbox.claimed() as mine:
            before, known = outbox.amounts(), outbox.amounts(refused=True)
            if not mine:
                why = BUSY
            elif outbox.location.uri != location.uri:
                theirs = shlex.quote(outbox.location.uri)
                why = f"it is for another store: MLFLOW_TRACKING_URI={theirs} dlsuite sync"
            elif before:
                connected = connected or _connected(location)
                why = _delivered(outbox, connected)
            left, refused = outbox.amounts(), outbox.amounts(refused=True)
        if before or known:
            yield Synced(
                run_id=outbox.run_id,
                name=outbox.name,
                store=outbox.location.uri,
                delivered=dict(before - left - (refused - known)),
                left=dict(left),
                refused=dict(refused),
                folder=str(outbox.folder),
                reason=why if left or refused != known else "",
            )


def deliver_what_waits(connection: Connection) -> None:
    """Delivers what waits for this store, as far as it takes it; the rest stays, unsaid.

    Files and models for a server wait for `sync` or their run: who only looks must not wait long.
    """
    light = connection.location.database is None
    for outbox in _outboxes(connection.location):
        if outbox.waiting and outbox.location.uri == connection.location.uri:
            with outbox.claimed() as mine, suppress(Exception):
                if mine:
                    with working(f"delivering what run {outbox.run_id[:8]} kept"):
                        outbox.deliver(connection.client, light=light)


def _outboxes(location: Location) -> list[Outbox]:
    """Those that lie beside a store, whichever stores they are for."""
    found = []
    for about in sorted((location.folder / FOLDER).glob(f"*/{ABOUT}")):
        try:
            facts = json.loads(about.read_text(encoding="utf-8"))
            uri, name, database = str(facts["uri"]), str(facts["name"]), None
        except (OSError, ValueError, KeyError, TypeError) as problem:
            log.warning("%s cannot be read: %s", about, problem)
            continue
        if "://" not in uri:
            database = location.folder / uri
            uri = f"{SQLITE}{database}"
        theirs = Location(uri, location.folder, database)
        found.append(Outbox(theirs, about.parent.name, name))
    return found


def _delivered(outbox: Outbox, connected: Connection | StoreError) -> str:
    """Delivers what one run kept; why it does not go further, empty where all is delivered."""
    if isinstance(connected, StoreError):
        return str(connected)
    location = connected.location
    try:
        outbox.deliver(connected.client)
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
