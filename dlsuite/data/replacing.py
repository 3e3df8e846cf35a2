"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(file: Path, *, shared: bool = False) -> Iterator[IO[bytes]]:
    """A draft beside `file` that takes its place at the end; of a failure nothing stays.

    Args:
        file: To be written.
        shared: Whether others may read it, as far as the user's mask lets them; else only the
            user can.
    """
    with tempfile.NamedTemporaryFile(
        dir=file.parent, prefix=f".{file.name}.", delete=False
    ) as draft:
        try:
            yield draft  # type: ignore[misc]
            if shared:
                os.chmod(draft.name, 0o666 & ~_mask())
            draft.close()  # what is not yet written may not fit on the disk
            os.replace(draft.name, file)
        except BaseException:
            os.unlink(draft.name)
            raise


def _mask() -> int:
    """What the user lets nobody do with new files."""
    found = os.umask(0)
    os.umask(found)
    return found
