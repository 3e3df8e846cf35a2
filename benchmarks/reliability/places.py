"""Places that refuse: a real tracking server to kill, a small disk to fill, one only to be read."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from dlsuite.tracking import StoreError, locate, serve_ui


class Server:
    """A real tracking server on the loopback, always on the same port.

    Args:
        folder: Gets its database and its artifacts.
        first: Port from which a free one is looked for.
    """

    def __init__(self, folder: Path, first: int = 5750) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._location = locate(f"sqlite:///{folder / 'mlflow.db'}")
        self._port = first
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        """Returns when it answers; on a machine that is very busy only the second one may."""
        try:
            ui = self._running.enter_context(serve_ui(self._location, port=self._port))
        except StoreError:
            ui = self._running.enter_context(serve_ui(self._location, port=self._port))
        self.url, self._process = ui.url, psutil.Process(ui.process.pid)
        self._port = int(ui.url.rpartition(":")[2])

    def kill(self) -> None:
        """Ends it and what it started with SIGKILL."""
        with suppress(psutil.NoSuchProcess):
            for process in (*self._process.children(recursive=True), self._process):
                process.kill()
        self._running.close()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[bool]:
    """Makes a folder a file system of its own, in memory, such as `12m`; False where it cannot."""
    folder.mkdir(parents=True, exist_ok=True)
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as done:
        yield done


@contextmanager
def only_to_be_read(folder: Path) -> Iterator[bool]:
    """Nobody writes into a folder, not even root; False where that cannot be had."""
    with _mounted(folder, "--bind", str(folder)) as done:
        options = ["-o", "remount,ro,bind"]
        yield (
            done and not subprocess.run(["mount", *options, folder], capture_output=True).returncode
        )


def fill(disk: Path, leave: int = 0) -> Path:
    """Fills a file system to the last byte, but for about `leave`; the file that does it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 14))
        except OSError:
            file.truncate(max(file.tell() - leave, 0))
    return ballast


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[bool]:
    try:
        asked = subprocess.run(["mount", *options, folder], capture_output=True)
        done = not asked.returncode
    except OSError:
        done = False
    try:
        yield done
    finally:
        if done:
            # Lazily: a database in it may still be open in this process.
            subprocess.run(["umount", "--lazy", folder], capture_output=True, check=False)
