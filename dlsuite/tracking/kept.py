"""What a store did not take when its run closed: kept in a file, sent at the next look."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlsuite.tracking.delivery import LARGEST_BATCH, Row
from dlsuite.tracking.endings import Ending
from dlsuite.tracking.location import Connection, Location

if TYPE_CHECKING:
    from mlflow import MlflowClient

FOLDER = "undelivered"


@dataclass(frozen=True)
class Rest:
    """What is left of a run.

    Attributes:
        run_id: The run.
        rows: Metrics that were not delivered.
        ending: How the run ended, where its store does not know; else None.
        ended: When, in ms since 1970.
    """

    run_id: str
    rows: list[Row]
    ending: Ending | None
    ended: int


def keep(location: Location, rest: Rest) -> Path:
    """Writes `undelivered/RUN_ID.json` beside the store, whole or not at all.

    Returns:
        The path of the file.
    """
    path = location.folder / FOLDER / f"{rest.run_id}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({"uri": location.uri, **asdict(rest)}), encoding="utf-8")
    os.replace(draft, path)
    return path


def send(connection: Connection) -> None:
    """Sends what earlier runs of this store could not, as far as the store takes it now."""
    from filelock import FileLock

    folder = connection.location.folder / FOLDER
    if not folder.is_dir():
        return
    with FileLock(folder / ".lock"):  # several commands may look at once
        for path in sorted(folder.glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("uri") == connection.location.uri and _take(connection.client, content):
                path.unlink()


def send_rows(client: MlflowClient, run_id: str, rows: Sequence[Row]) -> None:
    """Sends rows. MLflow stores a row of the same name, time, step and value only once."""
    from mlflow.entities import Metric

    for first in range(0, len(rows), LARGEST_BATCH):
        metrics = [Metric(*row) for row in rows[first : first + LARGEST_BATCH]]
        client.log_batch(run_id, metrics=metrics)


def _take(client: MlflowClient, content: dict) -> bool:
    """Whether all of it was sent, or there is no such run any more to send it to."""
    from mlflow.exceptions import MlflowException

    run_id = content["run_id"]
    ending = Ending(**content["ending"]) if content["ending"] else None
    try:
        send_rows(client, run_id, [Row(*row) for row in content["rows"]])
        if ending is not None:
            for name, value in ending.tags.items():
                client.set_tag(run_id, name, value)
            if ending.report is not None:
                client.log_text(run_id, ending.report, "error.txt")
            client.set_terminated(run_id, ending.status, content["ended"])
    except MlflowException as problem:
        return problem.error_code == "RESOURCE_DOES_NOT_EXIST"
    return True
