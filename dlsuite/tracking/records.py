"""A run as it is kept: what was written into it, whoever wrote it and wherever it is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dlsuite.progress import working
from dlsuite.tracking.location import Connection, StoreError
from dlsuite.tracking.logged_model import SAVED_MODEL
from dlsuite.tracking.paths import as_name, local_path, own_path
from dlsuite.tracking.refusals import in_words
from dlsuite.tracking.values import as_measured, suffixed

if TYPE_CHECKING:
    from mlflow.entities import Run
    from pandas import DataFrame

# How columns of per-example tables begin that hold names even where they look like numbers.
NAMES = ("label", "predicted")


WEIGHTS = "weights/model.weights.h5"  # the file of every run whose training came to its end


@dataclass(frozen=True)
class RunRecord:
    """A run, read once.

    Attributes:
        run_id: Its id.
        name: Its name, not unique.
        pipeline: Its pipeline.
        status: RUNNING, FINISHED, FAILED or KILLED.
        started: When it first started, UTC.
        duration: Seconds from there to its end, pauses before a resume included; to now while
            it runs.
        params: Parameters as text.
        metrics: Latest value of each metric.
        tags: All tags, MLflow's own included.
    """

    run_id: str
    name: str
    pipeline: str
    status: str
    started: datetime
    duration: float
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    connection: Connection = field(repr=False, compare=False)
    artifact_uri: str = field(repr=False, compare=False)

    def artifacts(self) -> list[str]:
        """Names of all files kept with the run, such as `figures/curves.png`.

        Raises:
            StoreError: The folder that held them is gone, or the store does not answer.
        """
        if self.files_gone is not None:
            raise StoreError(f"The files of {self} are gone: {self.files_gone} is not there.")
        with in_words(self.connection.location):
            return sorted(self._files(None))

    @property
    def files_gone(self) -> Path | None:
        """The folder of the run's files, where it was on this machine and is not there any more."""
        if self.connection.location.database is None:
            return None  # a server may name any folder
        here = local_path(self.artifact_uri)
        return None if here is None or here.is_dir() else here

    def keeps(self, name: str) -> bool:
        """Whether a file is kept with the run; False where all of them are gone."""
        return self.files_gone is None and name in self.artifacts()

    def artifact(self, name: str) -> Path:
        """A file or folder kept with the run, on this machine; fetched if it is on a server.

        Raises:
            StoreError: There is none of that name; the message lists what there is.
        """
        here = own_path(self.connection.location, self.artifact_uri)
        if here is not None and (here / name).exists():
            return here / name
        names = self.artifacts()
        if not any(each == name or each.startswith(f"{name}/") for each in names):
            nearest = get_close_matches(name, names, n=3) or names
            raise StoreError(
                f"{self} keeps no `{name}`. There are: {', '.join(nearest) or 'none'}."
            )
        with in_words(self.connection.location):
            target = self._downloads(self.run_id)
            return Path(self.connection.client.download_artifacts(self.run_id, name, str(target)))

    def table(self, name: str) -> DataFrame:
        """A table kept with the run, such as `examples/test`, with the very numbers it had.

        Raises:
            StoreError: There is none of that name.
        """
        import pandas as pd

        path = self.artifact(suffixed(name, ".csv"))
        columns = [str(name) for name in pd.read_csv(path, nrows=0)]
        named = [name for name in columns if name.startswith(NAMES)] if "correct" in columns else []
        texts = {"key", *named} & set(columns)
        # A class may be called `NA`.
        absent: Any = {column: [""] for column in columns if column not in texts}
        types: Any = dict.fromkeys(texts, str)
        return pd.read_csv(path, dtype=types, na_values=absent, keep_default_na=False)

    def saved_model(self) -> Path:
        """The folder of the run's SavedModel, on this machine; fetched once from a server.

        Raises:
            StoreError: The run stored no model, or it is gone.
        """
        if "model_id" not in self.tags:
            raise StoreError(f"{self} stored no model.")
        with in_words(self.connection.location):
            return self._saved_model(as_name(self.tags["model_id"]))

    def _saved_model(self, model_id: str) -> Path:
        uri = self.connection.client.get_logged_model(model_id).artifact_location
        here = own_path(self.connection.location, uri)
        if here is not None:
            if not (here / SAVED_MODEL).is_dir():
                raise StoreError(f"The model of {self} is gone: {here} does not hold it.")
            return here / SAVED_MODEL
        target = self._downloads(model_id) / SAVED_MODEL
        if not target.exists():
            from mlflow.artifacts import download_artifacts

            with (
                TemporaryDirectory(dir=target.parent) as draft,
                working("fetching the model"),
            ):
                whole = download_artifacts(
                    f"models:/{model_id}",
                    dst_path=draft,
                    tracking_uri=self.connection.location.uri,
                )
                try:
                    os.replace(Path(whole) / SAVED_MODEL, target)
                except OSError:
                    if not target.is_dir():  # else another process was quicker
                        raise
        return target

    def history(self, metric: str) -> list[tuple[int, float]]:
        """All values of a metric as (step, value), by step; the latest where a step has several."""
        with in_words(self.connection.location):
            points = self.connection.client.get_metric_history(self.run_id, metric)
        ordered = sorted(points, key=lambda point: (point.step, point.timestamp))
        return list({point.step: as_measured(point.value) for point in ordered}.items())

    def __str__(self) -> str:
        return f"Run {self.run_id} ({self.name}, {self.status})"

    def _files(self, folder: str | None) -> list[str]:
        found: list[str] = []
        for entry in self.connection.client.list_artifacts(self.run_id, folder):
            found += self._files(entry.path) if entry.is_dir else [entry.path]
        return found

    def _downloads(self, name: str) -> Path:
        path = self.connection.location.folder / "downloads" / name
        path.mkdir(parents=True, exist_ok=True)
        return path


def record_of(connection: Connection, run: Run, pipeline: str) -> RunRecord:
    """The record of one of MLflow's runs; `pipeline` is the name of its experiment."""
    info = run.info
    started = info.start_time / 1000
    # MLflow keeps the old end of a run that was reopened.
    ended = None if info.status == "RUNNING" else info.end_time
    return RunRecord(
        run_id=as_name(info.run_id),
        name=info.run_name,
        pipeline=pipeline,
        status=info.status,
        started=datetime.fromtimestamp(started, UTC),
        duration=(ended / 1000 if ended else datetime.now(UTC).timestamp()) - started,
        params=dict(run.data.params),
        metrics={name: as_measured(value) for name, value in run.data.metrics.items()},
        tags=dict(run.data.tags),
        connection=connection,
        artifact_uri=info.artifact_uri,
    )
