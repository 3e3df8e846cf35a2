"""The memory of a training is estimated, and what cannot fit is refused with what would."""

import re
from dataclasses import replace

import keras
import pytest

from dlsuite import experiment
from dlsuite.experiment import memory
from dlsuite.experiment.footprint import state_bytes, step_bytes, training_size
from dlsuite.experiment.memory import STEP, MemoryShort, Need, need, refusal, require_room
from dlsuite.host_memory import HostMemory, give_back, host_memory
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
    ratio = found.phases["a step of training"] / step_bytes(learner, 128)[0]
    assert 3 < ratio < 4  # the weights stay


def test_adam_keeps_two_numbers_for_each_weight(learner):
    weights = sum(4 * v.numpy().size for v in learner.model.trainable_variables)
    assert need(learner).held["optimizer"] == pytest.approx(2 * weights, rel=0.01)


def test_estimating_changes_nothing_that_training_draws(learner):
    import random

    state = random.getstate()
    weights = [variable.numpy() for variable in learner.model.variables]
    need(learner)
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
    there = need(learner)

    def peak(batch):
        phases = {**there.phases, "a step of training": step_bytes(learner, batch)[0]}
        return replace(there, phases=phases).peak

    assert peak(size) <= there.available < peak(size + size // 4 + 1)
    require_room(learner, force=True)


def test_where_scoring_and_a_step_are_too_large_both_batches_are_named(learner, monkeypatch):
    monkeypatch.setattr(memory, "_small", lambda learner: False)
    found = need(learner)
    held = sum(found.held.values())
    found = replace(found, phases={STEP: 4 * 10**9, "scoring": 8 * 10**9}, available=held + 10**9)
    said = refusal(learner, found)
    sizes = re.search(r"evaluation\.batch_size=(\d+) with data\.batch_size=(\d+)\. `--force`", said)
    assert int(sizes[1]) == 4  # an eighth of 32
    assert 0 < int(sizes[2]) < 512
    assert refusal(learner, replace(found, phases={STEP: 0, "scoring": 0})) is None


def test_what_is_tight_is_said_and_not_refused(learner, monkeypatch):
    told = []
    monkeypatch.setattr(memory, "tell", told.append)
    with_available(monkeypatch, 10**10)
    monkeypatch.setattr(memory, "SMALL", 0)  # look at it whatever the rough guess
    of = (need(learner).peak + 1) / 0.9 - host_memory().resident
    with_available(monkeypatch, int(of))
    assert 0.8 < need(learner).peak / need(learner).available < 1
    require_room(learner, force=False)
    assert "that is tight" in told[0]


def test_a_small_net_on_a_large_machine_is_not_traced(learner, monkeypatch):
    with_available(monkeypatch, 10**13)
    monkeypatch.setattr(memory, "need", None)  # calling it would raise
    require_room(learner, force=False)


def test_an_optimizer_that_cannot_be_made_again_counts_as_adam():
    class Own(keras.optimizers.SGD):
        def __init__(self, must):
            super().__init__(0.1)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, use_bias=False)])
    model.compile(Own(1), "mse")
    assert state_bytes(model) == (1 + 2) * 3 * 2 * 4


def test_an_estimate_that_goes_wrong_ends_no_training(learner):
    broken = replace(learner, batches=None)
    assert need(broken).text() == "memory: what it takes is not known"
    require_room(broken, force=False)


def test_without_a_known_size_of_the_gpu_nothing_is_refused():
    found = Need({"weights": 4 * 10**12}, {"step": 0}, None, "GPU memory")
    assert found.text() == (
        "GPU memory: about 4,000.0 GB at its peak; what is available is not known"
    )


def test_what_was_freed_is_given_back_before_it_is_missed():
    def resident():
        return host_memory().resident

    give_back()  # what the tests before this one have left
    before = resident()
    kept = [bytearray(60_000) for _ in range(4_000)]
    held = resident() - before
    pin = bytearray(60_000)  # above all others, so that the heap cannot shrink by itself
    del kept
    give_back()
    assert held > 150_000_000
    assert resident() - before < held / 4
    del pin


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
