"""An interrupted run, resumed, is bit for bit the run that was not interrupted."""

import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from toys import STEPS, classifier, game, measure_of, plain, points, stream, task

from dlsuite.data import Examples, training_batches
from dlsuite.training import Checkpoints, fit_stages
from dlsuite.training.variables import capture

CHOOSING = {
    "epochs": 8,
    "early_stopping": {"patience": 1},
    "reduce_on_plateau": {"patience": 1, "monitor": "dev.loss", "min_delta": 0.1},
}
STAGES = {
    "epochs": 5,
    "early_stopping": {"patience": None},
    "stages": [
        {"name": "head", "epochs": 2, "freeze": ["first"], "learning_rate": 0.05},
        {"name": "all", "epochs": 3},
    ],
}


class Kill(keras.callbacks.Callback):
    """What Ctrl-C does once an epoch is over, or in the middle of the next."""

    def __init__(self, after, step=None):
        super().__init__()
        self.after, self.step, self.epoch = after, step, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == self.after and batch == self.step:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        if self.step is None and epoch + 1 == self.after:
            raise KeyboardInterrupt


def ended(make, **changes):
    model = make()
    history = fit_stages(task(model, **{**changes, **without_dev(model)}))
    return model, history


def without_dev(model):
    if hasattr(model, "generator"):
        return {"measure": None, "monitor": None}
    return {"measure": measure_of(model)}


def killed_after(kill, model, folder, **changes):
    ending = {"checkpoints": Checkpoints(folder), "listeners": [kill]}
    with pytest.raises(KeyboardInterrupt):
        fit_stages(task(model, **{**changes, **ending, **without_dev(model)}))


def interrupted_then_resumed(make, folder, kill, **changes):
    killed_after(kill, make(), folder, **changes)
    model = make()
    # Whatever else drew random numbers meanwhile must not matter.
    keras.utils.set_random_seed(99)
    history = fit_stages(
        task(
            model, **{**changes, **without_dev(model)}, checkpoints=Checkpoints(folder), resume=True
        )
    )
    return model, history


def assert_same_run(one, other):
    (model, history), (model_2, history_2) = one, other
    state, state_2 = capture(model), capture(model_2)
    assert list(state) == list(state_2)
    different = [key for key in state if state[key].tobytes() != state_2[key].tobytes()]
    assert different == []
    assert timeless(history) == timeless(history_2)
    for field in ("initial", "best_epoch", "stopped_early", "stages", "monitor"):
        assert getattr(history, field) == getattr(history_2, field)


def timeless(history):
    return [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in history.epochs]


@pytest.fixture(scope="module")
def chosen():
    """The run of `CHOOSING` that nothing interrupts."""
    return ended(classifier, training=CHOOSING)


def test_a_classifier_with_dropout_stopping_and_plateau(chosen, tmp_path):
    parts = interrupted_then_resumed(classifier, tmp_path, Kill(3), training=CHOOSING)
    assert_same_run(chosen, parts)
    rates = chosen[1].series("learning_rate")
    assert rates[-1] < rates[0]
    assert chosen[1].stopped_early
    assert chosen[1].best_epoch == len(rates) - 1


@pytest.mark.parametrize(("epoch", "step"), [(2, 3), (3, STEPS - 1)])
def test_a_run_stopped_within_an_epoch_goes_on_with_the_next_step(chosen, tmp_path, epoch, step):
    parts = interrupted_then_resumed(classifier, tmp_path, Kill(epoch, step), training=CHOOSING)
    assert_same_run(chosen, parts)
    taken_up = f"Taken up again after step {step + 1} of epoch {epoch + 1}."
    assert taken_up in parts[1].messages


def test_a_run_stopped_while_dev_is_measured(chosen, tmp_path):
    model = classifier()
    measure, calls = measure_of(model), []

    def stopped():
        calls.append(1)
        if len(calls) == 4:  # before training, and after three epochs
            raise KeyboardInterrupt
        return measure()

    stopping = {"measure": stopped, "checkpoints": Checkpoints(tmp_path)}
    with pytest.raises(KeyboardInterrupt):
        fit_stages(task(model, training=CHOOSING, **stopping))
    assert Checkpoints(tmp_path).places()[-1] == (2, STEPS)
    again = classifier()
    history = fit_stages(
        task(again, training=CHOOSING, checkpoints=Checkpoints(tmp_path), resume=True)
    )
    assert_same_run(chosen, (again, history))


@pytest.mark.parametrize("count", [1, 4, 7, 11])
def test_a_run_that_dies_goes_on_from_its_newest_step(chosen, tmp_path, count):
    """A copy of the folder after each write is what a dead process would leave."""
    training = {**CHOOSING, "checkpoint": {"every": "3 steps", "keep": 2}}

    class Copying(Checkpoints):
        saves = 0

        def save(self, saved, *, keep):
            super().save(saved, keep=keep)
            self.wait()
            self.saves += 1
            if self.saves == count:
                shutil.copytree(self.folder, tmp_path / "left")

    whole = classifier()
    fit_stages(task(whole, training=training, checkpoints=Copying(tmp_path / "whole")))
    model = classifier(seed=1)
    left = Checkpoints(tmp_path / "left")
    history = fit_stages(task(model, training=training, checkpoints=left, resume=True))
    assert_same_run(chosen, (model, history))


def test_the_best_of_an_earlier_stage_is_not_held_against_a_resumed_one(tmp_path):
    training = {**STAGES, "early_stopping": {"patience": 2}}
    changes = {"training": training}
    model = classifier()
    rising = [1.0, 0.5, *[0.9] * 9]  # The best is in the first stage.

    def measured(values):
        queue = list(values)
        return lambda: {"dev.loss": queue.pop(0), "dev.accuracy": 0.5}

    changes["monitor"] = "dev.loss"
    whole = fit_stages(task(model, **changes, measure=measured(rising)))
    stopping = {"checkpoints": Checkpoints(tmp_path), "listeners": [Kill(3)]}
    with pytest.raises(KeyboardInterrupt):
        fit_stages(task(classifier(), **changes, measure=measured(rising), **stopping))
    going_on = {"checkpoints": Checkpoints(tmp_path), "resume": True}
    again = classifier()
    history = fit_stages(task(again, **changes, measure=measured(rising[4:]), **going_on))
    assert_same_run((model, whole), (again, history))
    assert whole.stages == [("head", 2), ("all", 2)]


@pytest.fixture(scope="module")
def staged():
    """The run of `STAGES` that nothing interrupts."""
    return ended(classifier, training=STAGES)


@pytest.mark.parametrize("epoch", [2, 3])
def test_stages_are_resumed_in_the_right_one(staged, tmp_path, epoch):
    parts = interrupted_then_resumed(classifier, tmp_path, Kill(epoch), training=STAGES)
    assert_same_run(staged, parts)
    assert staged[1].stages == [("head", 2), ("all", 3)]


def test_a_gan_with_two_optimizers_and_unseeded_noise(tmp_path):
    changes = {"batches": stream(*points(), 3), "training": {"epochs": 3}}
    whole = ended(game, **changes)
    parts = interrupted_then_resumed(game, tmp_path, Kill(1, 3), **changes)
    assert_same_run(whole, parts)
    assert "learning_rate.generator_optimizer" in whole[1].epochs[0]


def test_the_suites_own_feed(tmp_path):
    x, y = points()
    examples = Examples({"x": x, "label": y}, np.array([f"{i:032x}" for i in range(len(x))]))

    def batches(first_step):
        return training_batches(
            examples,
            lambda raw: (raw["x"], raw["label"]),
            batch_size=20,
            seed=3,
            epochs=3,
            first_step=first_step,
        )

    changes = {"training": {"epochs": 3}, "batches": batches}
    whole = ended(plain, **changes)
    assert_same_run(whole, interrupted_then_resumed(plain, tmp_path, Kill(2), **changes))


def test_averaged_weights_and_clipping(tmp_path):
    def make():
        return classifier(keras.optimizers.Adam(0.1, use_ema=True, global_clipnorm=1.0), norm=True)

    changes = {"training": {"epochs": 3}}
    whole = ended(make, **changes)
    assert_same_run(whole, interrupted_then_resumed(make, tmp_path, Kill(2, 3), **changes))
    optimizer = whole[0].optimizer
    averages = [v for v in optimizer.variables if v.name.endswith("average")]
    for weight, average in zip(whole[0].trainable_variables, averages, strict=True):
        np.testing.assert_array_equal(weight.numpy(), average.numpy())


def test_two_epochs_and_then_the_rest_in_another_process(chosen, tmp_path):
    half = {**CHOOSING, "epochs": 2}
    fit_stages(task(classifier(), training=half, checkpoints=Checkpoints(tmp_path / "run")))
    script = Path(__file__).with_name("resume_in_another_process.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "run"), str(tmp_path / "state.npz")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    model, history = chosen
    state = capture(model)
    with np.load(tmp_path / "state.npz") as other:
        assert {key for key in other if key != "losses"} == set(state)
        assert all(other[key].tobytes() == state[key].tobytes() for key in state)
        assert other["losses"].tolist() == history.series("dev.loss")


def test_a_finished_run_is_given_back_as_it_ended(tmp_path):
    training = {"epochs": 2, "early_stopping": {"monitor": "dev.loss", "mode": "max"}}
    checkpoints = Checkpoints(tmp_path)
    model = plain()
    history = fit_stages(task(model, training=training, checkpoints=checkpoints))
    again = plain()
    resumed = fit_stages(task(again, training=training, checkpoints=checkpoints, resume=True))
    assert history.best_epoch == 1  # Not the weights of the last epoch.
    assert_same_run((model, history), (again, resumed))


def test_a_torn_checkpoint_costs_an_epoch_and_is_told(chosen, tmp_path):
    killed_after(Kill(3), classifier(), tmp_path, training=CHOOSING)
    newest = tmp_path / "epoch-000003.npz"
    newest.write_bytes(newest.read_bytes()[:1000])
    model = classifier()
    history = fit_stages(
        task(model, training=CHOOSING, checkpoints=Checkpoints(tmp_path), resume=True)
    )
    assert_same_run(chosen, (model, history))
    taken_up, message = history.messages
    assert taken_up == "Taken up again after epoch 2."
    assert "epoch 3" in message
    assert "The one of epoch 2 is sound." in message


def test_checkpoints_come_every_so_many_epochs_and_at_the_end(tmp_path):
    class Durable(keras.callbacks.Callback):
        seen = ()

        def on_epoch_end(self, epoch, logs=None):
            checkpoints.wait()
            self.seen += (checkpoints.durable_epochs,)

    checkpoints, durable = Checkpoints(tmp_path), Durable()
    training = {"epochs": 5, "checkpoint": {"every": 2, "keep": 3}}
    listening = {"checkpoints": checkpoints, "listeners": [durable]}
    fit_stages(task(plain(), training=training, **listening))
    assert durable.seen == (0, 2, 2, 4, 5)
    assert checkpoints.places() == [(2, 0), (4, 0), (5, 0)]
