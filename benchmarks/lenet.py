"""What the benchmarks train: the recipe fashion_lenet5 on Fashion-MNIST, or on noise like it."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from benchmarks.harness import Row, Sample, against, of_pairs, say
from dlsuite.data import Collection, Examples
from dlsuite.data.sources import idx
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.preparing import prepare
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import load
from dlsuite.training import FitTask
from pipelines import SHIPPED, image_classification

RECIPE = "fashion_lenet5"
TRAIN, DEV, TEST = 54_000, 6_000, 10_000  # examples by split, as the recipe divides them
NOISE = {"data.source": {"type": "benchmarks.lenet:noise"}}


def noise() -> Collection:
    """Random pictures of 28x28 pixels in ten classes; what they show does not change a speed."""
    random = np.random.default_rng(0)
    parts = {}
    for name, count in (("train", TRAIN + DEV), ("test", TEST)):
        images = random.integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)
        labels = random.integers(0, 10, count).astype(np.int32)
        keys = np.array([f"{name}{i:027x}"[-32:].rjust(32, "0") for i in range(count)])
        parts[name] = Examples({"image": images, "label": labels}, keys, strata=labels)
    return Collection(parts, {"class_names": list("0123456789")})


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """The recipe's 60,000 pictures uint8 `[N, 28, 28, 1]` and labels int32 `[N]`."""
    source = noise() if _folder() is None else idx(str(_folder()))
    rows = source.parts["train"].rows
    return rows["image"], rows["label"]


def data_name() -> str:
    """What the pictures are, for the table."""
    return "random pictures" if _folder() is None else "Fashion-MNIST"


def overrides(changes: Mapping[str, Any] = {}) -> dict[str, Any]:
    """Changes to the recipe under which it finds its data and is not compared with a baseline."""
    return {**(NOISE if _folder() is None else {}), "baseline": None, **changes}


def learner(changes: Mapping[str, Any] = {}) -> Learner:
    """The recipe with its data and its compiled model."""
    pipeline = image_classification.pipeline
    recipe = load(RECIPE, pipeline.settings, overrides(changes), shipped=SHIPPED)
    keras.utils.set_random_seed(0)
    return prepare(pipeline, recipe, jit_compile=False)


def task(learner: Learner, **choices: Any) -> FitTask:
    """A training of it, as `run` calls it; `choices` are those of `FitTask`."""
    given = {"measure": learner.measure, **choices}
    return FitTask(
        model=learner.model,
        training=learner.settings.training,
        batches=learner.batches,
        higher_is_better=higher_is_better,
        monitor=learner.monitor,
        **given,
    )


@contextmanager
def store() -> Iterator[Path]:
    """A store that is gone afterwards; gives its folder."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
        yield Path(folder)


class Clock(keras.callbacks.Callback):
    """Time from the beginning of one epoch to that of the next, all that lies between included."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[tuple[float, float]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.moments.append((time.perf_counter(), time.process_time()))

    def on_train_end(self, logs: Any = None) -> None:
        self.on_epoch_begin(0)

    def typical(self) -> Sample:
        """Median epoch; the first, which traces, is left out."""
        wall, cpu = np.median(np.diff(self.moments, axis=0)[1:], axis=0)
        return Sample(float(wall), float(cpu))


class Turns(keras.callbacks.Callback):
    """Before each epoch of a training the other side has one: the times of both, by epoch."""

    def __init__(self, theirs: Callable[[], Sample]) -> None:
        super().__init__()
        self._theirs = theirs
        self.ours: list[Sample] = []
        self.theirs: list[Sample] = []
        self._began: tuple[float, float] | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._stop()
        self.theirs.append(self._theirs())
        self._began = (time.perf_counter(), time.process_time())

    def on_train_end(self, logs: Any = None) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._began is not None:
            wall, cpu = self._began
            self.ours.append(Sample(time.perf_counter() - wall, time.process_time() - cpu))
            say(f"  {len(self.ours)}  {against(self.ours[-1].wall, self.theirs[-1].wall)}")


class Boundaries:
    """Measures dev and takes the time whenever an epoch's steps are over.

    What is done at the end of an epoch, or begun there beside the training, so falls between this
    boundary and the next. Where every second epoch ends with more work (the 2nd, 4th, …), the
    spans after them are those with, the others those without.
    """

    def __init__(self, measure: Callable[[], Mapping[str, float]]) -> None:
        self._measure = measure
        self.moments: list[tuple[float, float]] = []

    def measure(self) -> Mapping[str, float]:
        self.moments.append((time.perf_counter(), time.process_time()))
        return self._measure()

    def row(self, name: str, *, target: float) -> Row:
        """Spans with against those without, each pair from two epochs that follow each other."""
        # Before training, end of epoch 1, end of epoch 2: the first span to count begins there.
        spans = [Sample(*map(float, span)) for span in np.diff(self.moments, axis=0)[2:]]
        return of_pairs(name, list(zip(spans[0::2], spans[1::2], strict=False)), target=target)


def _folder() -> Path | None:
    folder = Path(os.environ.get("DLSUITE_DATA", "/nowhere"), "fashion-mnist")
    return folder if folder.is_dir() else None
