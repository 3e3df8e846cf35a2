"""How much memory will a training take at its peak, is there so much, and which batch would fit?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from dlsuite.experiment.learner import MOST_KEPT, Learner
from dlsuite.host_memory import gpu_memory, host_memory, in_words
from dlsuite.progress import tell, working
from dlsuite.training.gradients import of_size, step_graph
from dlsuite.training.liveness import live_bytes, unknown_sizes
from dlsuite.training.variables import optimizers_of, undisturbed
from dlsuite.types import Tree

# What kernels work in, and what the allocator keeps for the next step: 1.15 to 1.2 times the live
# values were measured of convolutions with and without normalization, 1.6 times of attention.
WORKING = 1.3
REST = 100_000_000  # bytes: traced functions, pictures, the export and its proof
READY = 4  # batches that wait to be trained on
UPDATE = 2  # times the weights: gradients, and what an update works in
COPIES = 2  # of the state of training: the last epoch's while this one's is taken
TIGHT = 0.8  # of what is available, from which on it is said
# A step with less than this share of the memory by the roughest guess is not looked at.
SMALL = 0.25
ROUGHLY = 40  # times what all layers give out: attention over long sequences is the worst known


class MemoryShort(RuntimeError):
    """A training would take more memory than there is."""


@dataclass(frozen=True)
class Need:
    """Bytes that a training takes.

    Attributes:
        held: From beginning to end, by what it is for.
        phases: In turn, by what is done; the largest of them makes the peak.
        available: What there is for this process, what it holds by now included; None: not known.
        place: Which memory.
        known: Whether the model's values in a step are known; without them it is at least so much.
    """

    held: Mapping[str, int]
    phases: Mapping[str, int]
    available: int | None
    place: str = "memory"
    known: bool = True
    peak: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "peak", sum(self.held.values()) + max(self.phases.values()))

    def text(self) -> str:
        """Such as `memory: about 1.9 GB at its peak, of 22.4 GB available`."""
        least = "about" if self.known else "at least"
        there = "" if self.available is None else f", of {in_words(self.available)} available"
        return f"{self.place}: {least} {in_words(self.peak)} at its peak{there}"

    @property
    def room(self) -> int:
        """Bytes that are left for each phase; negative where what is held takes all."""
        return (self.available or 0) - sum(self.held.values())


def need(learner: Learner, batch_size: int | None = None) -> Need:
    """What the training of a learner takes, with batches of another size if one is given."""
    size = batch_size or training_size(learner)
    state, weights = _state(learner.model), _bytes(learner.model.variables)
    step, known = _live(learner, size, training=True)
    answers, _ = _live(learner, learner.settings.evaluation.batch_size, training=False)
    update = UPDATE * _bytes(learner.model.trainable_variables)
    one, count = _of_one(learner), len(learner.splits.train)
    waiting = READY * min(size, count) * one
    phases = {"a step of training": step + update + waiting, "scoring": answers}
    gpu = gpu_memory()
    if gpu is not None and keras.distribution.list_devices("gpu"):
        return Need({"weights and optimizer": state}, phases, gpu, "GPU memory", known)
    host = host_memory()
    best = weights if learner.settings.training.early_stopping else 0
    held = {
        "process, data and model": host.resident + REST,
        "optimizer": state - weights,
        "copies for checkpoints": COPIES * state + best,
        "encoded examples": _kept(learner, one),
    }
    phases["the baseline"] = 16 * learner.pipeline.baseline_values(
        learner.settings, learner.splits
    )  # bytes: a list of batches, their sum, and both again in the solver
    return Need(held, phases, host.available + host.resident, known=known)


def require_room(learner: Learner, force: bool) -> None:
    """Refuses a training that cannot fit, and says so of one that may not.

    Raises:
        MemoryShort: It takes more than there is, and nobody insists.
    """
    if force or _small(learner):
        return
    with working("estimating memory"):
        found = need(learner)
    if found.available is None or found.peak <= TIGHT * found.available:
        return
    if found.peak <= found.available:
        tell(f"{found.text()}: that is tight.")
        return
    raise MemoryShort(
        f"The training must fit into the {in_words(found.available)} of {found.place} that are "
        f"available. Received: one that takes {found.text().partition(': ')[2]}. "
        f"{_cure(learner, found)} `--force` trains all the same."
    )


def training_size(learner: Learner) -> int:
    """Examples in a batch of training."""
    size, count = learner.settings.data.batch_size, len(learner.splits.train)
    return count if size == "full" else min(size, count)


def fitting_batch(learner: Learner, found: Need) -> int | None:
    """The largest batch of training that fits by the estimate; None where not even one example."""
    phase, size = "a step of training", training_size(learner)
    while size > 1 and found.available is not None and found.peak > found.available:
        step = found.phases[phase]
        fixed = UPDATE * _bytes(learner.model.trainable_variables)
        share = (found.room - fixed) / max(step - fixed, 1)
        size = max(1, min(size - 1, math.floor(size * share)))
        found = need(learner, size)
    return size if found.available is None or found.peak <= found.available else None


def _cure(learner: Learner, found: Need) -> str:
    scoring = learner.settings.evaluation.batch_size
    if found.room > 0 and found.phases["scoring"] > found.room:
        fits = math.floor(scoring * found.room / found.phases["scoring"])
        also = "" if found.phases["a step of training"] <= found.room else ", and smaller batches"
        return f"Scoring takes the most: evaluation.batch_size={max(1, fits)} fits{also}."
    if found.room > 0 and found.phases.get("the baseline", 0) > found.room:
        return "Fitting the baseline takes the most: baseline=null does without."
    size = fitting_batch(learner, found)
    if size is None:
        return "No batch is small enough: the model itself must be smaller."
    return f"The largest batch that fits: data.batch_size={size}."


def _small(learner: Learner) -> bool:
    """Whether a guess that is too large by far fits easily, so that nothing need be traced."""
    host = host_memory()
    layers = learner.model.layers
    try:
        given = [leaf for layer in layers for leaf in keras.tree.flatten(layer.output)]
    except AttributeError:  # a model whose layers were not called one by one
        return False
    numbers = sum(math.prod(side or 1 for side in leaf.shape[1:]) for leaf in given)
    size = max(training_size(learner), learner.settings.evaluation.batch_size)
    state = (COPIES + 2) * _state(learner.model)
    values = 16 * learner.pipeline.baseline_values(learner.settings, learner.splits)
    guess = state + 4 * numbers * size * ROUGHLY + _kept(learner, _of_one(learner)) + values
    return guess < SMALL * host.available and not gpu_memory()


def _live(learner: Learner, size: int, *, training: bool) -> tuple[int, bool]:
    """Bytes that values of a step take at once, and whether all of them are known."""
    specs = learner.batches(0, cache="none").dataset.element_spec
    own = type(learner.model).train_step is not keras.Model.train_step
    for wanted in (training, False):
        try:
            with undisturbed():
                graph = step_graph(learner.model, of_size(specs, size), training=wanted)
        except Exception:  # whatever a user's model says to what is not its own training
            continue
        known = wanted == training and not (training and own) and not unknown_sizes(graph)
        return round(WORKING * live_bytes(graph)), known
    return 0, False


def _state(model: keras.Model) -> int:
    """Bytes of all variables of a training: the model's and its optimizers'."""
    return _bytes(model.variables) + sum(
        _slots(optimizer) * _bytes(model.trainable_variables)
        for optimizer in optimizers_of(model).values()
    )


def _slots(optimizer: keras.optimizers.Optimizer) -> int:
    """How many values an optimizer keeps for each weight: Adam two, SGD with momentum one."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # of a loss scaling
    with undisturbed():
        trial = type(inner).from_config(inner.get_config())
        trial.build([keras.Variable(np.zeros(3, "float32"))])
    return sum(tuple(variable.shape) == (3,) for variable in trial.variables)


def _bytes(variables: Any) -> int:
    return sum(
        math.prod(variable.shape) * np.dtype(_stored(variable.dtype)).itemsize
        for variable in variables
    )


def _stored(dtype: str) -> str:
    return {"bfloat16": "float16", "bool": "bool"}.get(dtype, dtype)


def _of_one(learner: Learner) -> int:
    """Bytes of one encoded example; what has no size by itself counts for nothing."""
    specs: Tree = learner.batches(0, cache="none").dataset.element_spec
    leaves = [leaf for leaf in keras.tree.flatten(specs) if leaf.dtype.name != "string"]
    return sum(math.prod(s or 0 for s in leaf.shape[1:]) * leaf.dtype.size for leaf in leaves)


def _kept(learner: Learner, one: int) -> int:
    """Bytes of encoded examples in memory: those of dev, and of training where they are cached."""
    dev, train = learner.splits.dev, len(learner.splits.train)
    cached = train * one if learner.settings.data.cache == "memory" else 0
    return cached + (0 if dev is None else min(len(dev) * one, MOST_KEPT))
