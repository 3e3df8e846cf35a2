"""How long SavedModels take to answer: one alone, or several side by side on this machine."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dlsuite.progress import followed
from dlsuite.serving.replay import Case, ask, tensorflow_alone
from dlsuite.serving.verify import read_examples

WARM_UP = 5  # first answers, which trace and allocate
REPEATS, SECONDS = 100, 2.0  # of a model: answers are timed until either is reached
ROUND = 5  # answers of a model before it is the next one's turn


class Latency(NamedTuple):
    """Milliseconds of an answer: median and 95th percentile."""

    p50: float
    p95: float


def latency_ms(loaded: Any, case: Case, batch: int = 1) -> Latency:
    """That of a loaded SavedModel, of as many of the questions of `case` at once as `batch` says.

    Where there are fewer they are repeated. The first answers, which trace and allocate, are not
    timed.
    """
    question = _question(case, batch)
    _warm(loaded, case.signature, question)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < REPEATS and (not times or time.perf_counter() < end):
        times.append(_seconds(loaded, case.signature, question))
    return _of(times)


def latencies_side_by_side(exports: Mapping[str, Path], seed: int = 0) -> dict[str, Latency]:
    """Latencies at batch 1 of several exports, timed in turns.

    Each is asked its own first example. In every round all of them answer a few times, in a random
    order, so that what else the machine does meets them alike.

    Args:
        exports: Folders of exports of this suite, by what to call them.
        seed: Of the order.

    Raises:
        ValueError: What an export keeps to be asked is damaged.
    """
    tf = tensorflow_alone()
    models = {}
    for label, path in followed(list(exports.items()), "loading the models", unit="models"):
        loaded, case = tf.saved_model.load(str(path)), read_examples(path)[0][0]
        question = _question(case, 1)
        _warm(loaded, case.signature, question)
        models[label] = (loaded, case.signature, question)
    times: dict[str, list[float]] = {label: [] for label in models}
    draw, end = random.Random(seed), time.perf_counter() + SECONDS * len(models)
    for round_ in followed(range(REPEATS // ROUND), "timing answers", unit="rounds"):
        if round_ and time.perf_counter() > end:
            break
        for label in draw.sample(list(models), len(models)):
            times[label] += [_seconds(*models[label]) for _ in range(ROUND)]
    return {label: _of(found) for label, found in times.items()}


def _question(case: Case, batch: int) -> dict[str, np.ndarray]:
    rows = np.arange(batch)
    return {name: array[rows % len(array)] for name, array in case.inputs.items()}


def _warm(loaded: Any, signature: str, question: Mapping[str, np.ndarray]) -> None:
    for _ in range(WARM_UP):
        ask(loaded, signature, question)


def _seconds(loaded: Any, signature: str, question: Mapping[str, np.ndarray]) -> float:
    start = time.perf_counter()
    ask(loaded, signature, question)
    return time.perf_counter() - start


def _of(seconds: list[float]) -> Latency:
    p50, p95 = np.percentile(seconds, [50, 95])
    return Latency(1000 * float(p50), 1000 * float(p95))
