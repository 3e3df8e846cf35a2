"""Runs whose process has died without a word are closed, by whoever looks next."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from dlsuite.tracking.endings import Ending
from dlsuite.tracking.location import Connection
from dlsuite.tracking.processes import HEARTBEAT, why_gone
from dlsuite.tracking.records import RunRecord
from dlsuite.tracking.refusals import in_words
from dlsuite.tracking.runs import UNTOLD
from dlsuite.tracking.search import search


def close_dead(connection: Connection) -> list[str]:
    """Closes them as KILLED with the tag `killed_by`; see `Store.close_dead`."""
    from mlflow.exceptions import MlflowException

    closed = []
    with in_words(connection.location):
        for record in search(connection, "attributes.status = 'RUNNING'"):
            ending, reason = UNTOLD.get(record.run_id), why_gone(record.tags)
            if ending is None and reason is not None:
                ending = Ending("KILLED", {"killed_by": reason})
            # A store that can only be read is still worth a look.
            with suppress(MlflowException):
                if ending is not None and _close(connection, record, ending):
                    closed.append(record.run_id)
    return closed


def _close(connection: Connection, record: RunRecord, ending: Ending) -> bool:
    client = connection.client
    # It may have closed its run between the search and its end.
    if client.get_run(record.run_id).info.status != "RUNNING":
        return False
    ended = max(record.started, datetime.fromisoformat(record.tags[HEARTBEAT]))
    for name, value in ending.tags.items():
        client.set_tag(record.run_id, name, value)
    client.set_terminated(record.run_id, ending.status, int(ended.timestamp() * 1000))
    UNTOLD.pop(record.run_id, None)
    return True
