"""What is added to a run after its end, such as a look at its mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dlsuite.tracking.calls import File, Tags
from dlsuite.tracking.records import RunRecord
from dlsuite.tracking.refusals import in_words
from dlsuite.tracking.values import as_text
from dlsuite.tracking.writing import require_room


def add_files(
    record: RunRecord, files: Mapping[str, bytes], tags: Mapping[str, Any] | None = None
) -> None:
    """Keep files with a run, and tag it; its status, scores and times stay as they are.

    Args:
        record: The run.
        files: Contents by name, such as `errors/errors.html`; what is there is replaced.
        tags: Likewise.

    Raises:
        StoreError: The store does not take them.
    """
    connection = record.connection
    require_room(connection.location)
    with TemporaryDirectory() as scratch, in_words(connection.location):
        for name, content in files.items():
            path = Path(scratch) / Path(name).name
            path.write_bytes(content)
            File(name, path).make(connection.client, record.run_id)
        if tags:
            texts = {name: as_text(value) for name, value in tags.items()}
            Tags(texts).make(connection.client, record.run_id)
