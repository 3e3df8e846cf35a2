"""TensorFlow's start-up lines, kept away from a person's terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def quiet_import() -> Iterator[None]:
    """Inside, what is written to the standard error descriptor is held back.

    TensorFlow writes from C++ before any log level counts, so the descriptor itself goes elsewhere.
    Where an import in the block fails, all that was held back is written after all: it may hold the
    reason. Before any other error it would only stand in the way.
    """
    with suppress(AttributeError, ValueError):  # A test or a notebook may have replaced stderr.
        sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except ImportError:
            os.dup2(kept, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
