"""Can runs be kept in a store on this machine? Asked before a training begins, not after it."""

from __future__ import annotations

import os
from tempfile import TemporaryFile

from dlsuite.disk import unwritten
from dlsuite.tracking.location import ANOTHER, Location, StoreError

LEAST = 1 << 20  # bytes: what the smallest run keeps, beside its model


def require_room(location: Location) -> None:
    """Returns where a store's files can be written and there is a little space for more.

    Raises:
        StoreError: They cannot; the message names the place and the way out.
    """
    if location.database is None:
        return  # a server knows for itself
    for place in (location.folder, location.folder / "artifacts", location.database):
        if place.exists() and not os.access(place, os.W_OK):
            raise _refusal(f"{place} can only be read")
    try:
        with TemporaryFile(dir=location.folder) as file:
            file.write(bytes(LEAST))
            file.flush()
    except OSError as problem:
        raise _refusal(unwritten(problem, location.folder)) from problem


def _refusal(why: str) -> StoreError:
    return StoreError(f"Runs cannot be kept: {why}. Nothing was trained; mend that, or {ANOTHER}")
