"""How long a training will take, measured by a few of its steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from dlsuite.data import sample
from dlsuite.experiment.learner import Learner
from dlsuite.progress import working
from dlsuite.training.variables import build_optimizer

WARM_UP = 3  # calls that trace, fill the input pipeline and choose kernels
MOST_CALLS = 50
MOST_SECONDS = 5.0
DEV_BATCHES = 8


@dataclass(frozen=True)
class Cost:
    """Seconds that a training takes on this machine, as far as a few steps tell.

    Attributes:
        steps: How many were measured.
        step: Of one step.
        measure: Of one look at dev; 0 where there is none.
        epoch: Of one epoch, with its look at dev.
        scoring: Of scoring every split at the end.
        run: Of all epochs, where nothing ends it sooner, and the scoring. The baseline, the
            pictures and the proof of the export are not in it.
    """

    steps: int
    step: float
    measure: float
    epoch: float
    scoring: float
    run: float


def cost(learner: Learner) -> Cost:
    """Measures some steps of training and of measuring dev; the model is another afterwards.

    Stages that freeze layers are quicker than this says.
    """
    training = learner.settings.training
    with working("measuring a few steps"):
        steps, step = _step(learner)
        measure = _measure(learner)
        scoring = _scoring(learner)
    looks = -(-training.epochs // training.measure_every)
    each = learner.steps_per_epoch * step
    run = training.epochs * each + looks * measure + scoring
    return Cost(steps, step, measure, each + measure, scoring, run)


def _step(learner: Learner) -> tuple[int, float]:
    """How many steps were measured, and the mean seconds of one."""
    model = learner.model
    build_optimizer(model)
    model.make_train_function()
    batches = iter(learner.batches(0).dataset.repeat())
    for _ in range(WARM_UP):
        logs = model.train_function(batches)
    _settle(logs)
    began, calls = time.perf_counter(), 0
    while calls < MOST_CALLS and time.perf_counter() - began < MOST_SECONDS:
        logs = model.train_function(batches)
        calls += 1
    _settle(logs)
    steps = calls * model.steps_per_execution
    return steps, (time.perf_counter() - began) / steps


def _settle(logs: object) -> None:
    """Waits until a step has really ended; an accelerator answers before."""
    for value in keras.tree.flatten(logs):
        float(value)


def _measure(learner: Learner) -> float:
    dev = learner.splits.dev
    if dev is None:
        return 0.0
    some = sample(dev, DEV_BATCHES * learner.settings.evaluation.batch_size, 0)
    look: Callable[[], Any] = learner.measure if some is dev else partial(learner.score, some)
    look()  # traces
    return _seconds(look) * len(dev) / len(some)


def _scoring(learner: Learner) -> float:
    """Of all splits, as parts of train of two sizes tell what an example takes, and a call."""
    train, *others = learner.splits.named().values()
    evaluation = learner.settings.evaluation
    total = min(len(train), evaluation.train_sample) + sum(map(len, others))
    parts = [sample(train, batches * evaluation.batch_size, 0) for batches in (1, DEV_BATCHES)]
    learner.score(parts[0])  # traces
    few, many = (_seconds(partial(learner.score, part)) for part in parts)
    further = len(parts[1]) - len(parts[0])
    each = max(many - few, 0.0) / further if further else few / len(parts[0])
    call = max(few - each * len(parts[0]), 0.0)
    return each * total + call * (1 + len(others))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
