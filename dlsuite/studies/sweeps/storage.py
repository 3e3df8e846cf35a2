"""What Optuna notes of a sweep: opened, filled with the trials to come, taken from one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import optuna
from filelock import FileLock
from optuna.samplers import RandomSampler
from optuna.study import StudyDirection
from optuna.trial import TrialState

from dlsuite.strategy.sweep_settings import TRIALS, SweepSettings
from dlsuite.studies.sweeps.samplers import pruner_of, sampler_of, seed_of
from dlsuite.studies.sweeps.space import Space
from dlsuite.tracking import Store, StoreError
from dlsuite.tracking.processes import own_tags

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

# It tells of each trial what is told here anyway.
optuna.logging.set_verbosity(optuna.logging.ERROR)

FILE = "sweeps.db"
LOCK = ".sweep.lock"
WORKER = "worker"  # attribute of a trial: the tags of the process that has taken it
QUEUED = "fixed_params"  # attribute that Optuna gives to what was noted beforehand
SURPLUS = "surplus"  # attribute of a trial that is none
PATIENCE = 60.0  # seconds that who finds the file locked waits
ENDED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


def url_of(store: Store, sweep: SweepSettings) -> str:
    """Where Optuna keeps its notes: the recipe's `storage`, or a file beside the store."""
    return sweep.storage or f"sqlite:///{store.location.folder / FILE}"


def without_password(url: str) -> str:
    """The URL to be shown."""
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


def opened(url: str, name: str, sweep: SweepSettings, higher: bool, *, create: bool) -> Study:
    """The notes of a sweep.

    Args:
        url: Of the storage.
        name: Id of the sweep's run.
        sweep: The recipe's settings.
        higher: Whether a larger value is the better one.
        create: Whether they may begin here.

    Raises:
        StoreError: The storage cannot be used, or knows no such sweep.
    """
    from sqlalchemy.exc import SQLAlchemyError

    manners = {"connect_args": {"timeout": PATIENCE}} if url.startswith("sqlite") else {}
    how: dict[str, Any] = {"sampler": sampler_of(sweep), "pruner": pruner_of(sweep)}
    try:
        storage = optuna.storages.RDBStorage(url, engine_kwargs=manners)
        if create:
            direction = StudyDirection.MAXIMIZE if higher else StudyDirection.MINIMIZE
            return optuna.create_study(
                storage=storage, study_name=name, direction=direction, load_if_exists=True, **how
            )
        return optuna.load_study(storage=storage, study_name=name, **how)
    except (SQLAlchemyError, ImportError, OSError, optuna.exceptions.StorageInternalError) as why:
        first = str(why).strip().partition("\n")[0]
        raise StoreError(
            f"The storage of the sweep, {without_password(url)}, cannot be used: {first}"
        ) from why
    except KeyError as why:
        raise StoreError(
            f"The storage {without_password(url)} knows no sweep {name[:8]}. Name the one where it "
            "began as sweep.storage; a sweep of several machines needs one that all of them reach."
        ) from why


def planned(space: Space, sweep: SweepSettings) -> int:
    """How many trials the sweep has."""
    if sweep.sampler == "grid":
        assert space.points is not None
        return space.points
    return sweep.trials or TRIALS


def fill(study: Study, space: Space, sweep: SweepSettings) -> int:
    """Notes every trial to come that is not noted yet; who takes one up need not count.

    Points of a grid and random ones are known beforehand; what `tpe` tries is drawn when its turn
    comes.

    Returns:
        How many trials there are in all.
    """
    held = len(trials_of(study))
    count = planned(space, sweep)
    for params in itertools.islice(points(space, sweep), held, count):
        study.enqueue_trial(params)
    return max(held, count)


def points(space: Space, sweep: SweepSettings) -> Iterator[dict[str, Any]]:
    """The params of each trial, as far as they are known beforehand."""
    if sweep.sampler == "grid":
        yield from space.grid()
        return
    for number in itertools.count():
        known = sweep.sampler == "random"
        yield _drawn(space, seed_of(sweep.seed, number)) if known else {}


def preview(space: Space, sweep: SweepSettings, most: int) -> list[dict[str, Any]]:
    """The params of the first trials; `tpe` begins with random ones, which are some of these."""
    if sweep.sampler != "tpe":
        return list(itertools.islice(points(space, sweep), min(most, planned(space, sweep))))
    study = optuna.create_study(sampler=sampler_of(sweep))
    count = min(most, planned(space, sweep))
    return [study.ask(space.distributions).params for _ in range(count)]


def trials_of(study: Study) -> list[FrozenTrial]:
    """All trials by number, as they are noted now."""
    found = study.get_trials(deepcopy=False)
    return [each for each in found if SURPLUS not in each.user_attrs]


def take(
    study: Study, space: Space, store: Store, is_left: Callable[[FrozenTrial], bool]
) -> Trial | None:
    """A trial to do now, its params drawn: one whose process has died, or the next of the queue.

    Args:
        study: The notes.
        space: What is searched.
        store: Beside which processes of this machine wait for each other.
        is_left: Whether nobody works on a running trial any more.

    Returns:
        The trial, or None where all are done or being done.
    """
    with _one_at_a_time(store):
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        left = next((each for each in running if is_left(each)), None)
        if left is not None:
            trial: Trial = optuna.trial.Trial(study, left._trial_id)
        elif study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            trial = study.ask()
            if QUEUED not in study.get_trials(deepcopy=False)[trial.number].system_attrs:
                # Another machine was quicker, and this is one trial more.
                trial.set_user_attr(SURPLUS, True)
                study.tell(trial, state=TrialState.FAIL)
                return None
        else:
            return None
        trial.set_user_attr(WORKER, own_tags())
    for path, distribution in space.distributions.items():
        _suggest(trial, path, distribution)
    return trial


@contextmanager
def _one_at_a_time(store: Store) -> Iterator[None]:
    store.location.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(store.location.folder / LOCK):
        yield


def _suggest(trial: Trial, path: str, distribution: BaseDistribution) -> None:
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        trial.suggest_categorical(path, distribution.choices)
    elif isinstance(distribution, optuna.distributions.IntDistribution):
        one = distribution
        trial.suggest_int(path, one.low, one.high, step=one.step, log=one.log)
    elif isinstance(distribution, optuna.distributions.FloatDistribution):
        other = distribution
        trial.suggest_float(path, other.low, other.high, step=other.step, log=other.log)


def _drawn(space: Space, seed: int) -> dict[str, Any]:
    study = optuna.create_study(sampler=RandomSampler(seed=seed))
    return study.ask(space.distributions).params
