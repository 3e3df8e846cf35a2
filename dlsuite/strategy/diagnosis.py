"""The judge of a supervised run: bias, variance, mismatch or dev overfitting, and what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlsuite.strategy.advice import Advice, advise, beat_the_baseline
from dlsuite.strategy.errors import (
    Scale,
    SplitError,
    Table,
    difference,
    exactly,
    paired_difference,
    scale_of,
    split_error,
)
from dlsuite.strategy.gaps import NOISE, Gap, find_gaps
from dlsuite.strategy.settings import ReferenceLevel
from dlsuite.strategy.verdict import Diagnosis, Reference, shown

SPLITS = ("train", "train_dev", "dev", "test")
NO_REFERENCE = Reference(0.0, "none was given, so 0 is taken: part of the bias may be unavoidable")

# What a counting gap says of its two errors, the later one first.
MEANING = {
    "bias": "the net does not fit its training examples ({0}, reference {1})",
    "variance": "the net does not carry over to new examples ({2} {0}, train {1})",
    "mismatch": "dev is unlike the training data (dev {0}, train-dev {1})",
    "dev overfitting": "choices have been fitted to dev (test {0}, dev {1})",
}


def supervised(
    tables: Mapping[str, Table],
    reference: ReferenceLevel | None = None,
    *,
    threshold: float = 0.02,
    baseline: Mapping[str, Table] | None = None,
    baseline_name: str = "the baseline",
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Judges a run by its errors, after the course's basic recipe.

    An error is 1 - accuracy where the tables have `correct`, 1 - R² where they have `loss` (squared
    error) and `target`. Avoidable bias is train - reference, variance dev - train (train-dev -
    train where there is a train-dev split, and then mismatch is dev - train-dev), dev overfitting
    test - dev. A gap counts when it is past the threshold and its 95 % bootstrap interval, the
    splits taken as independent samples, lies above 0.

    Args:
        tables: Per-example tables by split, `train` and `dev`, perhaps `train_dev` and `test`; or
            plain errors as fractions, for which the threshold alone decides.
        reference: Human level or another error that cannot be beaten, on the scale above; without
            one 0 is taken.
        threshold: On the scale above: 0.02 is 2 percentage points, or 2 % of the target's variance.
        baseline: Tables or errors of a simpler model, compared on test where both have it, else on
            dev, example by example where the tables hold the same keys.
        baseline_name: What to call it.
        settings: The resolved recipe as plain values, to put overrides beside the advice.
        seed: Of the bootstrap.

    Raises:
        ValueError: A split is missing or unknown, or a table or the threshold is not as said.
    """
    _check(tables, threshold)
    rivals = baseline or {}
    scale = scale_of([*tables.values(), *rivals.values()])
    errors = _errors(tables, seed)
    level = Reference(reference.value, reference.source) if reference else NO_REFERENCE
    gaps = find_gaps(errors, level.value, threshold)
    counting = [name for name, gap in gaps.items() if gap.counts]
    noisy = [name for name, gap in gaps.items() if gap.status == NOISE]
    unbeaten = _against_baseline(tables, rivals, baseline_name, scale)
    advice: tuple[Advice, ...] = advise(counting, noisy, settings)
    if unbeaten and errors.get("test", errors["dev"]).value > 0:
        advice = (beat_the_baseline(baseline_name), *advice)
    surpassed = _against_reference(errors, level, scale) if reference else []
    return Diagnosis(
        verdict=_verdict(counting),
        sentence=_sentence(gaps, errors, level, threshold, scale),
        findings=(*unbeaten, *surpassed),
        errors={split: error.value for split, error in errors.items()},
        counts={split: error.size for split, error in errors.items() if error.size is not None},
        gaps=gaps,
        advice=advice,
        reference=level,
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


def _errors(tables: Mapping[str, Table], seed: int) -> dict[str, SplitError]:
    # A stream of its own for each split: they are independent samples.
    return {
        split: split_error(tables[split], seed=(seed, place))
        for place, split in enumerate(SPLITS)
        if split in tables
    }


def _verdict(counting: Sequence[str]) -> str:
    if "bias" in counting and "variance" in counting:
        return "bias and variance"
    return counting[0] if counting else "none"


def _against_baseline(
    tables: Mapping[str, Table], rivals: Mapping[str, Table], name: str, scale: Scale
) -> list[str]:
    shared = [split for split in ("test", "dev") if split in tables and split in rivals]
    if not shared:
        return []
    split = shared[0]
    net, rival = (split_error(side[split]).value for side in (tables, rivals))
    value, interval = paired_difference(tables[split], rivals[split])
    numbers = f"error on {split} {scale.text(net)} against {scale.text(rival)}"
    if net == rival == 0:
        return [f"Neither the net nor {name} errs on {split}: the simpler model is enough."]
    if value >= 0:
        return [f"The net does not beat {name}: {numbers}."]
    if interval is not None and interval[1] >= 0:
        spread = scale.between(interval)
        return [
            f"The net is not clearly better than {name}: {numbers}, 95 % interval of the "
            f"difference {spread}."
        ]
    return []


def _against_reference(
    errors: Mapping[str, SplitError], reference: Reference, scale: Scale
) -> list[str]:
    split = "test" if "test" in errors else "dev"
    error = errors[split]
    if error.value >= reference.value:
        return []
    numbers = (
        f"error on {split} {scale.text(error.value)} against {scale.text(reference.value)} "
        f"({reference.source})"
    )
    _, interval = difference(error, exactly(reference.value))
    if interval is not None and interval[1] >= 0:
        return [f"The net is level with the reference: {numbers}, within the noise of the sample."]
    return [
        f"The net surpasses the reference: {numbers}. Progress often slows from here: "
        "it becomes harder to see which errors are left to avoid."
    ]


def _sentence(
    gaps: Mapping[str, Gap],
    errors: Mapping[str, SplitError],
    reference: Reference,
    threshold: float,
    scale: Scale,
) -> str:
    values = {split: scale.text(error.value) for split, error in errors.items()}
    none_given = ", none given" if reference is NO_REFERENCE else ""
    values["reference"] = scale.text(reference.value) + none_given
    counting, noisy = [], []
    for gap in gaps.values():
        numbers = f"{gap.title} {scale.text(gap.value)}"
        if gap.interval:
            numbers += f", 95 % interval {scale.between(gap.interval)}"
        later, earlier = (values[end] for end in gap.of)
        if gap.counts:
            meaning = MEANING[gap.name].format(later, earlier, shown(gap.of[0]))
            counting.append(f"{meaning}: {numbers}")
        elif gap.status == NOISE:
            noisy.append(f"{numbers}, is past the threshold but {NOISE}")
    said = counting or [f"no gap past {scale.text(threshold)} counts"]
    text = "; ".join(said + noisy) + "."
    return text[0].upper() + text[1:]
