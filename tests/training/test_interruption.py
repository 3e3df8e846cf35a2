"""A signal is answered between two steps; a second one at once."""

import os
import signal

import keras
import pytest
from test_exact_resume import assert_same_run
from toys import STEPS, classifier, task

from dlsuite.training import Checkpoints, fit_stages
from dlsuite.training.interruption import deferring, held, hold, release


@pytest.fixture(autouse=True)
def _heard():
    """Python's own answer to Ctrl-C, which a process started in the background lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_waits_for_the_end_of_what_is_held():
    done = []

    def work():
        with held():
            press()
            done.append("whole")
        done.append("never")

    with deferring() as signals, pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]
    assert not signals.abrupt


def test_inner_blocks_do_not_let_it_through():
    def work():
        with held():
            with held():
                press()
            done.append("after the inner one")

    done = []
    with deferring(), pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["after the inner one"]


def test_what_is_not_held_is_interrupted_at_once():
    with deferring() as signals, pytest.raises(KeyboardInterrupt):
        press()
    assert not signals.abrupt


def test_a_second_signal_is_not_held_back():
    def work():
        hold()
        press()
        press()
        release()

    with deferring() as signals, pytest.raises(KeyboardInterrupt):
        work()
    assert signals.abrupt


def test_an_error_of_the_work_comes_before_the_signal():
    def work():
        with held():
            press()
            raise OSError("disk")

    with deferring(), pytest.raises(OSError, match="disk"):
        work()


def test_the_old_handlers_come_back():
    before = signal.getsignal(signal.SIGINT)
    with deferring():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferring():
        press()


class PressAt(keras.callbacks.Callback):
    """Ctrl-C before step `step` of epoch `epoch`, both counted from 0."""

    def __init__(self, epoch, step):
        super().__init__()
        self.at, self.epoch = (epoch, step), 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            press()


def test_ctrl_c_leaves_a_checkpoint_of_the_step(tmp_path):
    training = {"epochs": 3}
    whole = classifier()
    history = fit_stages(task(whole, training=training))
    stopping = {"checkpoints": Checkpoints(tmp_path), "listeners": [PressAt(1, 4)]}
    with pytest.raises(KeyboardInterrupt):
        fit_stages(task(classifier(), training=training, **stopping))
    assert Checkpoints(tmp_path).places()[-1] == (1, 4)
    again = classifier()
    resumed = fit_stages(
        task(again, training=training, checkpoints=Checkpoints(tmp_path), resume=True)
    )
    assert_same_run((whole, history), (again, resumed))


def test_ctrl_c_within_a_step_waits_for_its_end(tmp_path):
    class Pressing(Checkpoints):
        """A checkpoint is made within the step: the signal comes while it is."""

        pressed = False

        def save(self, saved, *, keep):
            super().save(saved, keep=keep)
            if not self.pressed and saved.place == (0, STEPS - 2):
                self.pressed = True
                press()

    training = {"epochs": 2, "checkpoint": {"every": "2 steps"}}
    with pytest.raises(KeyboardInterrupt):
        fit_stages(task(classifier(), training=training, checkpoints=Pressing(tmp_path)))
    assert Checkpoints(tmp_path).places()[-1] == (0, STEPS - 2)
