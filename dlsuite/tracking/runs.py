"""A run while it is going on: what is written into it, and how it is closed."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dlsuite.tracking import kept
from dlsuite.tracking.delivery import Delivery, Row
from dlsuite.tracking.endings import Ending
from dlsuite.tracking.lineage import Dataset, dataset_input
from dlsuite.tracking.location import Connection, log
from dlsuite.tracking.logged_model import Fields, log_saved_model
from dlsuite.tracking.processes import HEARTBEAT, moment
from dlsuite.tracking.values import (
    as_plain,
    as_text,
    cut,
    first_line,
    mark,
    metric_name,
    metric_value,
    suffixed,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow.entities import Run
    from pandas import DataFrame

# MLflow's limits on one call and on one text.
LARGEST_BATCH = 100
LONGEST_PARAMETER = 6000
LONGEST_TAG = 8000
CLOSING_PATIENCE = 60.0  # seconds for the last delivery; then what is left goes to a file


class TrackedRun:
    """An open run of a store. `Store.start` makes it and closes it.

    Attributes:
        run_id: Its id, 32 hexadecimal digits.
        pipeline: Its pipeline, which is MLflow's experiment.
        name: Its name, not unique.
        resumed: How often the run was reopened; 0 in its first process.
    """

    def __init__(self, connection: Connection, run: Run, pipeline: str) -> None:
        self.run_id: str = run.info.run_id
        self.name: str = run.info.run_name
        self.pipeline = pipeline
        self.resumed = int(run.data.tags.get("resumed", 0))
        self._connection, self._client = connection, connection.client
        self._parameters: dict[str, str] = dict(run.data.params)
        self._latest: dict[str, Row] = {}
        self._held: dict[str, set[tuple[int, float | None]]] = {}
        self._delivery = Delivery(self._send, self._beat, self._tell)

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Adds parameters. What is no text is written as JSON: `true`, `null`, `0.003`.

        MLflow never changes a parameter. In a resumed run a value that differs from the one held
        becomes the tag `changed.NAME`.
        """
        from mlflow.entities import Param

        texts = {name: cut(as_text(value), LONGEST_PARAMETER) for name, value in values.items()}
        changed = {n: t for n, t in texts.items() if self._parameters.get(n, t) != t}
        fresh = [Param(n, t) for n, t in texts.items() if n not in self._parameters]
        for first in range(0, len(fresh), LARGEST_BATCH):
            self._client.log_batch(self.run_id, params=fresh[first : first + LARGEST_BATCH])
        self._parameters.update({param.key: param.value for param in fresh})
        self.tags({f"changed.{name}": text for name, text in changed.items()})

    def tags(self, values: Mapping[str, Any]) -> None:
        """Sets tags; a tag that exists is replaced. Texts past 8,000 characters are cut."""
        from mlflow.entities import RunTag

        tags = [RunTag(name, cut(as_text(value), LONGEST_TAG)) for name, value in values.items()]
        for first in range(0, len(tags), LARGEST_BATCH):
            self._client.log_batch(self.run_id, tags=tags[first : first + LARGEST_BATCH])

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Hands metrics over and returns; a thread sends them within about a second.

        NaN is kept as NaN. MLflow's databases know no infinity: it is sent as the largest float,
        and `RunRecord` and `Store.runs` give it back as infinity. In a resumed run a value that
        the run already holds at this step is not sent again, so a whole history may be handed
        over.

        Raises:
            ValueError: A name that MLflow would refuse, or a value that is no number.
        """
        now = int(time.time() * 1000)
        rows = [Row(metric_name(n), metric_value(n, v), now, step) for n, v in values.items()]
        self._latest.update({row.key: row for row in rows})
        self._delivery.put(rows)

    def flush(self, patience: float = CLOSING_PATIENCE) -> int:
        """Waits until the metrics are in the store, an attempt failed, or `patience` s are over.

        Returns:
            How many numbers are still on their way.
        """
        return self._delivery.flush(patience)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Gives a path to write to; what stands there at the end becomes the artifact `name`."""
        place = PurePosixPath(name)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / place.name
            yield path
            parent = None if place.parent == PurePosixPath() else str(place.parent)
            self._client.log_artifact(self.run_id, str(path), parent)

    def text(self, name: str, content: str) -> None:
        """Writes a text as the artifact `name`, such as `recipe.yaml`."""
        with self.file(name) as path:
            path.write_text(content, encoding="utf-8")

    def json(self, name: str, content: Any) -> None:
        """Writes plain data as JSON. NaN and infinity are written as Python's json does."""
        self.text(name, f"{json.dumps(content, indent=2, default=as_plain)}\n")

    def table(self, name: str, rows: DataFrame) -> None:
        """Writes a table as CSV, without its index; `.csv` is added to a name without suffix."""
        with self.file(suffixed(name, ".csv")) as path:
            rows.to_csv(path, index=False)

    def figure(self, name: str, figure: Figure) -> None:
        """Writes a figure; the suffix of `name` says how, and is `.png` where it has none."""
        with self.file(suffixed(name, ".png")) as path:
            figure.savefig(path, bbox_inches="tight")

    def folder(self, local: str | Path, name: str) -> None:
        """Copies a folder with all it holds to the artifact folder `name`."""
        self._client.log_artifacts(self.run_id, str(local), name)

    def describe(self, markdown: str) -> None:
        """Sets the description that the MLflow UI shows on the run's page."""
        if len(markdown) > LONGEST_TAG:
            self.text("description.md", markdown)
        self.tags({"mlflow.note.content": markdown})

    def datasets(self, splits: Sequence[Dataset]) -> None:
        """Records which data each split held; the MLflow UI lists them as the run's datasets."""
        self._client.log_inputs(self.run_id, [dataset_input(split) for split in splits])

    def log_model(
        self,
        folder: str | Path,
        *,
        inputs: Fields,
        outputs: Fields,
        example: Mapping[str, Any],
        requirements: Sequence[str] | None = None,
    ) -> str:
        """Stores a SavedModel as the run's model, with the scores that the run has so far.

        `mlflow.pyfunc.load_model("models:/MODEL_ID")` answers from its `serving_default`
        signature without this suite; `RunRecord.saved_model` gives the folder back.

        Args:
            folder: SavedModel with a signature `serving_default`; it is copied.
            inputs: Name -> (dtype such as `uint8` or `string`, shape such as
                `(None, None, None, 1)`), as in the signature.
            outputs: Likewise.
            example: A small batch, one array per input.
            requirements: What pip must install to load the model. None: this TensorFlow.

        Returns:
            The id of the logged model, also kept as the tag `model_id`.
        """
        self.flush()
        model_id = log_saved_model(
            self._client,
            self.run_id,
            Path(folder),
            inputs=inputs,
            outputs=outputs,
            example=example,
            requirements=requirements,
            parameters=self._parameters,
            scores=list(self._latest.values()),
        )
        self.tags({"model_id": model_id})
        return model_id

    def close(self, ending: Ending) -> None:
        """Sends what waits and writes the status.

        An unreachable store does not raise: what it did not take is kept in a file and sent by
        the next command that looks into the store from this folder.
        """
        ended = int(time.time() * 1000)
        left = self._delivery.close(CLOSING_PATIENCE)
        untold: Ending | None = None
        try:
            if ending.report is not None:
                self.text("error.txt", ending.report)
            self.tags(ending.tags)
            self._client.set_terminated(self.run_id, ending.status, ended)
        except Exception:  # must not hide how the run really ended
            untold = ending
        if left or untold:
            rest = kept.Rest(self.run_id, left, untold, ended)
            path = kept.keep(self._connection.location, rest)
            log.error("Run %s: what its store did not take is kept in %s.", self.run_id, path)

    def _send(self, rows: Sequence[Row]) -> None:
        if self.resumed:
            rows = [row for row in rows if not self._is_held(row)]
        if rows:
            kept.send_rows(self._client, self.run_id, rows)

    def _is_held(self, row: Row) -> bool:
        if row.key not in self._held:
            history = self._client.get_metric_history(self.run_id, row.key)
            self._held[row.key] = {mark(point.step, point.value) for point in history}
        return mark(row.step, row.value) in self._held[row.key]

    def _beat(self) -> None:
        self._client.set_tag(self.run_id, HEARTBEAT, moment())

    def _tell(self, problem: Exception) -> None:
        log.warning(
            "Run %s: its store does not take what it is given (%s). Metrics are kept and sent "
            "again; the run goes on.",
            self.run_id,
            first_line(problem),
        )
