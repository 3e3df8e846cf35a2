"""Which run does a training go on with, and with which recipe? Or does a new one begin?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace

from filelock import FileLock

from dlsuite.experiment import recording, starting
from dlsuite.experiment.changes import Change
from dlsuite.experiment.fitting import checkpoint_folder, checkpoints_of
from dlsuite.experiment.fold_records import FOLD
from dlsuite.experiment.part import Part
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.experiment.trust import foreign
from dlsuite.progress import tell
from dlsuite.recipe import Document, Recipe, load, read
from dlsuite.tracking import EPOCH, RunRecord, Store, StoreError, TrackedRun

AUTO = "auto"
# What a run ended with would come again: its numbers, or its checkpoints, are no good.
HOPELESS = ("TrainingDiverged:", "CheckpointError:")
KEY = "training.resume"
SWEEP = "sweep"


@dataclass(frozen=True)
class Way:
    """A recipe, and the run that goes on with it.

    Attributes:
        recipe: Checked, with the id of the run whose weights it names.
        run_id: The run; None for a new one.
        changed: Keys that are not as the run was started with.
        why: How the run was found, where nobody named it.
    """

    recipe: Recipe
    run_id: str | None = None
    changed: tuple[Change, ...] = ()
    why: str = ""

    def notes(self) -> tuple[str, ...]:
        """What was changed, in a sentence."""
        if not self.changed:
            return ()
        return (f"The recipe was changed: {'; '.join(each.text() for each in self.changed)}.",)


def wish(
    pipeline: Pipeline, recipe: Recipe, resume: str | None, allow_change: bool
) -> tuple[Recipe, str | None]:
    """The recipe without its wish to be resumed and without its sweep, and the wish.

    So it is the same training, by its hash, with and without them.

    Args:
        pipeline: The application.
        recipe: Checked.
        resume: What the caller named, which outweighs the recipe.
        allow_change: Whether the caller lets keys change.

    Raises:
        ValueError: Keys are to change, and nobody named the run.
    """
    wanted = resume or recipe.settings.training.resume
    if allow_change and wanted in (None, AUTO):
        raise ValueError("`allow_change` needs the run to resume. Received: none by name.")
    asides = {KEY: recipe.settings.training.resume, SWEEP: recipe.settings.sweep}
    without = {key: None for key, value in asides.items() if value is not None}
    if not without:
        return recipe, wanted
    return load(recipe.document, pipeline.settings, without), wanted


@contextmanager
def opened(
    pipeline: Pipeline,
    store: Store,
    written: Recipe,
    resume: str | None,
    allow_change: bool,
    part: Part | None = None,
) -> Iterator[tuple[TrackedRun, Way]]:
    """The tracked run for a `with` block, and the recipe that it goes on or begins with.

    Raises:
        StoreError: The run named cannot be resumed.
    """
    with ExitStack() as stack:
        for way in _ways(pipeline, store, written, resume, allow_change):
            tags = {"recipe": way.recipe.name, "recipe_sha256": way.recipe.sha256}
            if way.run_id is None:
                tags |= starting.words(written)
            name = way.recipe.name if part is None else part.name
            opening = store.start(
                pipeline.name,
                name,
                resume=way.run_id,
                parent=None if part is None else part.parent,
                tags=tags if part is None else {**tags, **part.tags},
            )
            try:
                with _one_at_a_time(store) if way.run_id else nullcontext():
                    tracked = stack.enter_context(opening)
            except StoreError:
                if resume != AUTO or way.run_id is None or _is_free(store, way.run_id):
                    raise
                continue  # another process was quicker
            word = "goes on" if way.run_id else "begins"
            tell(f"run {tracked.run_id[:8]} {word}: {name}{way.why}")
            for note in way.notes():
                tell(note)
            yield tracked, way
            return


def _one_at_a_time(store: Store) -> FileLock:
    """Whoever opens a run again sees whether another process has just done so.

    The lock lies beside the checkpoints, which a process must have to be able to go on; a store
    that is a server has no other.
    """
    store.location.folder.mkdir(parents=True, exist_ok=True)
    return FileLock(store.location.folder / ".resume.lock")


def _ways(
    pipeline: Pipeline, store: Store, written: Recipe, resume: str | None, allow_change: bool
) -> Iterator[Way]:
    """What to do, in the order of preference."""
    if resume is not None and resume != AUTO:
        # Pinned before there is a run of its own, which might be what `latest` then means.
        checked = starting.pinned(pipeline, written, resume)
        record = store.find(resume)
        yield Way(checked, record.run_id, _resumable(store, record, checked, allow_change))
        return
    why = ""
    if resume == AUTO:
        for record in _unfinished(pipeline, store):
            checked = starting.pinned(pipeline, written, record.run_id)
            if record.tags.get("recipe_sha256") == checked.sha256 and _has_begun(store, record):
                yield Way(checked, record.run_id, why=", its newest run that did not finish")
        why = ", as no run of this recipe waits to be resumed"
    yield Way(starting.pinned(pipeline, written), why=why)


def _unfinished(pipeline: Pipeline, store: Store) -> list[RunRecord]:
    """Runs that a signal ended, or a fault that may have passed (memory, a disk), newest first."""
    return [
        each
        for each in store.unfinished(pipeline.name)
        if each.status == "KILLED"
        or (each.status == "FAILED" and not each.tags.get("error", "").startswith(HOPELESS))
    ]


def _has_begun(store: Store, record: RunRecord) -> bool:
    """Whether there is anything to go on from: a checkpoint of it or of a fold, or a whole fold."""
    parts = [part for part in store.children(record.run_id) if FOLD in part.tags]
    return any(part.status == "FINISHED" for part in parts) or any(
        checkpoints_of(store, each).places() for each in (record, *parts)
    )


def _is_free(store: Store, run_id: str) -> bool:
    return store.find(run_id).status not in ("RUNNING", "FINISHED")


def _resumable(
    store: Store, record: RunRecord, checked: Recipe, allow_change: bool
) -> tuple[Change, ...]:
    """What is to change in a run that can go on with this recipe.

    Raises:
        StoreError: It was started with another recipe, or its checkpoints are gone.
    """
    if record.status == "FINISHED":
        return ()  # the store says that nothing is left to do
    changed = recording.same_recipe(record, checked, allow_change)
    trained = any(name.startswith(EPOCH) for name in record.metrics)
    if trained and not checkpoints_of(store, record).places():
        raise StoreError(
            f"{record} can only be resumed from its checkpoints, which are gone from "
            f"{checkpoint_folder(store, record)}. Start a new run."
        )
    return changed


def recipe_of(record: RunRecord) -> Document:
    """The recipe that a run was started with, overrides and defaults in it, to go on with.

    Code that it names is not imported where others may have written it, see `trust`.

    Raises:
        StoreError: The run ended before it kept one.
    """
    with record.artifact("recipe.resolved.json").open(encoding="utf-8") as file:
        document = read(json.load(file))
    written = record.artifact("recipe.yaml").read_text(encoding="utf-8")
    return replace(
        document,
        file=f"recipe of {record}",
        name=record.name,
        written=written,
        foreign=foreign(record),
    )
