"""The judge of a supervised run: bias, variance, mismatch or dev overfitting, and what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlsuite.strategy.advice import advise
from dlsuite.strategy.alike import about_dev_and_test
from dlsuite.strategy.drift import Drift
from dlsuite.strategy.errors import Scale, SplitError, Table, bounds, scale_of, split_error
from dlsuite.strategy.findings import against_baseline, against_people
from dlsuite.strategy.gaps import NOISE, Gap, find_gaps
from dlsuite.strategy.networks import NO_FACTS, Facts
from dlsuite.strategy.people import People
from dlsuite.strategy.references import (
    NO_REFERENCE,
    UNKNOWN_NOISE,
    Reference,
    avoidable_bias,
    human_level,
)
from dlsuite.strategy.settings import HumanLevel, ReferenceLevel
from dlsuite.strategy.verdict import Diagnosis, shown

SPLITS = ("train", "train_dev", "dev", "test")

# What a counting gap says of its two errors, the later one first.
MEANING = {
    "bias": "the net does not fit its training examples ({0}, reference {1})",
    "variance": "the net does not carry over to new examples ({2} {0}, train {1})",
    "mismatch": "dev is unlike the training data (dev {0}, train-dev {1})",
    "dev overfitting": (
        "test is worse than dev: choices may have been fitted to dev, or dev and test differ "
        "(test {0}, dev {1})"
    ),
}
PERHAPS_BIAS = (
    "how much of the train error is noise is not known, and if it is none the net does not fit "
    "its training examples ({0}, reference {1})"
)


def supervised(
    tables: Mapping[str, Table],
    reference: ReferenceLevel | None = None,
    *,
    human: HumanLevel | People | None = None,
    dev_and_test: Drift | None = None,
    threshold: float = 0.02,
    baseline: Mapping[str, Table] | None = None,
    baseline_name: str = "the baseline",
    settings: Mapping[str, Any] | None = None,
    facts: Facts = NO_FACTS,
    stopped_early: bool | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Judges a run by its errors, after the course's basic recipe.

    An error is the mean of `error`, a share of each answer, where the tables have that, else 1 -
    accuracy where they have `correct`; where they have `loss` (squared error)
    and `target` it is the mean loss over the variance of train's targets, which on train is 1 - R².
    Avoidable bias is train - reference, variance dev - train (train-dev - train where there is a
    train-dev split, and then mismatch is dev - train-dev), dev overfitting test - dev. A gap counts
    when it is past the threshold and its 95 % bootstrap interval (`metrics.intervals`) above 0.

    Args:
        tables: Per-example tables by split, `train` and `dev`, perhaps `train_dev` and `test`; or
            plain errors as fractions, for which the threshold alone decides.
        reference: An error that is known to be reachable, on the scale above. Without one human
            level is taken, without that 0, in a regression the train error of a baseline.
        human: How often people err, a number on that scale or their answers; the lower one of both
            is what bias is measured against, and surpassing it is told.
        dev_and_test: Whether test's examples are distributed as dev's, where that was looked at.
        threshold: On the scale above: 0.02 is 2 percentage points, or 2 % of the target's variance.
        baseline: Tables or errors of a simpler model, compared on test where both have it, else on
            dev, example by example where the tables hold the same keys.
        baseline_name: What to call it.
        settings: The resolved recipe as plain values, to put overrides beside the advice.
        facts: What advice must know and a recipe does not say.
        stopped_early: Whether early stopping ended the run; None where that is not known.
        seed: Of the bootstrap.

    Raises:
        ValueError: A split is missing or unknown, or a table or the threshold is not as said.
    """
    _check(tables, threshold)
    scale = scale_of(tables, baseline or {})
    errors = {split: split_error(tables[split], scale) for split in SPLITS if split in tables}
    rivals = {split: split_error(table, scale) for split, table in (baseline or {}).items()}
    person = human_level(human, scale, seed)
    level, bias = avoidable_bias(
        errors["train"],
        reference,
        person,
        rivals.get("train"),
        baseline_name,
        scale,
        threshold,
        seed,
    )
    gaps = find_gaps(errors, bias, threshold, seed)
    counting = [name for name, gap in gaps.items() if gap.counts]
    noisy = [name for name, gap in gaps.items() if gap.status == NOISE]
    unbeaten, first = against_baseline(errors, rivals, baseline_name, scale, seed)
    known = reference is not None or person is not None
    surpassed = against_people(errors, person, level, scale, seed) if known else []
    unlike, alike = about_dev_and_test(dev_and_test)
    tried = advise(
        counting,
        noisy,
        settings,
        stopped_early,
        facts=facts._replace(classes=scale.unit is None),
        unlike=bool(unlike),
    )
    intervals = {split: bounds(error, seed) for split, error in errors.items()}
    return Diagnosis(
        verdict=_verdict(counting),
        sentence=_sentence(gaps, errors, level, threshold, scale),
        findings=(*unbeaten, *surpassed, *unlike),
        errors={split: error.value for split, error in errors.items()},
        intervals={split: found for split, found in intervals.items() if found is not None},
        counts={split: error.size for split, error in errors.items() if error.size is not None},
        gaps=gaps,
        advice=(*first, *tried),
        reference=level,
        human=person,
        looked_at=alike,
        threshold=threshold,
        scale=scale,
    )


def _check(tables: Mapping[str, Table], threshold: float) -> None:
    if not {"train", "dev"} <= set(tables) <= set(SPLITS):
        raise ValueError(
            "`tables` must hold train and dev, and may hold train_dev and test. "
            f"Received: {list(tables)}."
        )
    if not threshold >= 0:
        raise ValueError(f"`threshold` must be at least 0. Received: threshold={threshold}.")


def _verdict(counting: Sequence[str]) -> str:
    if "bias" in counting and "variance" in counting:
        return "bias and variance"
    return counting[0] if counting else "none"


def _sentence(
    gaps: Mapping[str, Gap],
    errors: Mapping[str, SplitError],
    reference: Reference,
    threshold: float,
    scale: Scale,
) -> str:
    values = {split: scale.text(error.value) for split, error in errors.items()}
    origin = "none given" if reference in (NO_REFERENCE, UNKNOWN_NOISE) else reference.source
    values["reference"] = f"{scale.text(reference.value)}, {origin}"
    meanings = MEANING | ({"bias": PERHAPS_BIAS} if reference == UNKNOWN_NOISE else {})
    counting, noisy = [], []
    for gap in gaps.values():
        numbers = f"{gap.title} {scale.text(gap.value)}"
        if gap.interval:
            numbers += f", 95 % interval {scale.between(gap.interval)}"
        later, earlier = (values[end] for end in gap.of)
        if gap.counts:
            meaning = meanings[gap.name].format(later, earlier, shown(gap.of[0]))
            counting.append(f"{meaning}: {numbers}")
        elif gap.status == NOISE:
            noisy.append(f"{numbers}, is past the threshold but {NOISE}")
    said = counting or [f"no gap past {scale.text(threshold)} counts"]
    text = "; ".join(said + noisy) + "."
    return text[0].upper() + text[1:]
