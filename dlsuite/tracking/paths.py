"""Which paths on this machine may a store name? What a server answers must not reach any other."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from dlsuite.tracking.location import Location, StoreError

NAME = re.compile(r"[A-Za-z0-9_-]+")


def local_path(uri: str) -> Path | None:
    """The path that a `file:` URI or a bare path names; None where it is on a server."""
    parts = urlsplit(uri)
    return Path(url2pathname(parts.path)) if parts.scheme in ("", "file") else None


def own_path(location: Location, uri: str) -> Path | None:
    """The path that a URI names below the artifacts of a store in a file; None for all others."""
    here = local_path(uri)
    if location.database is None or here is None:
        return None
    return here if (location.folder / "artifacts").resolve() in here.resolve().parents else None


def as_name(given: str) -> str:
    """The id of a run or of a model, where it can be the name of a folder.

    Raises:
        StoreError: It cannot; `..` would lead out of the folder that is meant.
    """
    if not NAME.fullmatch(given):
        raise StoreError(
            "The id of a run or of a model must consist of letters, digits, `_` and `-`. "
            f"Received: {given!r}."
        )
    return given
