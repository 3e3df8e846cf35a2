"""What a training tells of itself while it goes on."""

import re

import keras
import pytest
from toys import game, plain, points, stream, task

from dlsuite import training
from dlsuite.progress import listening
from dlsuite.training import fit_stages, progress
from dlsuite.training.progress import Progress


class Notes:
    """Writes down all that it hears."""

    def __init__(self):
        self.begun, self.done, self.said, self.open = [], 0, [], 0

    def begin(self, what, total, unit):
        self.begun.append((what, total, unit))
        self.open += 1
        return len(self.begun)

    def advance(self, work, steps):
        self.done += steps

    def describe(self, work, what, note):
        self.said.append((what, note))

    def end(self, work):
        self.open -= 1


def heard(model, *others, **changes):
    """What is heard of a training of two epochs of six steps, unless changed."""
    notes = Notes()
    changes.setdefault("training", {"epochs": 2})
    with listening(notes):
        fit_stages(task(model, listeners=[Progress(), *others], **changes))
    return notes


def test_a_training_is_one_work_of_all_its_steps():
    notes = heard(plain())
    assert notes.begun == [("training", 12, "steps")]
    assert (notes.done, notes.open) == (12, 0)


def test_it_goes_by_its_epoch_and_says_loss_and_what_dev_measured():
    notes = heard(plain())
    assert [what for what, note in notes.said if not note] == ["epoch 1/2"]
    assert re.fullmatch(r"loss \S+  dev.loss \S+", notes.said[-1][1])
    assert notes.said[-1][0] == "epoch 2/2"


def test_what_dev_measured_stands_until_it_is_measured_again(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN", 0.0)
    notes = heard(plain(), training={"epochs": 3, "measure_every": 2})
    measured = [re.search("dev.loss .*", note) for _, note in notes.said]
    values = [match[0] for match in measured if match]
    assert len(set(values)) == 2  # after the second epoch and after the last
    third = [note for what, note in notes.said if what == "epoch 3/3"]
    assert re.fullmatch(r"loss \S+  dev.loss \S+", third[0])  # of the epoch before


def test_a_game_says_the_loss_of_each_net():
    changes = {"batches": stream(*points(), 1), "measure": None, "training": {"epochs": 1}}
    note = heard(game(), **changes).said[-1][1]
    assert re.fullmatch(r"discriminator_loss \S+  generator_loss \S+", note)


def test_each_stage_is_a_work_that_goes_on_from_where_the_last_one_ended():
    stages = ({"name": "one", "epochs": 1}, {"name": "two", "epochs": 2})
    notes = heard(plain(), training={"epochs": 3, "stages": stages})
    assert notes.begun == [("training", 6, "steps"), ("training", 18, "steps")]
    assert notes.done == 6 + 18
    assert notes.open == 0


def test_a_training_that_fails_is_over_too():
    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("mid-way")

    notes = Notes()
    with listening(notes), pytest.raises(RuntimeError, match="mid-way"):
        fit_stages(task(plain(), listeners=[Progress(), Failing()]))
    assert notes.open == 0


def test_reports_are_rare_however_many_batches_there_are():
    notes = Notes()
    with listening(notes):
        report = Progress()
        report.set_params({"epochs": 1, "steps": 10_000})
        report.on_train_begin()
        report.on_epoch_begin(0)
        for batch in range(10_000):
            report.on_train_batch_end(batch, {"loss": 1.0})
        report.on_epoch_end(0, {"loss": 1.0})
        report.close()
    assert len(notes.said) <= 4
    assert notes.done == 10_000


def test_the_package_offers_it_without_importing_keras_first():
    assert training.Progress is Progress
    with pytest.raises(AttributeError, match="no attribute 'Regress'"):
        _ = training.Regress
