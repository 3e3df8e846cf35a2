"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(file: Path) -> Iterator[IO[bytes]]:
    """A draft beside `file` that takes its place at the end; of a failure nothing stays.

    Only the user can read what is written so, unless the mode of the draft is changed.
    """
    with tempfile.NamedTemporaryFile(
        dir=file.parent, prefix=f".{file.name}.", delete=False
    ) as draft:
        try:
            yield draft  # type: ignore[misc]
            draft.close()  # what is not yet written may not fit on the disk
            os.replace(draft.name, file)
        except BaseException:
            os.unlink(draft.name)
            raise
