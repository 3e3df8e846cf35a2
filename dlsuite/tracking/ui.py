"""The MLflow UI on the suite's store, for this machine alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from dlsuite.progress import working
from dlsuite.tracking.endings import sigterm_raises
from dlsuite.tracking.location import (
    MLFLOW_MANNERS,
    Connection,
    Location,
    StoreError,
    connect,
    locate,
)
from dlsuite.tracking.search import WHOLE, search

LOOPBACK = "127.0.0.1"
PORT = 5000
PORTS_TRIED = 20
PATIENCE = 120.0  # seconds; it answers after about 7 on a quiet machine

# Without it the UI takes every experiment for one of agents and opens on a page of traces.
VIEW = "?workflowType=machine_learning"
END_PATIENCE = 10.0  # seconds between asking the server to end and ending it


@dataclass(frozen=True)
class Ui:
    """A running UI.

    Attributes:
        url: Where a browser on this machine finds it.
        newest: Page of the run that was the newest one when the UI came up; None without runs.
        process: The server.
        log: What the server says.
    """

    url: str
    newest: str | None
    process: subprocess.Popen
    log: Path


def show_ui(say: Callable[[Ui], None], uri: str | None = None, *, port: int = PORT) -> None:
    """Runs the UI until Ctrl-C or SIGTERM; `say` gets it once it answers.

    Args:
        uri: The store; see `Store.open`.
        port: First port tried; the next free one is taken.

    Raises:
        StoreError: The store is a server, which has a UI of its own, or no UI came up.
    """
    with sigterm_raises(), serve_ui(locate(uri), port=port) as ui:
        with suppress(KeyboardInterrupt):
            say(ui)
            ui.process.wait()
            raise StoreError(f"The MLflow UI has ended. It said: {_last_words(ui.log)}")


@contextmanager
def serve_ui(location: Location, *, port: int = PORT) -> Iterator[Ui]:
    """The UI while the block lasts. It is also a tracking server for other processes here."""
    if location.database is None:
        raise StoreError(f"The store is a server with a UI of its own: open {location.uri}.")
    connection = connect(location)
    log, port = location.folder / "ui.log", _free(port)
    command = [sys.executable, "-m", "mlflow", "ui", "--host", LOOPBACK, "--port", str(port)]
    command += ["--backend-store-uri", location.uri, "--workers", "1"]
    command += ["--artifacts-destination", str(location.folder / "artifacts")]
    # Without its job runner it starts sooner; the suite has no use for it.
    environment = {**MLFLOW_MANNERS, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", **os.environ}
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        with working("starting the MLflow UI"):
            _wait(process, port, log)
        url = f"http://{LOOPBACK}:{port}"
        yield Ui(url, _newest(connection, url), process, log)
    finally:
        _end(process)


def _newest(connection: Connection, url: str) -> str | None:
    found = search(connection, WHOLE, limit=1)
    if not found:
        return None
    run = connection.client.get_run(found[0].run_id).info
    return f"{url}/#/experiments/{run.experiment_id}/runs/{run.run_id}{VIEW}"


def _free(first: int) -> int:
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            # As the server does: a port whose last connection is still fading is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise StoreError(
        f"A port must be free. Received: {first} to {first + PORTS_TRIED - 1}, all taken."
    )


def _wait(process: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        request = HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            request.request("GET", "/health")
            request.getresponse()
            return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            request.close()
    raise StoreError(f"The MLflow UI did not come up. It said: {_last_words(log)}")


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    return " / ".join(lines[-3:]) or "nothing"


def _end(process: subprocess.Popen) -> None:
    """Ends the server and what it started."""
    import psutil

    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    process.terminate()
    try:
        process.wait(END_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(children, timeout=END_PATIENCE)
    for child in alive:
        child.kill()
