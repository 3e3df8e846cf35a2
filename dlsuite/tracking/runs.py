"""A run while it is going on: what is written into it, and how it is closed."""

from __future__ import annotations

import json
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from dlsuite.tracking.calls import Datasets, End, File, Model, Parameters, Tags
from dlsuite.tracking.delivery import Row
from dlsuite.tracking.door import HASTE, PATIENCE, Door
from dlsuite.tracking.endings import FINISHED, Ending, ending_of
from dlsuite.tracking.lineage import Dataset
from dlsuite.tracking.location import Connection, log
from dlsuite.tracking.logged_model import Fields, texts
from dlsuite.tracking.paths import as_name
from dlsuite.tracking.pictures import saved
from dlsuite.tracking.values import (
    as_plain,
    as_text,
    cut,
    first_line,
    metric_name,
    metric_value,
    parameter_names,
    suffixed,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow.entities import Run
    from pandas import DataFrame

# MLflow's limits on one text.
LONGEST_PARAMETER = 6000
LONGEST_TAG = 8000
# Runs of this process whose end could be written nowhere, and that end.
UNTOLD: dict[str, Ending] = {}


class TrackedRun:
    """An open run of a store. `Store.start` makes it and closes it.

    Where the store refuses what it is given, or does not answer, that is said once and the run goes
    on: what it is given from then on waits, and is sent when the store takes it again; see `Door`.

    Attributes:
        run_id: Its id, 32 hexadecimal digits.
        pipeline: Its pipeline, which is MLflow's experiment.
        name: Its name, not unique.
        resumed: How often the run was reopened; 0 in its first process.
    """

    def __init__(self, connection: Connection, run: Run, pipeline: str) -> None:
        self.run_id: str = as_name(run.info.run_id)
        self.name: str = run.info.run_name
        self.pipeline = pipeline
        self.resumed = int(run.data.tags.get("resumed", 0))
        self._parameters: dict[str, str] = dict(run.data.params)
        self._latest: dict[str, Row] = {}
        self._door = Door(connection, self.run_id, self.name, bool(self.resumed))

    def parameters(self, values: Mapping[str, Any]) -> None:
        """Adds parameters. What is no text is written as JSON: `true`, `null`, `0.003`.

        MLflow never changes a parameter. In a resumed run a value that differs from the one held
        becomes the tag `changed.NAME`. Characters that MLflow takes in no name become `_`.
        """
        names = parameter_names(values)
        given = {names[n]: cut(as_text(value), LONGEST_PARAMETER) for n, value in values.items()}
        changed = {n: t for n, t in given.items() if self._parameters.get(n, t) != t}
        fresh = {n: t for n, t in given.items() if n not in self._parameters}
        if fresh:
            self._door.ask(Parameters(fresh))
        self._parameters.update(fresh)
        self.tags({f"changed.{name}": text for name, text in changed.items()})

    def tags(self, values: Mapping[str, Any]) -> None:
        """Sets tags; a tag that exists is replaced. Texts past 8,000 characters are cut."""
        if values:
            self._door.ask(Tags({name: cut(as_text(v), LONGEST_TAG) for name, v in values.items()}))

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
        self._door.put(rows)

    def flush(self, patience: float = PATIENCE) -> int:
        """Waits until the metrics are in the store, an attempt failed, or `patience` s are over.

        Returns:
            How many numbers are still on their way.
        """
        return self._door.flush(patience)

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Gives a path to write to; what stands there at the end becomes the artifact `name`."""
        place = PurePosixPath(name)
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / place.name
            yield path
            self._door.ask(File(name, path))

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
            saved(figure, path)

    def folder(self, local: str | Path, name: str) -> None:
        """Copies a folder with all it holds to the artifact folder `name`."""
        self._door.ask(File(name, Path(local)))

    def describe(self, markdown: str) -> None:
        """Sets the description that the MLflow UI shows on the run's page."""
        if len(markdown) > LONGEST_TAG:
            self.text("description.md", markdown)
        self.tags({"mlflow.note.content": markdown})

    def datasets(self, splits: Sequence[Dataset]) -> None:
        """Records which data each split held; the MLflow UI lists them as the run's datasets."""
        self._door.ask(Datasets(splits))

    def log_model(
        self,
        folder: str | Path,
        *,
        inputs: Fields,
        outputs: Fields,
        example: Mapping[str, Any],
        requirements: Sequence[str] | None = None,
    ) -> None:
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

        The tag `model_id` names it.
        """
        self.flush()
        self._door.ask(
            Model(
                Path(folder),
                inputs,
                outputs,
                {name: texts(array) for name, array in example.items()},
                requirements,
                dict(self._parameters),
                list(self._latest.values()),
                uuid.uuid4().hex,
            )
        )

    def close(self, ending: Ending) -> None:
        """Sends what waits and writes the status.

        A store that does not take it all is no error: the rest waits in files, and `sync` or the
        next command that looks into the store from this folder sends it; files for a server are
        left to `sync`. A run that a signal ends waits a few seconds for its store, not a minute.

        Raises:
            StoreError: The run has finished, and those files cannot be written either. It is then
                FAILED, as far as that can be written.
        """
        problem = self._left(ending)
        if problem is not None:
            UNTOLD[self.run_id] = ending_of(problem) if ending is FINISHED else ending
            if ending is FINISHED:
                self._left(UNTOLD[self.run_id])
            else:  # it must not hide how the run really ended
                log.error(
                    "Run %s ended as %s, and not all of that can be written: %s.",
                    self.run_id,
                    ending.status,
                    first_line(problem.__cause__ or problem),
                )
        self._door.close()
        if problem is not None and ending is FINISHED:
            raise problem

    def _left(self, ending: Ending) -> Exception | None:
        """What went wrong first of all that is to be written at the end; the rest is tried too."""
        haste = ending.status == "KILLED"
        steps: list[Callable[[], None]] = [
            partial(self._door.last_numbers, HASTE if haste else PATIENCE)
        ]
        if ending.report is not None:
            steps.append(partial(self.text, "error.txt", ending.report))
        end = End(ending.status, int(time.time() * 1000), ending.tags, self.resumed)
        steps.append(partial(self._door.end_in_haste if haste else self._door.end, end))
        wrong: Exception | None = None
        for step in steps:
            if wrong is not None and ending is FINISHED:
                break
            try:
                step()
            except Exception as problem:
                wrong = wrong or problem
        return wrong
