"""Does a server take connections? Found within a second, where libraries would try for minutes."""

from __future__ import annotations

import queue
import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any

WAIT = 0.8  # seconds
PORT = 443  # of HTTPS


def silence_of(host: str) -> str:
    """Why a server takes no connection, in words; empty if it does, or if a proxy stands between.

    All of its addresses are tried at once: one that nothing answers at, as those of IPv6 in many
    networks, takes no time from the others.

    Args:
        host: Such as `huggingface.co`, asked at the port of HTTPS.
    """
    if urllib.request.getproxies().get("https"):
        return ""  # the proxy knows
    heard: queue.SimpleQueue[list[str] | str] = queue.SimpleQueue()
    end = time.monotonic() + WAIT
    # In threads, as finding the addresses of a host knows no limit of time.
    _begin(_find, host, heard)
    waiting, last = 1, ""
    while waiting:
        try:
            told = heard.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            return f"{host} does not answer within {WAIT:g} s"
        waiting -= 1
        if isinstance(told, list):
            waiting += len(told)
            for address in told:
                _begin(_knock, address, heard)
        elif not told:
            return ""
        else:
            last = told
    return f"{host} cannot be reached, {last}"


def _begin(work: Callable[..., None], *given: Any) -> None:
    threading.Thread(target=work, args=given, daemon=True).start()


def _find(host: str, heard: queue.SimpleQueue[list[str] | str]) -> None:
    """Tells the addresses of a host, or why there are none."""
    try:
        found = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM)
        heard.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except OSError as error:
        heard.put(error.strerror or str(error))


def _knock(address: str, heard: queue.SimpleQueue[list[str] | str]) -> None:
    """Tells why an address takes no connection, empty if it does."""
    try:
        socket.create_connection((address, PORT), timeout=WAIT).close()
        heard.put("")
    except OSError as error:
        heard.put(error.strerror or str(error))
