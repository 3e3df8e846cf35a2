"""What a run asks of its store: calls that are made at once, or kept in files and made later.

Each may be made again after it was cut short or its answer was lost: that changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from dlsuite.tracking.delivery import LARGEST_BATCH, Row
from dlsuite.tracking.lineage import Dataset, dataset_input
from dlsuite.tracking.logged_model import Fields, log_saved_model
from dlsuite.tracking.refusals import lasting
from dlsuite.tracking.values import mark

if TYPE_CHECKING:
    from mlflow import MlflowClient

MOST = 100  # parameters or tags that MLflow takes in one call


class Call(Protocol):
    """One thing that a run asks of its store.

    Attributes:
        what: What it brings, in words that follow a number.
    """

    what: ClassVar[str]

    def make(self, client: MlflowClient, run_id: str) -> None:
        """Asks the store."""

    def count(self) -> int:
        """How many of `what`."""


@dataclass(frozen=True)
class Metrics:
    """Numbers; of these the run gets those that it does not hold yet."""

    what: ClassVar[str] = "numbers"
    rows: Sequence[Row]

    def make(self, client: MlflowClient, run_id: str) -> None:
        held = {key: held_marks(client, run_id, key) for key in {row.key for row in self.rows}}
        rows = [row for row in self.rows if mark(row.step, row.value) not in held[row.key]]
        for _, problem in send_rows(client, run_id, rows):
            raise problem

    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Parameters:
    what: ClassVar[str] = "parameters"
    values: Mapping[str, str]

    def make(self, client: MlflowClient, run_id: str) -> None:
        from mlflow.entities import Param

        params = [Param(name, text) for name, text in self.values.items()]
        for first in range(0, len(params), MOST):
            client.log_batch(run_id, params=params[first : first + MOST])

    def count(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Tags:
    what: ClassVar[str] = "tags"
    values: Mapping[str, str]

    def make(self, client: MlflowClient, run_id: str) -> None:
        from mlflow.entities import RunTag

        tags = [RunTag(name, text) for name, text in self.values.items()]
        for first in range(0, len(tags), MOST):
            client.log_batch(run_id, tags=tags[first : first + MOST])

    def count(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Datasets:
    what: ClassVar[str] = "data sets"
    splits: Sequence[Dataset]

    def make(self, client: MlflowClient, run_id: str) -> None:
        client.log_inputs(run_id, [dataset_input(split) for split in self.splits])

    def count(self) -> int:
        return len(self.splits)


@dataclass(frozen=True)
class File:
    """A file, or a folder with all it holds, as the artifact `name`; a file is called as `path`."""

    what: ClassVar[str] = "files"
    name: str
    path: Path

    def make(self, client: MlflowClient, run_id: str) -> None:
        if self.path.is_dir():
            client.log_artifacts(run_id, str(self.path), self.name)
        else:
            parent = PurePosixPath(self.name).parent
            inside = None if parent == PurePosixPath() else str(parent)
            client.log_artifact(run_id, str(self.path), inside)

    def count(self) -> int:
        return sum(each.is_file() for each in self.path.rglob("*")) if self.path.is_dir() else 1


@dataclass(frozen=True)
class Model:
    """A SavedModel in the folder `path`; see `TrackedRun.log_model`. No other has its `key`."""

    what: ClassVar[str] = "model"
    path: Path
    inputs: Fields
    outputs: Fields
    example: Mapping[str, Any]
    requirements: Sequence[str] | None
    parameters: Mapping[str, str]
    scores: Sequence[Row]
    key: str

    def make(self, client: MlflowClient, run_id: str) -> None:
        model_id = log_saved_model(
            client,
            run_id,
            self.path,
            inputs=self.inputs,
            outputs=self.outputs,
            example=self.example,
            requirements=self.requirements,
            parameters=self.parameters,
            scores=self.scores,
            key=self.key,
        )
        client.set_tag(run_id, "model_id", model_id)

    def count(self) -> int:
        return 1


@dataclass(frozen=True)
class End:
    """The status that a run ends with, and the tags that say why; `ended` in ms since 1970.

    It ends the process that had `resumed` the run so often: one that has gone on with it since
    makes it void.
    """

    what: ClassVar[str] = "end"
    status: str
    ended: int
    tags: Mapping[str, str]
    resumed: int

    def make(self, client: MlflowClient, run_id: str) -> None:
        if int(client.get_run(run_id).data.tags.get("resumed", 0)) > self.resumed:
            return
        for name, text in self.tags.items():
            client.set_tag(run_id, name, text)
        client.set_terminated(run_id, self.status, self.ended)

    def count(self) -> int:
        return 1


def send_rows(
    client: MlflowClient, run_id: str, rows: Sequence[Row]
) -> list[tuple[Row, Exception]]:
    """Sends rows. MLflow stores a row of the same name, time, step and value only once.

    Returns:
        The rows that the store refuses for good, each with its reason; all others are sent.
    """
    refused = []
    for first in range(0, len(rows), LARGEST_BATCH):
        refused += _send_batch(client, run_id, rows[first : first + LARGEST_BATCH])
    return refused


def _send_batch(
    client: MlflowClient, run_id: str, rows: Sequence[Row]
) -> list[tuple[Row, Exception]]:
    from mlflow.entities import Metric

    try:
        client.log_batch(run_id, metrics=[Metric(*row) for row in rows])
    except Exception as problem:
        if not lasting(problem):
            raise
        if len(rows) == 1:
            return [(rows[0], problem)]
        half = len(rows) // 2
        return [
            *_send_batch(client, run_id, rows[:half]),
            *_send_batch(client, run_id, rows[half:]),
        ]
    return []


def held_marks(client: MlflowClient, run_id: str, key: str) -> set[tuple[int, float | None]]:
    """The points of a metric that the run holds."""
    return {mark(each.step, each.value) for each in client.get_metric_history(run_id, key)}
