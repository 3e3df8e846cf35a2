"""What to try next, after the course's basic recipe: bias first, then variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DROPOUT_STEPS = (0.3, 0.5)
FIRST_L2 = 1e-4
MOST_L2 = 1e-2


@dataclass(frozen=True)
class Advice:
    """One thing to try.

    Args:
        action: What to do.
        gap: Name of the gap that it aims at.
        why: What to expect of it.
        overrides: Recipe overrides that do it, such as `training.epochs=60`; empty where the recipe
            has no single key for it or is not known.
    """

    action: str
    gap: str
    why: str
    overrides: tuple[str, ...] = ()


ANALYSE_ERRORS = Advice(
    "Look at the worst mistakes and count their kinds",
    "none",
    "no gap counts, so the errors left are best understood one by one (error analysis)",
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
AGAINST_DEV_OVERFITTING = (
    Advice(
        "Get a bigger or a fresh dev set",
        "dev overfitting",
        "choices made on this one may have fitted its accidents",
    ),
    Advice(
        "Choose between fewer variants on dev",
        "dev overfitting",
        "each choice fits dev a little; and check that dev and test come from one distribution",
    ),
)


def advise(
    counting: Sequence[str],
    noisy: Sequence[str],
    settings: Mapping[str, Any] | None,
    stopped_early: bool | None,
) -> tuple[Advice, ...]:
    """Advice in the order in which to try it.

    Args:
        counting: Names of the gaps that count, the first to close first.
        noisy: Names of the gaps that are past the threshold but may be accidents.
        settings: The recipe as plain values, to build overrides from.
        stopped_early: Whether early stopping ended the run; None where that is not known.
    """
    known = settings or {}
    against = {
        "bias": _against_bias(known, stopped_early, weaken="variance" not in counting),
        "variance": _against_variance(known, stopped_early),
        "mismatch": AGAINST_MISMATCH,
        "dev overfitting": AGAINST_DEV_OVERFITTING,
    }
    advice = [item for name in counting for item in against[name]]
    advice += [_measure_more(name) for name in noisy]
    return tuple(advice) or (ANALYSE_ERRORS,)


def beat_the_baseline(name: str, *, clearly: bool) -> Advice:
    """What comes before all else when a simpler model is as good, or clearly better."""
    return Advice(
        f"Find out why {name} is {'better' if clearly else 'as good'}",
        "baseline",
        "often a mistake in data, labels, loss or learning rate: see whether the net can learn a "
        "few dozen examples by heart; if nothing is wrong, the simpler model is the better one",
    )


def _against_bias(
    settings: Mapping[str, Any], stopped_early: bool | None, *, weaken: bool
) -> list[Advice]:
    advice = [
        Advice(
            "Train a bigger network",
            "bias",
            "more units or layers can fit what this one cannot",
            _wider(settings),
        )
    ]
    if not stopped_early:
        why = "helps while the training loss still falls at the end of the curves"
        advice.append(Advice("Train longer", "bias", why, _longer(settings)))
    advice.append(
        Advice(
            "Try a better optimizer or learning rate",
            "bias",
            "momentum, RMSprop or Adam and a warmed-up, decaying rate reach a lower training loss "
            "in the same time",
            _with_momentum(settings),
        )
    )
    lighter = _lighter(settings)
    if lighter and weaken:
        why = "it holds the fit on train back, and variance is not the trouble now"
        advice.append(Advice("Weaken regularization", "bias", why, lighter))
    if stopped_early:
        advice.append(
            Advice(
                "Loosen early stopping",
                "bias",
                "it ended this run, and couples two concerns, fitting train and not overfitting "
                "dev, against orthogonalization: while fitting train let it wait longer",
                _more_patience(settings),
            )
        )
    return advice


def _against_variance(settings: Mapping[str, Any], stopped_early: bool | None) -> list[Advice]:
    advice = [
        Advice("Get more training data", "variance", "the surest way where it can be had"),
        Advice(
            "Regularize with dropout",
            "variance",
            "units cannot rely on each other, so features become more robust",
            _more_dropout(settings),
        ),
        Advice(
            "Regularize with L2 weight decay",
            "variance",
            "smaller weights make a smoother function",
            _more_l2(settings),
        ),
        Advice(
            "Augment the training data",
            "variance",
            "changed copies (shifts, flips, crops, colours, noise) that keep their label stand in "
            "for new examples",
        ),
        Advice(
            "Try another architecture",
            "variance",
            "one that suits the data needs less of it: convolutions for images, pretrained "
            "features, batch normalization",
        ),
    ]
    if setting(settings, "training.early_stopping.patience") is None and not stopped_early:
        advice.append(
            Advice(
                "Stop early",
                "variance",
                "simple and effective, but it couples two concerns, fitting train and not "
                "overfitting dev, against orthogonalization: so it comes last",
                ("training.early_stopping.patience=5",) if settings else (),
            )
        )
    return advice


def _measure_more(name: str) -> Advice:
    return Advice(
        "Measure on more examples before acting",
        name,
        "the gap is past the threshold, but in a sample of this size it may be an accident",
    )


def _wider(settings: Mapping[str, Any]) -> tuple[str, ...]:
    hidden = setting(settings, "model.hidden")
    if not hidden:
        return ()
    return (f"model.hidden=[{','.join(str(2 * units) for units in hidden)}]",)


def _longer(settings: Mapping[str, Any]) -> tuple[str, ...]:
    epochs = setting(settings, "training.epochs")
    # Stages carry epochs of their own.
    if epochs is None or setting(settings, "training.stages"):
        return ()
    return (f"training.epochs={2 * epochs}",)


def _with_momentum(settings: Mapping[str, Any]) -> tuple[str, ...]:
    if setting(settings, "optimizer.type") != "SGD" or setting(settings, "optimizer.momentum"):
        return ()
    return ("optimizer.momentum=0.9",)


def _more_patience(settings: Mapping[str, Any]) -> tuple[str, ...]:
    patience = setting(settings, "training.early_stopping.patience")
    return () if patience is None else (f"training.early_stopping.patience={2 * max(1, patience)}",)


def _lighter(settings: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = ("regularization.dropout", "regularization.l2", "regularization.label_smoothing")
    return tuple(f"{kind}=0" for kind in kinds if setting(settings, kind))


def _more_dropout(settings: Mapping[str, Any]) -> tuple[str, ...]:
    known = setting(settings, "regularization") or {}
    kept = known.get("keep_prob")
    if kept is not None:
        steps = tuple(1 - step for step in DROPOUT_STEPS)
        return tuple(f"regularization.keep_prob={step:g}" for step in steps if step < kept)[:1]
    if "dropout" not in known:
        return ()
    dropout = known["dropout"] or 0.0  # left to the model, which for most is none
    return tuple(f"regularization.dropout={step}" for step in DROPOUT_STEPS if step > dropout)[:1]


def _more_l2(settings: Mapping[str, Any]) -> tuple[str, ...]:
    l2 = setting(settings, "regularization.l2")
    if l2 is None or l2 >= MOST_L2:
        return ()
    return (f"regularization.l2={max(FIRST_L2, min(10 * l2, MOST_L2)):g}",)


def setting(settings: Mapping[str, Any], path: str) -> Any:
    """What the recipe says at a dotted path; None where it says nothing."""
    value: Any = settings
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value
