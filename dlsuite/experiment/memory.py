"""How much memory will a training take at its peak, is there so much, and which batch would fit?"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import keras

from dlsuite.experiment.footprint import (
    COPIES,
    UPDATE,
    bytes_of,
    kept_bytes,
    rough_guess,
    state_bytes,
    step_bytes,
    training_size,
    values_bytes,
)
from dlsuite.experiment.learner import Learner
from dlsuite.host_memory import give_back, gpu_memory, host_memory, in_words
from dlsuite.progress import tell, working

log = logging.getLogger("dlsuite.experiment")
REST = 100_000_000  # bytes: traced functions, pictures, the export and its proof
STEP = "a step of training"  # the phase that the size of a batch decides on
TIGHT = 0.8  # of what is available, from which on it is said
# A step with less than this share of the memory by the roughest guess is not looked at.
SMALL = 0.25


class MemoryShort(RuntimeError):
    """A training would take more memory than there is."""


@dataclass(frozen=True)
class Need:
    """Bytes that a training takes.

    Attributes:
        held: From beginning to end, by what it is for.
        phases: In turn, by what is done; the largest makes the peak. Empty: nothing is known.
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
        largest = max(self.phases.values(), default=0)
        object.__setattr__(self, "peak", sum(self.held.values()) + largest)

    def text(self) -> str:
        """Such as `memory: about 1.9 GB at its peak, of 22.4 GB available`."""
        if not self.phases:
            return f"{self.place}: what it takes is not known"
        least = "about" if self.known else "at least"
        there = (
            "; what is available is not known"
            if self.available is None
            else f", of {in_words(self.available)} available"
        )
        return f"{self.place}: {least} {in_words(self.peak)} at its peak{there}"

    @property
    def room(self) -> int:
        """Bytes that are left for each phase; negative where what is held takes all."""
        return (self.available or 0) - sum(self.held.values())


def need(learner: Learner) -> Need:
    """What the training of a learner takes. Whatever goes wrong in an estimate: it is not known."""
    try:
        return _need(learner)
    except Exception as problem:  # of a user's data, model or optimizer, which training will meet
        log.info("The memory of this training cannot be estimated.", exc_info=problem)
        return Need({}, {}, None, known=False)


def _need(learner: Learner) -> Need:
    state, weights = state_bytes(learner.model), bytes_of(learner.model.variables)
    step, known = step_bytes(learner, training_size(learner))
    answers, _ = values_bytes(learner, learner.settings.evaluation.batch_size, training=False)
    phases = {STEP: step, "scoring": answers}
    if _on_gpu():
        return Need({"weights and optimizer": state}, phases, gpu_memory(), "GPU memory", known)
    host = host_memory()
    best = weights if learner.settings.training.early_stopping else 0
    held = {
        "process, data and model": host.resident + REST,
        "optimizer": state - weights,
        "copies for checkpoints": COPIES * state + best,
        "encoded examples": kept_bytes(learner),
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
        give_back()  # what trainings before it in this process have left is there for it
        found = need(learner)
    if found.available is None or found.peak <= TIGHT * found.available:
        return
    refused = refusal(learner, found)
    if refused is not None:
        raise MemoryShort(refused)
    tell(f"{found.text()}: that is tight.")


def refusal(learner: Learner, found: Need) -> str | None:
    """Why a training is refused that takes what was found; None where it fits, or is small."""
    if _fits(found) or _small(learner):
        return None
    available = in_words(found.available or 0)
    return (
        f"The training must fit into the {available} of {found.place} that are available. "
        f"Received: one that takes {found.text().partition(': ')[2]}. {_cure(learner, found)} "
        "`--force` trains all the same."
    )


def times_over(learner: Learner) -> float | None:
    """How many times what a training takes is available; None: plenty, or not known."""
    if _small(learner):
        return None
    found = need(learner)
    return found.available / found.peak if found.available and found.peak else None


def fitting_batch(learner: Learner, found: Need) -> int | None:
    """The largest batch of training that fits by the estimate; None where not even one example."""
    size = training_size(learner)
    while size > 1 and not _fits(found):
        fixed = UPDATE * bytes_of(learner.model.trainable_variables)
        share = (found.room - fixed) / max(found.phases[STEP] - fixed, 1)
        size = max(1, min(size - 1, math.floor(size * share)))
        found = replace(found, phases={**found.phases, STEP: step_bytes(learner, size)[0]})
    return size if _fits(found) else None


def _fits(found: Need) -> bool:
    return found.available is None or found.peak <= found.available


def _cure(learner: Learner, found: Need) -> str:
    scoring = learner.settings.evaluation.batch_size
    if found.room > 0 and found.phases["scoring"] > found.room:
        fits = max(1, math.floor(scoring * found.room / found.phases["scoring"]))
        if found.phases[STEP] <= found.room:
            return f"Scoring takes the most: evaluation.batch_size={fits} fits."
        size = fitting_batch(learner, replace(found, phases={**found.phases, "scoring": 0}))
        if size is not None:
            return f"What fits: evaluation.batch_size={fits} with data.batch_size={size}."
    if found.room > 0 and found.phases.get("the baseline", 0) > found.room:
        return "Fitting the baseline takes the most: baseline=null does without."
    size = fitting_batch(learner, found)
    if size is None:
        return "No batch is small enough: the model itself must be smaller."
    return f"The largest batch that fits: data.batch_size={size}."


def _small(learner: Learner) -> bool:
    """Whether a guess that is too large by far fits easily, so that nothing need be traced."""
    if _on_gpu():
        return False
    try:
        return rough_guess(learner) < SMALL * host_memory().available
    except Exception:  # such as of a model whose layers were not called one by one
        return False


def _on_gpu() -> bool:
    """Whether TensorFlow uses a GPU: not where the recipe wants a CPU."""
    return bool(keras.distribution.list_devices("gpu"))
