"""The store of runs: open one, start a run in it, find runs again."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dlsuite.tracking.catching_up import deliver_what_waits
from dlsuite.tracking.closing import close_dead
from dlsuite.tracking.endings import FINISHED, ending_of, sigterm_raises
from dlsuite.tracking.environment import UNTAGGED, facts, tags_of_the_ui
from dlsuite.tracking.location import Connection, Location, StoreError, connect, locate
from dlsuite.tracking.processes import PID, own_tags, seconds_silent
from dlsuite.tracking.records import RunRecord
from dlsuite.tracking.refusals import in_words
from dlsuite.tracking.runs import TrackedRun
from dlsuite.tracking.search import PARENT, WHOLE, find, search, table
from dlsuite.tracking.writing import require_room

if TYPE_CHECKING:
    from mlflow.entities import Run
    from pandas import DataFrame

SILENT_ELSEWHERE = 300.0  # seconds after which a run of another host may be resumed


@dataclass(frozen=True)
class Store:
    """A store of runs. `Store.open` makes one."""

    connection: Connection

    @classmethod
    def open(cls, uri: str | None = None) -> Store:
        """Opens the store, creating `mlruns/mlflow.db` in the current folder if need be.

        Args:
            uri: Tracking URI. None: `MLFLOW_TRACKING_URI`, or else the current folder.

        Raises:
            StoreError: It cannot be opened; the message says why.
        """
        return cls(connect(locate(uri)))

    @staticmethod
    def describe(uri: str | None = None) -> str:
        """Where runs are kept, in words; opens and creates nothing."""
        location = locate(uri)
        return location.uri if location.exists else f"{location.uri} (the first run creates it)"

    @property
    def location(self) -> Location:
        return self.connection.location

    @contextmanager
    def start(
        self,
        pipeline: str,
        name: str,
        *,
        resume: str | None = None,
        parent: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> Iterator[TrackedRun]:
        """Opens a run for a `with` block and closes it with a truthful status.

        Left normally the run is FINISHED; by an exception FAILED, with the tag `error` and the
        traceback in `error.txt`; by Ctrl-C or SIGTERM KILLED, with the tag `killed_by`. SIGTERM
        raises `Terminated` in the main thread. The exception goes on its way.

        Args:
            pipeline: Name of the pipeline: the experiment.
            name: Name of the run.
            resume: What `find` takes: that run is opened again, under its own name, and its
                tag `resumed` counts.
            parent: Id of the run that this one is a part of: the MLflow UI shows it below, lists
                leave it out, and `children` gives it.
            tags: Tags from the first moment on, such as the hash of the recipe.

        Raises:
            StoreError: The run to resume is not there, has finished, still runs, or is another
                pipeline's; or the store cannot be written.
        """
        with sigterm_raises() as ears:
            require_room(self.location)
            about = {**(tags or {}), **own_tags(), **facts()}
            if parent is not None:
                about[PARENT] = parent
            # Tags are shown in this order; what nobody searches for would only hide the others.
            shown = {name: value for name, value in about.items() if name not in UNTAGGED}
            with in_words(self.location):
                self.close_dead()
                opened = (
                    self._reopened(resume, pipeline, shown)
                    if resume
                    else self._created(pipeline, name, shown)
                )
            run = TrackedRun(self.connection, opened, pipeline)
            try:
                # Tags are replaced at a resume; these files keep what each process ran on.
                number = f".{run.resumed}" if run.resumed else ""
                run.json(f"environment{number}.json", about)
                yield run
            except BaseException as problem:
                ears.closed = True
                run.close(ending_of(problem))
                raise
            ears.closed = True
            run.close(FINISHED)

    def runs(
        self, pipeline: str | None = None, *, status: str | None = None, limit: int = 100
    ) -> DataFrame:
        """Runs, newest first, without parts of others; those of dead processes are closed before.

        Args:
            pipeline: Only its runs. None: those of all.
            status: Only those that are RUNNING, FINISHED, FAILED or KILLED. None: all.
            limit: How many at most.

        Returns:
            A row per run: `run_id`, `name`, `pipeline`, `status`, `started` (UTC), `duration`
            (seconds), `headline` (the metric that stands for it, None where it does not say), and
            `metrics.NAME` and `params.NAME` for each name that a run has.
        """
        self.close_dead()
        conditions = [WHOLE, *([f"attributes.status = '{status}'"] if status else [])]
        with in_words(self.location):
            return table(search(self.connection, " and ".join(conditions), pipeline, limit))

    def servable(self, pipeline: str | None = None) -> list[RunRecord]:
        """Finished runs that keep a model, newest first, those that are parts of others too.

        Args:
            pipeline: Only its runs. None: those of all.
        """
        self.close_dead()
        with in_words(self.location):
            condition = "attributes.status = 'FINISHED' and tags.model_id != ''"
            return search(self.connection, condition, pipeline)

    def children(self, run_id: str) -> list[RunRecord]:
        """The runs that are parts of a run, newest first, such as those of its folds."""
        self.close_dead()
        with in_words(self.location):
            return search(self.connection, f"tags.`{PARENT}` = '{run_id}'")

    def unfinished(self, pipeline: str) -> list[RunRecord]:
        """The runs of a pipeline that are not FINISHED, newest first, without parts of others."""
        self.close_dead()
        with in_words(self.location):
            condition = f"{WHOLE} and attributes.status != 'FINISHED'"
            return search(self.connection, condition, pipeline)

    def find(self, run: str, *, keeps: str | None = None) -> RunRecord:
        """A run by `latest`, its name (the newest of that name), its id, or the beginning of it.

        `latest` is no part of another run.

        Args:
            run: One of these.
            keeps: Name of a file: `latest` and names are then of the newest run that is FINISHED
                and keeps it, where there is one.

        Raises:
            StoreError: There is no such run, or several ids begin so; the message lists the
                nearest.
        """
        self.close_dead()
        with in_words(self.location):
            return find(self.connection, run, keeps)

    def close_dead(self) -> list[str]:
        """Closes runs whose process on this host is gone, as KILLED with the tag `killed_by`.

        Also sends what earlier runs could not deliver, to a server without files and models. Every
        command that looks calls it.

        Returns:
            The ids of the runs closed.
        """
        deliver_what_waits(self.connection)
        return close_dead(self.connection)

    def _created(self, pipeline: str, name: str, about: dict[str, Any]) -> Run:
        tags = {**tags_of_the_ui(about), **about}
        return self.connection.client.create_run(
            self._experiment(pipeline),
            run_name=name,
            tags={key: str(value) for key, value in tags.items()},
        )

    def _reopened(self, run: str, pipeline: str, about: dict[str, Any]) -> Run:
        """Marks the run as this process's own, then as running: in this order a look in between
        finds no running run of a dead process."""
        from filelock import FileLock

        client = self.connection.client
        with ExitStack() as stack:
            if self.location.database is not None:
                stack.enter_context(FileLock(self.location.folder / ".mlflow.lock"))
            record = self.find(run)
            _refuse_to_resume(record, pipeline)
            about = {**about, "resumed": int(record.tags.get("resumed", 0)) + 1}
            for stale in {"error", "killed_by"} & set(record.tags):
                client.delete_tag(record.run_id, stale)
            for key, value in {**tags_of_the_ui(about), **about}.items():
                client.set_tag(record.run_id, key, value)
            client.update_run(record.run_id, status="RUNNING")
        return client.get_run(record.run_id)

    def _experiment(self, pipeline: str) -> str:
        """Id of the pipeline's experiment, made or taken back from the bin if need be."""
        from mlflow.exceptions import MlflowException

        client = self.connection.client
        try:
            return client.create_experiment(pipeline, self.location.artifacts_of(pipeline))
        except MlflowException as problem:
            if problem.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        experiment: Any = client.get_experiment_by_name(pipeline)
        if experiment.lifecycle_stage == "deleted":
            client.restore_experiment(experiment.experiment_id)
        return experiment.experiment_id


def _refuse_to_resume(record: RunRecord, pipeline: str) -> None:
    if record.pipeline != pipeline:
        raise StoreError(f"{record} is a run of {record.pipeline}. Received: {pipeline}.")
    if record.status == FINISHED.status:
        raise StoreError(f"{record} has nothing left to do; start a new run.")
    silent, host = seconds_silent(record.tags), record.tags.get("host")
    # Were its process on this host gone, the run would be closed by now.
    alive = host == socket.gethostname() or silent < SILENT_ELSEWHERE
    if record.status == "RUNNING" and alive:
        raise StoreError(
            f"{record} still runs: process {record.tags.get(PID)} on {host}, "
            f"heard of {silent:.0f} s ago."
        )
