"""What a person sees while something slow but silent goes on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading(what: str) -> Iterator[None]:
    """A spinner on a terminal, nothing elsewhere; TensorFlow's start-up lines are kept away.

    Args:
        what: What is waited for, such as `loading TensorFlow`.
    """
    from dlsuite.training import quiet_import

    if not sys.stderr.isatty():
        with quiet_import():
            yield
        return
    from rich.console import Console

    # Standard error itself is silenced: the spinner writes to a copy of its descriptor.
    with (
        os.fdopen(os.dup(sys.stderr.fileno()), "w") as terminal,
        Console(file=terminal).status(f"{what} …"),
        quiet_import(),
    ):
        yield


def say(words: str) -> None:
    """One line on standard error about what is being done."""
    from rich.console import Console

    Console(stderr=True).print(f"[dim]{words} …[/]", highlight=False, soft_wrap=True)
