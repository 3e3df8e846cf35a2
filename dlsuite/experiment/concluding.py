"""What follows the training: scores, the proven model, the judgement, pictures, limits, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from dlsuite.data.near_duplicates import in_words, near_duplicates
from dlsuite.experiment import recording, reference
from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.inspecting import with_findings
from dlsuite.experiment.judging import Judged, Limit, diagnose, judge, rival, score_splits
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.outcome import Outcome
from dlsuite.experiment.proving import keep_model, properties
from dlsuite.experiment.results import Result
from dlsuite.experiment.scoring import inputs_of
from dlsuite.experiment.steadiness import unsteady
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.progress import working
from dlsuite.recipe import Recipe
from dlsuite.serving import ExportMismatch
from dlsuite.strategy.settings import Bound
from dlsuite.tracking import Store, TrackedRun
from dlsuite.training import History


def conclude(
    learner: Learner,
    history: History,
    tracked: TrackedRun,
    store: Store,
    recipe: Recipe,
    *,
    validation: CrossValidation | None = None,
    model_kept: bool = True,
    tested: bool = True,
    looked_at: bool = True,
) -> Result:
    """Scores, the proven model, the judgement: the model is safe before it is thought about.

    An export that the proof refuses is no reason to lose the judgement: it is raised at the end.

    Args:
        learner: Trained.
        history: Of its training.
        tracked: Its run.
        store: Where that is kept.
        recipe: Of the run, as the user gave it.
        validation: Where there are folds; their held-out answers are then what is judged.
        model_kept: Whether weights and SavedModel are kept, which those of a fold are not.
        tested: Whether the test part is scored.
        looked_at: Whether people look at it by itself, and it has pictures and a rival.

    Raises:
        ExportMismatch: The exported model does not answer as training does.
    """
    scored, learner, settled = score_splits(learner, tested=tested)
    recording.scored(tracked, scored, learner)
    exported, refused = None, None
    if model_kept:
        with working("exporting the model and replaying examples through it"):
            try:
                exported = keep_model(learner, scored, tracked, recipe)
            except ExportMismatch as error:
                refused = error
            reference.keep(tracked, learner, scored)
    baseline, missed = rival(learner, scored, recipe) if looked_at else ({}, ())
    judged = judge(learner, scored, baseline, recipe, history)
    if validation is not None:
        judged = _by_held_out(judged, validation, learner, recipe, history)
    recording.baseline(tracked, judged)
    outcome = _outcome(learner, history, judged)
    undrawn = recording.figures(tracked, learner.pipeline, outcome) if looked_at else ()
    if model_kept:
        judged, found = _inspected(tracked, learner, outcome, judged, recipe)
        undrawn += found
    known = properties(learner, exported, history)
    limits = _limits(learner, judged, known)
    near = _near_copies(learner) if tested and model_kept else []
    notes = (*_notes(learner, history), *([settled] if settled else []), *near, *missed)
    notes += (*unsteady(learner, scored), *undrawn)
    if refused is not None:
        notes = (f"The export was refused: {refused}", *notes)
    if validation is not None:
        # Scores begin with what tells most.
        known_metrics = [learner.headline, *validation.scores.values]
        metric = next(name for name in known_metrics if name in validation.scores.values)
        notes = (*validation.notes(metric), *notes)
    recording.ending(tracked, judged, history, known, limits, notes, learner.headline, validation)
    if refused is not None:
        way = f"dlsuite show {tracked.run_id[:8]}"
        refused.args = (f"{refused} The run keeps its scores and what was made of them: {way}.",)
        raise refused
    return Result(
        run_id=tracked.run_id,
        store=store.location.uri,
        model=learner.model,
        history=history,
        judged=judged,
        exported=exported,
        limits=limits,
        notes=notes,
        validation=validation,
    )


def _inspected(
    tracked: TrackedRun, learner: Learner, outcome: Outcome, judged: Judged, recipe: Recipe
) -> tuple[Judged, tuple[str, ...]]:
    """The judgement with what a look into the model found, and notes of that look."""
    with working("looking into the model"):
        seen = learner.pipeline.inspect(outcome)
        undrawn = recording.inspected(tracked, seen)
    judged, found = with_findings(judged, seen, recipe.resolved)
    return judged, (*undrawn, *found)


def _by_held_out(
    judged: Judged,
    validation: CrossValidation,
    learner: Learner,
    recipe: Recipe,
    history: History,
) -> Judged:
    """The judgement with the held-out answers beside the splits, and the verdict made of them."""
    rival = {} if validation.baseline is None else {HELD_OUT: validation.baseline}
    tables, rivals = validation.for_verdict(), validation.for_verdict(baseline=True)
    return replace(
        judged,
        scores=judged.scores | {HELD_OUT: validation.scores},
        baseline=judged.baseline | rival,
        diagnosis=diagnose(learner, tables, rivals, recipe.resolved, history),
    )


def _outcome(learner: Learner, history: History, judged: Judged) -> Outcome:
    return Outcome(
        settings=learner.settings,
        splits=learner.splits,
        model=learner.model,
        history=history,
        scores=judged.scores,
        answers=judged.answers,
        baseline=judged.baseline,
        diagnosis=judged.diagnosis,
        first_draws=learner.first_draws,
        examples=judged.examples,
        inputs=partial(inputs_of, learner.settings, learner.question),
    )


def _notes(learner: Learner, history: History) -> tuple[str, ...]:
    report = learner.splits.report
    notes = [*(report.warnings if report is not None else ()), *history.messages]
    notes += [remark.text for remark in learner.remarks]
    if learner.started is not None:
        notes = [learner.started.text, *learner.started.warnings, *notes]
    if history.stopped_early:
        notes.append(
            f"Stopped after epoch {len(history.epochs)}, as {history.monitor} had not improved."
        )
    if history.best_epoch is not None:
        notes.append(
            f"The weights are those of epoch {history.best_epoch}, best by {history.monitor}."
        )
    return tuple(notes)


def _near_copies(learner: Learner) -> list[str]:
    """Examples of two splits that are nearly the same, in samples of large splits."""
    with working("looking for near-duplicates between splits"):
        seed = learner.settings.training.seed
        found = near_duplicates(learner.splits.named(), sampled=True, seed=seed)
    said = in_words(found, learner.splits.named())
    return [*said, "`dlsuite data check` looks at all examples and lists them."] if said else []


def _limits(learner: Learner, judged: Judged, properties: Mapping[str, float]) -> tuple[Limit, ...]:
    settings = learner.settings
    stated = {"expect": settings.expect, "satisfy": settings.evaluation.satisfy}
    return tuple(
        limit
        for source, bounds in stated.items()
        for limit in judged.limits(source, _where_scored(bounds, judged), properties)
    )


def _where_scored(bounds: Mapping[str, Bound], judged: Judged) -> dict[str, Bound]:
    """Bounds on test are on the held-out answers where a run has those instead."""
    if "test" in judged.scores or HELD_OUT not in judged.scores:
        return dict(bounds)
    parts = ((name.partition("."), bound) for name, bound in bounds.items())
    return {
        f"{HELD_OUT if split == 'test' else split}{dot}{metric}": bound
        for (split, dot, metric), bound in parts
    }
