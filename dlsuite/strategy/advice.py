"""What to try next, after the course's basic recipe: bias first, then variance.

Each problem has the controls that move it and, as far as there are such, nothing else (course:
orthogonalization). What moves two says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlsuite.strategy import controls, networks
from dlsuite.strategy.networks import NO_FACTS, Facts

DEV_AND_TEST = "dev and test"  # what is named as the gap of advice where they differ


@dataclass(frozen=True)
class Advice:
    """One thing to try.

    Args:
        action: What to do.
        gap: Name of the gap that it aims at.
        why: What to expect of it.
        overrides: Recipe overrides that do it together, such as `training.epochs=60`; empty where
            the recipe has no key for it or is not known.
        also: Gaps that it moves as well, which couples two concerns.
    """

    action: str
    gap: str
    why: str
    overrides: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


ANALYSE_ERRORS = Advice(
    "Look at the worst mistakes and count their kinds",
    "none",
    "no gap counts, so the errors left are best understood one by one (error analysis)",
)
CHANGE_THE_TARGET = Advice(
    "Change the metric or the dev set if it disappoints in use",
    "none",
    "a model that is good by both and bad in the world aims at the wrong target; no other control "
    "mends that",
)
AGAINST_MISMATCH = (
    Advice(
        "Find what sets dev apart from the training data",
        "mismatch",
        "read dev mistakes side by side with train-dev examples (error analysis)",
    ),
    Advice(
        "Make the training data more like dev",
        "mismatch",
        "collect such examples, or synthesise what they have and train lacks",
    ),
)
ONE_DISTRIBUTION = Advice(
    "Draw dev and test anew from one distribution",
    DEV_AND_TEST,
    "dev aims at another target than test, so that what is chosen on dev need not be good on test",
)


def advise(
    counting: Sequence[str],
    noisy: Sequence[str],
    settings: Mapping[str, Any] | None,
    stopped_early: bool | None,
    *,
    facts: Facts = NO_FACTS,
    unlike: bool = False,
) -> tuple[Advice, ...]:
    """Advice in the order in which to try it.

    Controls at their limit are left out: dropout of a half, the largest penalty, a tenth of label
    smoothing, three kinds of augmentation, a network that would no longer fit into memory.

    Args:
        counting: Names of the gaps that count, the first to close first.
        noisy: Names of the gaps that are past the threshold but may be accidents.
        settings: The recipe as plain values, to build overrides from.
        stopped_early: Whether early stopping ended the run; None where that is not known.
        facts: What the recipe does not say.
        unlike: Whether dev and test are known to differ, which explains a gap between them.
    """
    known = settings or {}
    advice = [ONE_DISTRIBUTION] if unlike else []
    for name in counting:
        if name == "bias":
            weaken = "variance" not in counting
            advice += _against_bias(known, facts, stopped_early, weaken=weaken)
        elif name == "variance":
            advice += _against_variance(known, facts, stopped_early)
        elif name == "mismatch":
            advice += AGAINST_MISMATCH
        elif not unlike:
            advice += _against_dev_overfitting(known)
    advice += _measure_more(noisy, known)
    return tuple(advice) or (ANALYSE_ERRORS, CHANGE_THE_TARGET)


def beat_the_baseline(name: str, *, clearly: bool) -> Advice:
    """What comes before all else when a simpler model is as good, or clearly better."""
    return Advice(
        f"Find out why {name} is {'better' if clearly else 'as good'}",
        "baseline",
        "often a mistake in data, labels, loss or learning rate: see whether the net can learn a "
        "few dozen examples by heart; if nothing is wrong, the simpler model is the better one",
    )


def _against_bias(
    settings: Mapping[str, Any], facts: Facts, stopped_early: bool | None, *, weaken: bool
) -> list[Advice]:
    advice = []
    if not networks.network_is_full(facts):
        why = "more units or layers can fit what this one cannot"
        bigger = networks.bigger_network(settings, facts)
        advice.append(Advice("Train a bigger network", "bias", why, bigger))
    larger = networks.larger_pictures(settings, facts)
    if larger:
        why = (
            "objects of few pixels are hard to find and to tell apart; it takes four times as long"
        )
        advice.append(Advice("Show the detector larger pictures", "bias", why, larger))
    if not stopped_early:
        why = "helps while the training loss still falls at the end of the curves"
        advice.append(Advice("Train longer", "bias", why, controls.longer(settings)))
    advice.append(
        Advice(
            "Try a better optimizer or learning rate",
            "bias",
            "momentum, RMSprop or Adam and a warmed-up, decaying rate reach a lower training loss "
            "in the same time",
            controls.better_optimizer(settings),
        )
    )
    lighter = controls.weaker_regularization(settings)
    if lighter and weaken:
        why = "it holds the fit on train back, and variance is not the trouble now"
        advice.append(Advice("Weaken regularization", "bias", why, lighter, ("variance",)))
    if stopped_early:
        why = (
            "it ended this run, and couples two concerns, fitting train and not overfitting dev, "
            "against orthogonalization: while fitting train let it wait longer"
        )
        patience = controls.more_patience(settings)
        advice.append(Advice("Loosen early stopping", "bias", why, patience, ("variance",)))
    return advice


def _against_variance(
    settings: Mapping[str, Any], facts: Facts, stopped_early: bool | None
) -> list[Advice]:
    advice = [
        Advice(
            "Get more training data",
            "variance",
            "the surest way where it can be had",
            controls.more_data(settings),
        ),
        *_regularization(settings, facts),
        Advice(
            "Try another architecture",
            "variance",
            "one that suits the data needs less of it: convolutions for images, pretrained "
            "features, batch normalization; how well it fits train changes too",
            networks.other_architecture(settings),
            ("bias",),
        ),
    ]
    if not controls.stops_early(settings) and not stopped_early:
        why = (
            "simple and effective, but it couples two concerns, fitting train and not overfitting "
            "dev, against orthogonalization: so it comes last"
        )
        stop = controls.stop_early(settings)
        advice.append(Advice("Stop early", "variance", why, stop, ("bias",)))
    return advice


def _regularization(settings: Mapping[str, Any], facts: Facts) -> list[Advice]:
    """What is not at its limit; of an unknown recipe all of it."""
    tabular = settings.get("pipeline") == "tabular"
    smoother, heavier = controls.smoother_labels(settings), controls.more_decay(settings)
    advice = []
    if heavier or not settings:
        why = "smaller weights make a smoother function"
        advice.append(Advice("Regularize with L2 weight decay", "variance", why, heavier))
    if controls.takes_dropout(settings) and not controls.dropout_is_full(settings):
        why = "units cannot rely on each other, so features become more robust"
        dropped = controls.more_dropout(settings)
        advice.append(Advice("Regularize with dropout", "variance", why, dropped))
    if not (tabular or networks.augmentation_is_full(settings)):
        why = (
            "changed copies (shifts, flips, crops, colours, noise) that keep their label stand in "
            "for new examples"
        )
        changed = networks.more_augmentation(settings, facts)
        advice.append(Advice("Augment the training data", "variance", why, changed))
    if facts.classes and smoother:
        why = "a net that is never asked to be quite sure does not bend itself to single examples"
        advice.append(Advice("Smooth the labels", "variance", why, smoother))
    return advice


def _against_dev_overfitting(settings: Mapping[str, Any]) -> list[Advice]:
    return [
        Advice(
            "Get a bigger or a fresh dev set",
            "dev overfitting",
            "choices made on this one may have fitted its accidents",
            controls.larger_dev(settings),
        ),
        Advice(
            "Choose between fewer variants on dev",
            "dev overfitting",
            "each choice fits dev a little; and check that dev and test come from one distribution",
        ),
    ]


def _measure_more(noisy: Sequence[str], settings: Mapping[str, Any]) -> list[Advice]:
    """One piece of advice for all gaps that the same examples would make surer."""
    held_out = [name for name in noisy if name != "bias"]
    advice = []
    for names in ([name for name in noisy if name == "bias"], held_out):
        if not names:
            continue
        which = "the gap is" if len(names) == 1 else f"the gaps {' and '.join(names)} are"
        it, size = ("it", "a sample") if len(names) == 1 else ("they", "samples")
        accident = "an accident" if len(names) == 1 else "accidents"
        advice.append(
            Advice(
                "Measure on more examples before acting",
                names[0],
                f"{which} past the threshold, but in {size} of this size {it} may be {accident}",
                controls.folds(settings) if names is held_out else (),
            )
        )
    return advice
