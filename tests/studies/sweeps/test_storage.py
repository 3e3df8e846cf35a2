"""Optuna's notes: what a killed sweep tries is what it would have tried, each trial once."""

import collections
import math
import uuid

import optuna
import pytest
from optuna.trial import TrialState

from dlsuite.strategy.sweep_settings import SweepSettings
from dlsuite.studies.sweeps import storage
from dlsuite.studies.sweeps.samplers import pruner_of, sampler_of
from dlsuite.studies.sweeps.space import Space
from dlsuite.tracking import Store, StoreError
from dlsuite.tracking.processes import PID, why_gone

SEARCH = {
    "rate": {"low": 1e-5, "high": 1.0, "scale": "log", "kind": "float"},
    "size": {"low": 2, "high": 64, "kind": "int"},
    "hidden": {"choices": [[4], [8, 8]]},
}
LEVELS = {
    "rate": {"low": 0.1, "high": 0.4, "step": 0.1, "kind": "float"},
    "hidden": {"choices": [[4], [8, 8]]},
}
NOBODY = {"host": "", PID: "1"}


def settings_of(sampler, **more):
    search = LEVELS if sampler == "grid" else SEARCH
    return SweepSettings.model_validate({"search": search, "sampler": sampler, **more})


def score(params):
    """A planted optimum near rate 0.01."""
    return abs(math.log10(params["rate"]) + 2) + len(params["hidden"]) / 10


class Notes:
    """A sweep whose trials are a formula; `kill_after` leaves one as a dead process would."""

    def __init__(self, store, name, settings):
        self.name, self.settings = name, settings
        self.space = Space(settings.search)
        self.store = store
        self.url = storage.url_of(store, settings)

    def open(self):
        study = storage.opened(self.url, self.name, self.settings, False, create=True)
        storage.fill(study, self.space, self.settings)
        return study

    def work(self, kill_after=None):
        study, done = self.open(), 0
        while True:
            trial = storage.take(study, self.space, self.store, self.is_left)
            if trial is None:
                return study
            if done == kill_after:
                trial.set_user_attr(storage.WORKER, NOBODY)
                return study
            study.tell(trial, score(trial.params))
            done += 1

    @staticmethod
    def is_left(trial):
        worker = trial.user_attrs[storage.WORKER]
        return worker == NOBODY or why_gone(worker) is not None


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One store, and beside it one storage, for all."""
    return Store.open(f"sqlite:///{tmp_path_factory.mktemp('kept')}/mlflow.db")


@pytest.fixture
def notes(kept):
    return lambda settings: Notes(kept, uuid.uuid4().hex, settings)


def params_of(study):
    found = storage.trials_of(study)
    assert {each.state for each in found} == {TrialState.COMPLETE}
    return [each.params for each in found]


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_a_killed_sweep_tries_what_an_unbroken_one_tries(notes, sampler):
    # Ten trials of tpe are random ones; the last of these are learned.
    count = {"grid": None, "random": 6, "tpe": 13}[sampler]
    settings = settings_of(sampler, trials=count, seed=5)
    whole = params_of(notes(settings).work())
    broken = notes(settings)
    for after in (3, 1):
        broken.work(kill_after=after)
    assert params_of(broken.work()) == whole
    if sampler == "grid":
        counted = collections.Counter((p["rate"], p["hidden"]) for p in whole)
        points = {(r, h) for r in (0.1, 0.2, 0.3, 0.4) for h in ("[4]", "[8, 8]")}
        assert set(counted) == points
        assert set(counted.values()) == {1}
    else:
        first = storage.preview(broken.space, settings, 5)
        assert first == whole[:5]
        other = settings_of(sampler, seed=6)
        assert storage.preview(broken.space, other, 5) != first


def test_tpe_learns_from_the_trials_before():
    """Of 40 trials its last 20 lie a quarter nearer to the planted optimum than random ones."""

    def last(sampler):
        settings = settings_of(sampler)
        study = optuna.create_study(sampler=sampler_of(settings))
        for _ in range(40):
            trial = study.ask(Space(settings.search).distributions)
            study.tell(trial, score(trial.params))
        return sum(score(each.params) for each in study.trials[20:])

    assert last("tpe") < 0.75 * last("random")


def test_more_trials_can_be_asked_for_later(notes):
    few = notes(settings_of("random", trials=3))
    first = params_of(few.work())
    few.settings = settings_of("random", trials=6)
    assert params_of(few.work())[:3] == first
    assert len(params_of(few.open())) == 6


def test_who_lives_keeps_its_trial(notes):
    busy = notes(settings_of("random", trials=2))
    study = busy.open()
    mine = storage.take(study, busy.space, busy.store, busy.is_left)  # this very process
    assert params_of_the_rest(busy, study) == [1]
    assert study.get_trials()[mine.number].state == TrialState.RUNNING


def params_of_the_rest(busy, study):
    taken = []
    while (trial := storage.take(study, busy.space, busy.store, busy.is_left)) is not None:
        taken.append(trial.number)
        study.tell(trial, 0.0)
    return taken


def test_a_trial_too_many_is_none(notes, monkeypatch):
    """Between the look at the queue and the taking another machine empties it."""
    one = notes(settings_of("random", trials=1))
    study = one.open()
    real = study.ask

    def late():
        study.tell(real(), 0.5)  # by the other machine
        return real()

    monkeypatch.setattr(study, "ask", late)
    assert storage.take(study, one.space, one.store, one.is_left) is None
    assert [each.value for each in storage.trials_of(study)] == [0.5]


@pytest.mark.parametrize("pruner", ["asha", "median", None])
def test_pruners_end_what_is_worse_and_nothing_too_early(pruner):
    settings = settings_of("random", pruner=pruner, min_epochs=2)
    study, ended = optuna.create_study(pruner=pruner_of(settings)), {}
    for number in range(12):
        trial = study.ask()
        for epoch in range(1, 9):
            trial.report(float(number), epoch)  # each trial worse than all before
            if trial.should_prune():
                ended[number] = epoch
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, float(number))
    if pruner is None:
        assert ended == {}
    else:
        assert min(ended.values()) == 2
        # The first is the best of all; the median needs five whole trials to be one.
        assert min(ended) == (1 if pruner == "asha" else 5)
        assert set(range(6, 12)) <= set(ended)


def test_a_storage_that_cannot_be_used_says_so(kept, tmp_path):
    settings = settings_of("tpe")
    with pytest.raises(StoreError, match="knows no sweep 0123"):
        storage.opened(f"sqlite:///{tmp_path}/x.db", "0123456789", settings, True, create=False)
    missing = f"sqlite:///{tmp_path}/no/such/folder/x.db"
    with pytest.raises(StoreError, match="cannot be used"):
        storage.opened(missing, "s", settings, True, create=True)
    with pytest.raises(StoreError, match="cannot be used"):
        storage.opened("nonsense://u:secret@host/x", "s", settings, True, create=True)
    own = settings_of("tpe", storage=f"sqlite:///{tmp_path}/mine.db")
    assert storage.url_of(kept, own).endswith("mine.db")
    assert storage.url_of(kept, settings) == f"sqlite:///{kept.location.folder}/sweeps.db"


def test_a_password_is_not_shown():
    shown = storage.without_password("postgresql://me:secret@host/sweeps")
    assert "secret" not in shown
    assert shown.startswith("postgresql://me:")
