"""A study: a tracked run whose children are its trainings, and which goes on where it ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dlsuite import experiment
from dlsuite.experiment import Part, Pipeline
from dlsuite.experiment.fitting import checkpoints_of
from dlsuite.progress import tell
from dlsuite.recipe import Document
from dlsuite.studies.left_out import OF_A_PART
from dlsuite.tracking import EPOCH, RunRecord, Store, TrackedRun

STUDY, SHA = "study", "study_sha256"


@dataclass(frozen=True)
class Study:
    """An open study.

    Attributes:
        store: Where its runs are.
        tracked: Its own run.
        pipeline: Of its trainings.
        document: Their recipe, as the user gave it.
    """

    store: Store
    tracked: TrackedRun
    pipeline: Pipeline
    document: Document

    def train(
        self,
        name: str,
        tags: Mapping[str, Any],
        changes: Mapping[str, Any],
        *,
        tested: bool = False,
        model_kept: bool = False,
    ) -> RunRecord:
        """One training of the study: read where it ended before, gone on with where it broke off.

        Args:
            name: What it is, added to the recipe's name.
            tags: What tells it from the study's other trainings.
            changes: Dotted changes to the recipe.
            tested: See `Part`.
            model_kept: See `Part`.
        """
        before = self.find(tags)
        if before is not None and before.status == "FINISHED":
            tell(f"{name}: trained before, run {before.run_id[:8]}")
            return before
        resume = before.run_id if before is not None and can_go_on(self.store, before) else None
        done = experiment.run(
            self.pipeline,
            self.document,
            {**OF_A_PART, **changes},
            resume=resume,
            part=Part(
                self.tracked.run_id,
                f"{self.document.name}, {name}",
                tags,
                tested=tested,
                model_kept=model_kept,
                looked_at=model_kept,
            ),
        )
        return self.store.find(done.run_id)

    def find(self, tags: Mapping[str, Any]) -> RunRecord | None:
        """The newest of its runs with these tags."""
        wanted = {key: str(value) for key, value in tags.items()}
        children = self.store.children(self.tracked.run_id)
        return next((each for each in children if wanted.items() <= each.tags.items()), None)


@contextmanager
def studied(
    kind: str,
    pipeline: Pipeline,
    document: Document,
    about: Mapping[str, Any],
    *,
    parent: str | None = None,
) -> Iterator[Study]:
    """A study for a `with` block; the newest of the same that did not finish goes on.

    Args:
        kind: Of the study, such as `learning curve`.
        pipeline: Of its trainings.
        document: Their recipe.
        about: Plain values that decide on its trainings.
        parent: Id of the run that the study is about, below which it is kept.
    """
    store = Store.open()
    sha = _sha256(kind, document, about)
    waiting = store.unfinished(pipeline.name) if parent is None else store.children(parent)
    before = next(
        (each for each in waiting if each.tags.get(SHA) == sha and each.status != "FINISHED"), None
    )
    with store.start(
        pipeline.name,
        f"{document.name}, {kind}",
        resume=None if before is None else before.run_id,
        parent=parent,
        tags={"recipe": document.name, STUDY: kind, SHA: sha},
    ) as tracked:
        tell(f"{kind} {tracked.run_id[:8]} {'begins' if before is None else 'goes on'}")
        tracked.text("recipe.yaml", document.written)
        tracked.json("study.json", {"kind": kind, **about})
        yield Study(store, tracked, pipeline, document)


def can_go_on(store: Store, record: RunRecord) -> bool:
    """Whether a run that did not end has what it needs to go on here."""
    trained = any(name.startswith(EPOCH) for name in record.metrics)
    return not trained or bool(checkpoints_of(store, record).places())


def _sha256(kind: str, document: Document, about: Mapping[str, Any]) -> str:
    text = json.dumps([kind, document.tree, about], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
