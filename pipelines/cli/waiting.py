"""What a person sees while something slow goes on: TensorFlow's start, and all that work says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlsuite.progress import listening, shown, working


@contextmanager
def watched(quiet: bool) -> Iterator[None]:
    """Inside, slow work is shown on standard error; where it is to be quiet, nothing is."""
    with listening(None) if quiet else shown():
        yield


@contextmanager
def loading(what: str) -> Iterator[None]:
    """Slow work that TensorFlow's start-up lines belong to: they are kept away.

    Args:
        what: What is waited for, such as `loading TensorFlow`.
    """
    from dlsuite.training import quiet_import

    with working(what), quiet_import():
        yield
