"""The memory of a training is estimated, and what cannot fit is refused with what would."""

import re

import pytest

from dlsuite import experiment
from dlsuite.experiment import memory
from dlsuite.experiment.memory import MemoryShort, Need, need, require_room, training_size
from dlsuite.host_memory import HostMemory, host_memory
from dlsuite.tracking import Store
from pipelines import image_classification, tabular
from pipelines.cli.documents import plan_document

PICTURES = {
    "pipeline": "image_classification",
    "data": {"source": {"type": "digits"}, "image_size": [64, 64], "batch_size": 512},
    "model": {"type": "lenet5", "variant": "modern"},
    "baseline": None,
    "evaluation": {"batch_size": 32},
}
WINE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "wine"}},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": 1},
    "expect": {},
}


@pytest.fixture(scope="module")
def planned():
    return experiment.plan(image_classification.pipeline, PICTURES)


@pytest.fixture(scope="module")
def learner(planned):
    return planned.learner


def with_available(monkeypatch, size):
    """The machine has so much memory left, in bytes."""
    now = host_memory()
    found = HostMemory(now.resident + size, size, now.resident)
    monkeypatch.setattr(memory, "host_memory", lambda: found)


def test_what_is_held_and_what_comes_in_turn_make_the_peak():
    found = Need({"data": 700, "model": 200}, {"step": 50, "scoring": 100}, 1200)
    assert (found.peak, found.room) == (1000, 300)


def test_the_sentence_says_peak_and_what_there_is():
    found = Need({"all": 1_910_000_000}, {"step": 0}, 22_400_000_000)
    assert found.text() == "memory: about 1.9 GB at its peak, of 22.4 GB available"
    assert "at least 1.9 GB" in Need({"all": 1_910_000_000}, {"step": 0}, 1, known=False).text()


def test_the_first_map_of_each_picture_is_in_the_step(learner):
    found = need(learner)
    assert found.known
    assert found.phases["a step of training"] > 512 * 60 * 60 * 6 * 4  # conv1 gives [60, 60, 6]
    smaller = need(learner, 128)
    ratio = found.phases["a step of training"] / smaller.phases["a step of training"]
    assert 3 < ratio < 4  # the weights stay


def test_adam_keeps_two_numbers_for_each_weight(learner):
    weights = sum(4 * v.numpy().size for v in learner.model.trainable_variables)
    assert need(learner).held["optimizer"] == pytest.approx(2 * weights, rel=0.01)


def test_estimating_changes_nothing_that_training_draws(learner):
    import random

    state = random.getstate()
    weights = [variable.numpy() for variable in learner.model.variables]
    need(learner, 64)
    assert random.getstate() == state
    assert all(
        (v.numpy() == w).all() for v, w in zip(learner.model.variables, weights, strict=True)
    )


def test_the_batch_named_fits_and_a_larger_one_does_not(learner, monkeypatch):
    there = need(learner)
    with_available(monkeypatch, int(0.6 * (there.peak - host_memory().resident)))
    with pytest.raises(MemoryShort) as caught:
        require_room(learner, force=False)
    assert "`--force` trains all the same" in str(caught.value)
    size = int(re.search(r"data\.batch_size=(\d+)", str(caught.value))[1])
    assert 1 <= size < training_size(learner) == 512
    available = need(learner).available
    assert need(learner, size).peak <= available < need(learner, size + size // 4 + 1).peak
    require_room(learner, force=True)


def test_what_is_tight_is_said_and_not_refused(learner, monkeypatch):
    told = []
    monkeypatch.setattr(memory, "tell", told.append)
    with_available(monkeypatch, int(1.1 * (need(learner).peak - host_memory().resident)))
    require_room(learner, force=False)
    if told:  # the process itself is most of this peak, which may leave it under 80 %
        assert "that is tight" in told[0]
    assert need(learner).peak < need(learner).available


def test_a_small_net_on_a_large_machine_is_not_traced(learner, monkeypatch):
    with_available(monkeypatch, 10**13)
    monkeypatch.setattr(memory, "need", None)  # calling it would raise
    require_room(learner, force=False)


def test_a_plan_tells_it_to_scripts(planned):
    document = plan_document(planned, need(planned.learner), None)
    assert document["memory"].peak > 10**8


def test_what_cannot_fit_is_refused_before_it_is_trained(workshop, monkeypatch):
    with_available(monkeypatch, 0)
    with pytest.raises(MemoryShort, match="No batch is small enough"):
        experiment.run(tabular.pipeline, WINE)
    record = Store.open().find("latest")
    assert record.status == "FAILED"
    assert not [name for name in record.metrics if name.startswith("epoch/")]


@pytest.mark.slow
def test_who_insists_trains_what_does_not_fit(workshop, monkeypatch):
    with_available(monkeypatch, 0)
    assert experiment.run(tabular.pipeline, WINE, force=True).history.epochs
