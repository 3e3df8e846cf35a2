"""Samplers and pruners of a sweep, each trial drawn with a seed of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from dlsuite.strategy.sweep_settings import SweepSettings

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.pruners import BasePruner
    from optuna.study import Study
    from optuna.trial import FrozenTrial

QUARTER = 4  # of which asha keeps one


class ByNumber(BaseSampler):
    """A sampler that draws each trial with a seed of its own, made of its number.

    So what a trial tries follows from its number and the trials before, not from which process
    draws it: a sweep that was interrupted goes on as it would have.

    Args:
        made: Seed -> the sampler of one trial.
        seed: Of the sweep.
    """

    def __init__(self, made: Callable[[int], BaseSampler], seed: int) -> None:
        self._made, self._seed = made, seed
        self._of: tuple[int, BaseSampler] | None = None

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self._sampler(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._sampler(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        own = self._sampler(trial)
        return own.sample_independent(study, trial, param_name, param_distribution)

    def _sampler(self, trial: FrozenTrial) -> BaseSampler:
        if self._of is None or self._of[0] != trial.number:
            self._of = trial.number, self._made(seed_of(self._seed, trial.number))
        return self._of[1]


def seed_of(seed: int, number: int) -> int:
    """The seed of a trial's draw."""
    return int(np.random.SeedSequence((seed, number)).generate_state(1)[0])


def sampler_of(sweep: SweepSettings) -> BaseSampler:
    """What draws the trials that are not known beforehand."""
    if sweep.sampler == "tpe":
        return ByNumber(lambda seed: TPESampler(seed=seed), sweep.seed)
    return ByNumber(lambda seed: RandomSampler(seed=seed), sweep.seed)


def pruner_of(sweep: SweepSettings) -> BasePruner:
    """What ends trials early."""
    if sweep.pruner == "asha":
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=sweep.min_epochs, reduction_factor=QUARTER
        )
    if sweep.pruner == "median":
        # A value of the epoch `min_epochs` is looked at, none before it.
        return optuna.pruners.MedianPruner(n_warmup_steps=sweep.min_epochs)
    return optuna.pruners.NopPruner()
