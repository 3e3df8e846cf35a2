"""The keys of a recipe that move one thing each, as overrides: the next step of each, if any.

A control at its limit gives none. Limits are of what helps, not of what a key allows: a half of the
units dropped, a penalty of a hundredth, a smoothing of a tenth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Settings = Mapping[str, Any]  # a resolved recipe as plain values
Overrides = tuple[str, ...]

DROPOUT_STEPS = (0.3, 0.5)
FIRST_L2, MOST_L2 = 1e-4, 1e-2
FIRST_LAMBDA, MOST_LAMBDA = 1.0, 100.0  # of `l2_form: course`, divided by 2 m
MOST_DECAY = 0.1  # of decoupled weight decay
SMOOTHING = 0.1  # Szegedy et al. 2015
MOST_EPOCHS = 1000
UNNAMED_OPTIMIZER = ("Adam", 0.001)  # of recipes that name none, which have no block to change
WARMUP = 1  # epochs of a schedule that is begun
# What a model drops where a recipe leaves it open, as its paper does; 0 where it is not listed.
PAPER_DROPOUT = {"alexnet": 0.5, "googlenet": 0.4, "squeezenet": 0.5, "vgg": 0.5}
UNDROPPED = frozenset({"yolo"})  # models without a layer that drops


def more_data(settings: Settings) -> Overrides:
    """Twice the part of train that is learned from, where that is not all of it."""
    part = setting(settings, "data.train_fraction")
    return () if part is None or part >= 1 else (f"data.train_fraction={min(2 * part, 1):g}",)


def longer(settings: Settings) -> Overrides:
    """Twice the epochs; where there are stages, of the last one."""
    epochs = setting(settings, "training.epochs")
    if epochs is None or epochs >= MOST_EPOCHS:
        return ()
    stages = setting(settings, "training.stages")
    if not stages:
        return (f"training.epochs={2 * epochs}",)
    last = stages[-1]["epochs"]
    return (
        f"training.stages.{len(stages) - 1}.epochs={2 * last}",
        f"training.epochs={epochs + last}",
    )


def better_optimizer(settings: Settings) -> Overrides:
    """Momentum for bare descent, then a rate that warms up and decays in place of a constant."""
    kind = setting(settings, "optimizer.type")
    if kind == "SGD" and not setting(settings, "optimizer.momentum"):
        return ("optimizer.momentum=0.9",)
    rate = setting(settings, "optimizer.learning_rate")
    if not isinstance(rate, int | float) or setting(settings, "training.reduce_on_plateau"):
        return ()
    if setting(settings, "training.stages"):
        return ()  # they have rates of their own
    schedule = f"{{type: warmup_cosine, peak: {rate:g}, warmup_epochs: {WARMUP}}}"
    named = () if (kind, rate) != UNNAMED_OPTIMIZER else (f"optimizer.type={kind}",)
    return (*named, f"optimizer.learning_rate={schedule}")


def weaker_regularization(settings: Settings) -> Overrides:
    """Everything off that holds the fit to train back."""
    keys = ("dropout", "l2", "weight_decay", "label_smoothing")
    known = setting(settings, "regularization") or {}
    off = [f"regularization.{key}=0" for key in keys if known.get(key)]
    if (known.get("keep_prob") or 1) < 1:
        off.insert(0, "regularization.keep_prob=1")
    elif known.get("dropout") is None and _own_dropout(settings):
        off.insert(0, "regularization.dropout=0")
    own = setting(settings, "optimizer.weight_decay")
    return (*off, *(["optimizer.weight_decay=0"] if own else []))


def more_patience(settings: Settings) -> Overrides:
    """Twice the epochs that early stopping waits."""
    patience = setting(settings, "training.early_stopping.patience")
    return () if patience is None else (f"training.early_stopping.patience={2 * max(1, patience)}",)


def stops_early(settings: Settings) -> bool:
    """Whether a training may end before its epochs."""
    return setting(settings, "training.early_stopping.patience") is not None


def stop_early(settings: Settings) -> Overrides:
    """Early stopping, later than a plateau reduces the rate."""
    if not settings:
        return ()
    plateau = setting(settings, "training.reduce_on_plateau.patience") or 0
    return (f"training.early_stopping.patience={max(5, plateau + 2)}",)


def more_dropout(settings: Settings) -> Overrides:
    """The next share of units to drop, up to a half."""
    known = setting(settings, "regularization") or {}
    kept = known.get("keep_prob")
    if not takes_dropout(settings):
        return ()
    if kept is not None:
        steps = tuple(1 - step for step in DROPOUT_STEPS)
        return tuple(f"regularization.keep_prob={step:g}" for step in steps if step < kept)[:1]
    if "dropout" not in known or ":" in (setting(settings, "model.type") or ""):
        return ()  # a model of the user's own may take none
    dropout = known["dropout"]
    now = _own_dropout(settings) if dropout is None else dropout
    return tuple(f"regularization.dropout={step}" for step in DROPOUT_STEPS if step > now)[:1]


def takes_dropout(settings: Settings) -> bool:
    """Whether the model has a layer that drops; where it is not known, yes."""
    return setting(settings, "model.type") not in UNDROPPED


def dropout_is_full(settings: Settings) -> bool:
    """Whether half of the units are dropped already."""
    known = setting(settings, "regularization") or {}
    dropped = 1 - known["keep_prob"] if known.get("keep_prob") else known.get("dropout")
    return (_own_dropout(settings) if dropped is None else dropped) >= DROPOUT_STEPS[-1]


def more_decay(settings: Settings) -> Overrides:
    """Ten times the penalty, or three times the decay where that is what the recipe has."""
    own = setting(settings, "optimizer.weight_decay")
    if own:
        return _grown("optimizer.weight_decay", own, 3, MOST_DECAY)
    decay = setting(settings, "regularization.weight_decay")
    if decay:
        return _grown("regularization.weight_decay", decay, 3, MOST_DECAY)
    l2 = setting(settings, "regularization.l2")
    if l2 is None:
        return ()
    first, most = FIRST_L2, MOST_L2
    if setting(settings, "regularization.l2_form") == "course":
        first, most = FIRST_LAMBDA, MOST_LAMBDA
    return _grown("regularization.l2", l2, 10, most) if l2 else (f"regularization.l2={first:g}",)


def smoother_labels(settings: Settings) -> Overrides:
    """A tenth of each target spread over the classes; not of boxes or a recipe's own loss."""
    smoothing = setting(settings, "regularization.label_smoothing")
    if setting(settings, "pipeline") == "object_detection":
        return ()
    if smoothing is None or smoothing > 0 or setting(settings, "loss") is not None:
        return ()
    return (f"regularization.label_smoothing={SMOOTHING}",)


def larger_dev(settings: Settings) -> Overrides:
    """Twice the share of dev, taken from train, while train keeps half of the examples."""
    division = setting(settings, "data.split")
    if not isinstance(division, Mapping) or not division.get("dev"):
        return ()
    dev, train = division["dev"], division["train"]
    if train - dev < 0.5:
        return ()
    return (f"data.split.train={train - dev:g}", f"data.split.dev={2 * dev:g}")


def folds(settings: Settings) -> Overrides:
    """Every example held out once, where the division allows it."""
    division = setting(settings, "data.split")
    if setting(settings, "evaluation") is None or setting(settings, "evaluation.folds"):
        return ()
    if isinstance(division, Mapping) and (division.get("by") == "time" or division.get("folds")):
        return ()
    return ("evaluation.folds=5",)


def setting(settings: Settings, path: str) -> Any:
    """What the recipe says at a dotted path; None where it says nothing."""
    value: Any = settings
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def next_of(steps: Sequence[Any], now: Any) -> Any:
    """The step after `now`; None after the last, or where `now` is none of them."""
    later = steps[steps.index(now) + 1 :] if now in steps else ()
    return later[0] if later else None


def _grown(key: str, now: float, times: float, most: float) -> Overrides:
    return (f"{key}={min(times * now, most):g}",) if now < most else ()


def _own_dropout(settings: Settings) -> float:
    return PAPER_DROPOUT.get(setting(settings, "model.type") or "", 0.0)
