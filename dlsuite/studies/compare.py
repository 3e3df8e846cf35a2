"""Tracked runs beside each other: what was different, and whether it made one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dlsuite.metrics import Scores
from dlsuite.metrics.class_averages import PER_CLASS
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.progress import followed
from dlsuite.studies.comparison import Comparison, differing
from dlsuite.studies.disagreements import disagreement, kind_of
from dlsuite.studies.pairing import Difference, Pair, difference, paired
from dlsuite.studies.sides import Side, sides_of
from dlsuite.tracking import RunRecord, Store

# The split that is compared where none is named: what says most of new examples, first.
PREFERRED = ("test", HELD_OUT, "dev", "train_dev", "train")
MANY = 6  # differences of which one may seem real by chance


def compare(
    runs: Sequence[str | RunRecord],
    *,
    metric: str | None = None,
    split: str | None = None,
    store: Store | None = None,
) -> Comparison:
    """Set runs beside the first of them.

    Metrics are compared example by example where both runs answered the same examples (known by
    their content), else as of independent samples; each difference has a 95 % bootstrap interval
    over examples. The held-out answers of a cross-validation stand for `test` where a run has no
    other.

    Args:
        runs: Two or more, each an id, its beginning, a name, `latest`, or a record.
        metric: The only one to compare, without split; all that the runs share where None.
        split: Whose examples; where None the first that all runs have of test (or held-out
            answers), dev and train.
        store: Where the runs are; the current one where None.

    Raises:
        StoreError: There is no such run.
        ValueError: Fewer than two runs, or they share no split, or no metric.
    """
    if store is None and any(isinstance(run, str) for run in runs):
        store = Store.open()
    found = [store.find(run) if store and isinstance(run, str) else run for run in runs]
    sides = sides_of(found)  # type: ignore[arg-type]
    chosen = _split(sides, split)
    scores = {side.letter: side.scores(chosen) for side in sides}
    _require_one_kind(sides, scores)
    metrics = _metrics(sides, scores, metric, chosen)
    first, *others = sides
    pairs = {
        side.letter: paired(scores[first.letter].examples, scores[side.letter].examples)
        for side in others
    }
    differences = [
        difference(name, side.letter, scores[first.letter], scores[side.letter], pair)
        for side, pair in followed(
            list(zip(others, pairs.values(), strict=True)), "comparing answers", unit="runs"
        )
        for name in metrics
    ]
    disagreements = {
        side.letter: apart
        for side in others
        if (apart := disagreement(first, side, pairs[side.letter])) is not None
    }
    values = {letter: {m: each.values[m] for m in metrics} for letter, each in scores.items()}
    return Comparison(
        sides=sides,
        split=chosen,
        recipe=differing([(side.letter, side.recipe) for side in sides]),
        surroundings=differing([(side.letter, side.surroundings) for side in sides]),
        scores=pd.DataFrame(values).rename_axis("metric"),
        differences=tuple(differences),
        basis={letter: (pair.basis, pair.shared) for letter, pair in pairs.items()},
        disagreements=disagreements,
        notes=tuple(_notes(sides, chosen, pairs, differences)),
    )


def _split(sides: Sequence[Side], wanted: str | None) -> str:
    silent = [side.record for side in sides if not side.splits]
    if silent:
        raise ValueError(
            f"Runs must have scores with their per-example tables. Received: {silent[0]}, which "
            f"has none{'' if silent[0].status == 'FINISHED' else ': it did not finish'}."
        )
    shared = [name for name in PREFERRED if all(side.kept_as(name) for side in sides)]
    others = set.intersection(*(set(side.splits) for side in sides)) - set(shared)
    allowed = [*shared, *sorted(name for name in others if not name.startswith("baseline"))]
    if wanted is not None and wanted not in allowed:
        raise ValueError(
            f"`split` must be one that all runs have, {', '.join(allowed) or 'and there is none'}. "
            f"Received: {wanted!r}."
        )
    if not allowed:
        had = "; ".join(f"{side.title} has {', '.join(side.splits)}" for side in sides)
        raise ValueError(f"Runs must share a split to be compared on. Received: {had}.")
    return wanted or allowed[0]


def _require_one_kind(sides: Sequence[Side], scores: Mapping[str, Scores]) -> None:
    kinds = {side.letter: kind_of(scores[side.letter].examples) for side in sides}
    if len(set(kinds.values())) > 1:
        answers = {"names": "classes", "numbers": "numbers", "neither": "neither of both"}
        had = "; ".join(f"{side.title} tells {answers[kinds[side.letter]]}" for side in sides)
        raise ValueError(f"Runs must tell the same kind of thing to be compared. Received: {had}.")


def _metrics(
    sides: Sequence[Side], scores: dict[str, Scores], wanted: str | None, split: str
) -> list[str]:
    first = scores[sides[0].letter].values
    shared = [name for name in first if all(name in each.values for each in scores.values())]
    told = [name for name in shared if not name.startswith(PER_CLASS)]
    if wanted is not None:
        wanted = wanted.removeprefix(f"{split}.")
        if wanted not in shared:
            raise ValueError(
                f"`metric` must be one that all runs have on {split}, {', '.join(shared)}. "
                f"Received: {wanted!r}."
            )
        return [wanted]
    if not shared:
        had = "; ".join(
            f"{side.title} ({side.record.pipeline}) has {', '.join(scores[side.letter].values)}"
            for side in sides
        )
        raise ValueError(f"Runs must share a metric to be compared by. Received: {had}.")
    return told


def _notes(
    sides: Sequence[Side],
    split: str,
    pairs: dict[str, Pair],
    differences: Sequence[Difference],
) -> list[str]:
    first = sides[0].letter
    notes = [
        "Intervals say what other examples of the same kind might have given. What another "
        "training seed would give they do not say: for that, compare several runs of each recipe."
    ]
    if len({side.record.pipeline for side in sides}) > 1:
        names = ", ".join(f"{side.letter} {side.record.pipeline}" for side in sides)
        notes.append(f"These are runs of different applications: {names}.")
    if split != HELD_OUT:
        notes += [
            f"{side.letter} is a cross-validation: its held-out answers stand for {split}, all of "
            "them together, so that scores are not the means over its folds."
            for side in sides
            if side.kept_as(split) == HELD_OUT
        ]
    for letter, pair in pairs.items():
        if pair.basis != "the same examples":
            one, two = pair.sizes
            scored = f"{first} and {letter} were scored on {one:,} and {two:,} examples, "
            notes.append(scored + _in_common(pair))
        elif (changed := _changed_truths(pair)) > 0:
            notes.append(
                f"{changed:,} examples have one truth in {first} and another in {letter}: they "
                "were labelled anew or are of another target."
            )
    unsure = [each for each in differences if each.interval is not None]
    if len(unsure) >= MANY and any(each.finding in ("better", "worse") for each in unsure):
        notes.append(
            f"Of {len(unsure)} intervals of 95 % about one in twenty excludes 0 by chance."
        )
    return notes


def _in_common(pair: Pair) -> str:
    if pair.basis == "the examples in common":
        return f"{pair.shared:,} in common, on which they are compared one by one."
    if not pair.shared:
        return (
            "none in common: the data differs, so that a difference tells as much of the data as "
            "of the models."
        )
    return (
        f"{pair.shared:,} in common, too few to pair them: intervals are those of independent "
        "samples, and wider."
    )


def _changed_truths(pair: Pair) -> int:
    for column in ("label", "target"):
        if column in pair.first and column in pair.other:
            truths = (table[column].to_numpy() for table in (pair.first, pair.other))
            return int(np.not_equal(*truths).sum())
    return 0
