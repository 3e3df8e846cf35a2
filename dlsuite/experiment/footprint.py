"""How many bytes do the parts of a training take: its state, a step, an example, what is kept?"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from dlsuite.data.ahead import WAITING
from dlsuite.experiment.learner import MOST_KEPT, Learner
from dlsuite.training.capacity import bytes_each
from dlsuite.training.gradients import of_size, step_graph
from dlsuite.training.liveness import live_bytes, unknown_sizes
from dlsuite.training.variables import acting, optimizers_of, undisturbed
from dlsuite.types import Tree

# What kernels work in, and what the allocator keeps for the next step: 1.15 to 1.2 times the live
# values were measured of convolutions with and without normalization, 1.6 times of attention.
WORKING = 1.3
UPDATE = 2  # times the weights: gradients, and what an update works in
COPIES = 2  # of the state of training: the last epoch's while this one's is taken
MOST_SLOTS = 2  # values an optimizer keeps for each weight where it does not tell: Adam's
ROUGHLY = 40  # times what all layers give out: attention over long sequences is the worst known


def training_size(learner: Learner) -> int:
    """Examples in a batch of training."""
    size, count = learner.settings.data.batch_size, len(learner.splits.train)
    return count if size == "full" else min(size, count)


def step_bytes(learner: Learner, size: int) -> tuple[int, bool]:
    """Bytes of a step with batches of a size, and whether all its values are known."""
    step, known = values_bytes(learner, size, training=True)
    update = UPDATE * bytes_of(learner.model.trainable_variables)
    waiting = WAITING * min(size, len(learner.splits.train)) * example_bytes(learner)
    return step + update + waiting, known


def values_bytes(learner: Learner, size: int, *, training: bool) -> tuple[int, bool]:
    """Bytes that values of a step take at once, and whether all of them are known."""
    specs = learner.batches(0, cache="none").dataset.element_spec
    own = type(learner.model).train_step is not keras.Model.train_step
    for wanted in (training, False):
        try:
            with undisturbed():
                graph = step_graph(learner.model, of_size(specs, size), training=wanted)
            known = wanted == training and not (training and own) and not unknown_sizes(graph)
            return round(WORKING * live_bytes(graph)), known
        except Exception:  # whatever a user's model says to what is not its own training
            continue
    return 0, False


def state_bytes(model: keras.Model) -> int:
    """Bytes of all variables of a training: the model's and its optimizers'."""
    return bytes_of(model.variables) + sum(
        _slots(optimizer) * bytes_of(model.trainable_variables)
        for optimizer in optimizers_of(model).values()
    )


def _slots(optimizer: keras.optimizers.Optimizer) -> int:
    """How many values an optimizer keeps for each weight: Adam two, SGD with momentum one."""
    inner = acting(optimizer)
    try:
        with undisturbed():
            trial = type(inner).from_config(inner.get_config())
            trial.build([keras.Variable(np.zeros(3, "float32"))])
    except Exception:  # of a user's own that cannot be made a second time
        return MOST_SLOTS
    return sum(tuple(variable.shape) == (3,) for variable in trial.variables)


def bytes_of(variables: Any) -> int:
    """Bytes of Keras variables."""
    return sum(
        math.prod(variable.shape) * bytes_each(keras.backend.standardize_dtype(variable.dtype))
        for variable in variables
    )


def example_bytes(learner: Learner) -> int:
    """Bytes of one encoded example; what has no size by itself counts for nothing."""
    specs: Tree = learner.batches(0, cache="none").dataset.element_spec
    leaves = [leaf for leaf in keras.tree.flatten(specs) if leaf.dtype.name != "string"]
    return sum(math.prod(s or 0 for s in leaf.shape[1:]) * leaf.dtype.size for leaf in leaves)


def kept_bytes(learner: Learner) -> int:
    """Bytes of encoded examples in memory: those of dev, and of training where they are cached."""
    one = example_bytes(learner)
    dev, train = learner.splits.dev, len(learner.splits.train)
    cached = train * one if learner.settings.data.cache == "memory" else 0
    return cached + (0 if dev is None else min(len(dev) * one, MOST_KEPT))


def rough_guess(learner: Learner) -> int:
    """Bytes of a training that are too many by far, without tracing any of it."""
    given = [leaf for each in learner.model.layers for leaf in keras.tree.flatten(each.output)]
    numbers = sum(math.prod(side or 1 for side in leaf.shape[1:]) for leaf in given)
    size = max(training_size(learner), learner.settings.evaluation.batch_size)
    state = (COPIES + 2) * state_bytes(learner.model)
    values = 16 * learner.pipeline.baseline_values(learner.settings, learner.splits)
    return state + 4 * numbers * size * ROUGHLY + kept_bytes(learner) + values
