"""What does a training lose that is killed 20 times, or asked to end? Three recipes, bit for bit.

    python -m benchmarks.reliability kills

`dlsuite verify-resume` with the same words does the same; 20 minutes on two quiet cores.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.harness import Row, say
from dlsuite.studies.trial import Trial
from dlsuite.studies.verify_resume import IN_FORCE, Verification, verify_resume

KILLS = 20
SHORT = ("baseline=null", "expect={}", "evaluation.train_sample=200")
GRACE = 10.0  # seconds that clusters give between SIGTERM and SIGKILL


class Trained(NamedTuple):
    """A shipped recipe, changed to be short, and what it shows.

    Attributes:
        pipeline: Its application.
        recipe: Its name.
        changes: Overrides.
        every: Pace of its checkpoints.
        shows: What there is in it that could be lost.
        most: Steps that it would take if nothing ended it early.
    """

    pipeline: str
    recipe: str
    changes: Sequence[str]
    every: str
    shows: str
    most: int


TRAINED = (
    Trained(
        "pipelines.image_classification:pipeline",
        "digits_lenet5",
        ("training.epochs=6", "training.early_stopping=null"),
        "5 steps",
        "dropout and augmentation",
        138,
    ),
    Trained(
        "pipelines.tabular:pipeline",
        "wine_mlp",
        ("optimizer.learning_rate=0.03", "training.early_stopping.patience=5"),
        "3 steps",
        "early stopping",
        420,
    ),
    Trained(
        "pipelines.image_classification:pipeline",
        "digits_mlp",
        ("training.epochs=8", "training.early_stopping=null"),
        "1 epoch",
        "a schedule with warm-up and cosine",
        184,
    ),
)


def rows() -> Iterator[Row]:
    """One row for each recipe, then two for the end that a training is asked for."""
    for trained in TRAINED:
        found = verify_resume(
            trained.pipeline,
            trained.recipe,
            [*SHORT, *trained.changes],
            kills=KILLS,
            seed=0,
            every=trained.every,
        )
        for difference in found.differences:
            say(f"  {trained.recipe}: {difference}")
        name = f"numbers that differ after {KILLS} SIGKILLs, {trained.recipe} with {trained.shows}"
        yield Row(name, "", [found.differing], 0, _note(found, trained))
    yield from _asked()


def _note(found: Verification, trained: Trained) -> str:
    kinds = Counter(kill.kind for kill in found.kills)
    compared = sum(found.compared.values())
    if trained.shows == "early stopping" and found.steps >= trained.most:
        raise RuntimeError(f"Early stopping must end {trained.recipe}; it did not.")
    return (
        f"{kinds['between']} between steps, {kinds['within']} within one, {kinds['written']} while "
        f"a checkpoint was written; {found.torn} left a torn checkpoint; {found.steps} of "
        f"{trained.most} steps; {compared:,} numbers compared"
    )


def _asked() -> Iterator[Row]:
    """SIGTERM in the middle of steps of a third of a second, with one checkpoint an epoch."""
    changes = [*SHORT, *IN_FORCE, "data.batch_size=1024", "training.steps_per_epoch=40"]
    order = {"pipeline": TRAINED[0].pipeline, "recipe": TRAINED[0].recipe}
    lost, seconds = [], []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        trial = Trial(Path(folder), order, [*changes, "training.epochs=2"])
        stack.callback(trial.close)
        run_id = None
        for step, share in ((7, 0.2), (18, 0.5), (31, 0.8)):
            moment = {"training": 0, "step": step, "kind": "asked", "share": share, "span": 0.3}
            left = trial.kill("asked", moment, run_id)
            run_id = run_id or trial.latest("asked")
            saved = int(left.newest.rpartition("-step-")[2])
            lost.append(max(0, left.parting["steps"][-1] - saved))
            seconds.append(left.parting["seconds"])
    yield Row("steps lost after SIGTERM", "steps", lost, 0, "asked in the middle of three steps")
    yield Row("SIGTERM until the run is closed", "s", seconds, GRACE, "clusters give 10 s or more")
