"""A real HTTP server on this machine that serves files as well or as badly as a test wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server offers and how.

    Attributes:
        files: Contents by path, without the leading slash.
        ranges: Whether it answers a request for a part of a file with that part.
        cuts: Bytes after which it hangs up, one number for each answer still to be cut.
        tags: ETag by path.
        lengths: Whether it says how long a file is.
        encoded: Whether it claims that what it gives is gzipped for the way.
        stalls: Seconds before the first byte of a file.
        asked: Every request: path and its Range.
    """

    files: dict[str, bytes]
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    lengths: bool = True
    encoded: bool = False
    stalls: float = 0.0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    """Inside, the files are served from `served.address`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *words: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            wanted = self.headers.get("Range")
            served.asked.append((name, wanted))
            content = served.files.get(name)
            if content is None:
                self.send_error(404)
                return
            tag = served.tags.get(name)
            start, total = 0, len(content)
            fresh = self.headers.get("If-Range") not in (None, tag)
            if served.ranges and wanted and not fresh:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= total:
                    self.send_response(416)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            else:
                self.send_response(200)
            if tag:
                self.send_header("ETag", tag)
            if served.encoded:
                self.send_header("Content-Encoding", "gzip")
            body = content[start:]
            if served.lengths:
                self.send_header("Content-Length", str(len(body)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            if self.command == "HEAD":
                return
            time.sleep(served.stalls)
            if served.cuts:
                self.wfile.write(body[: served.cuts.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(body)
            self.close_connection = not served.lengths

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
