"""Stages, early stopping and the plateau, followed by hand on a scripted dev measure."""

import keras
import numpy as np
import pytest
from toys import plain, task

from dlsuite.training import fit_stages


def scripted(*values, name="dev.accuracy"):
    """A dev measure that gives the values in turn; the first is that before training."""
    remaining = iter(values)
    return lambda: {name: next(remaining)}


class Weights(keras.callbacks.Callback):
    """Keeps the head's kernel and the logs of every epoch."""

    def __init__(self):
        super().__init__()
        self.kernels, self.logs = [], []

    def on_epoch_end(self, epoch, logs=None):
        self.kernels.append(self.model.get_layer("head").get_weights()[0])
        self.logs.append(dict(logs))


def fit(model=None, **changes):
    model = model or plain()
    listener = Weights()
    history = fit_stages(task(model, listeners=[listener], **changes))
    return model, history, listener


@pytest.fixture(scope="module")
def run():
    return fit(training={"epochs": 3, "measure_every": 2}, measure=scripted(0.1, 0.5, 0.6))


class Slots(keras.callbacks.Callback):
    """Counts the optimizer's variables before the first step."""

    def __init__(self):
        super().__init__()
        self.counts = []

    def on_train_batch_begin(self, batch, logs=None):
        self.counts.append(len(self.model.optimizer.variables))


def test_the_optimizer_has_its_variables_before_a_step_is_traced():
    """Made inside of it they would double the time of the first step."""
    model, slots = plain(keras.optimizers.Adam()), Slots()
    fit_stages(task(model, listeners=[slots], training={"epochs": 1}))
    assert slots.counts[0] == slots.counts[-1] == 2 + 2 * len(model.trainable_variables)


class TestHistory:
    def test_an_epoch_holds_loss_metrics_rate_seconds_and_dev(self, run):
        _, history, _ = run
        assert set(history.epochs[1]) == {
            *("loss", "accuracy", "learning_rate", "seconds", "dev.accuracy")
        }
        assert history.initial == {"dev.accuracy": 0.1}
        assert history.series("learning_rate") == pytest.approx([0.1] * 3)

    def test_dev_is_measured_every_second_epoch_and_after_the_last(self, run):
        _, history, _ = run
        np.testing.assert_array_equal(history.series("dev.accuracy"), [np.nan, 0.5, 0.6])

    def test_listeners_see_the_merged_logs(self, run):
        _, history, listener = run
        assert listener.logs == history.epochs

    def test_without_a_monitor_the_last_weights_stay(self, run):
        model, history, listener = run
        np.testing.assert_array_equal(
            model.get_layer("head").get_weights()[0], listener.kernels[-1]
        )
        assert (history.best_epoch, history.monitor, history.stopped_early) == (None, None, False)
        assert history.stages == [("all", 3)]

    def test_an_unknown_series_names_those_there_are(self, run):
        with pytest.raises(ValueError, match=r"one of \['accuracy', 'loss'.*name='dev.f1'"):
            run[1].series("dev.f1")


@pytest.mark.parametrize(
    ("settings", "values", "best", "epochs", "early"),
    [
        ({"patience": 2}, [0.5, 0.6, 0.6, 0.5, 0.9], 2, 4, True),
        ({"patience": 2, "min_delta": 0.2}, [0.5, 0.6, 0.69, 0.9, 0.9], 1, 3, True),
        ({"patience": None}, [0.5, 0.6, 0.4, 0.3, 0.2], 2, 5, False),
        ({"patience": 2, "mode": "min"}, [0.5, 0.4, 0.45, 0.3, 0.35], 4, 5, False),
        ({"patience": 3}, [float("nan"), 0.1, float("nan"), 0.05, 0.0], 2, 5, False),
    ],
)
def test_the_best_weights_are_given_back(settings, values, best, epochs, early):
    training = {"epochs": 5, "early_stopping": settings}
    model, history, listener = fit(training=training, measure=scripted(0.0, *values))
    assert (history.best_epoch, len(history.epochs)) == (best, epochs)
    assert history.stopped_early is early
    kernel = model.get_layer("head").get_weights()[0]
    np.testing.assert_array_equal(kernel, listener.kernels[best - 1])


def test_nothing_measured_leaves_the_last_weights():
    training = {"epochs": 2, "early_stopping": {"patience": 5}}
    model, history, listener = fit(training=training, measure=scripted(*[float("nan")] * 3))
    assert history.best_epoch is None
    np.testing.assert_array_equal(model.get_layer("head").get_weights()[0], listener.kernels[-1])


def test_the_training_loss_can_be_monitored_too():
    training = {"epochs": 2, "early_stopping": {"monitor": "loss"}}
    _, history, _ = fit(training=training)
    assert history.monitor == "loss"
    assert history.best_epoch == 1 + int(np.argmin(history.series("loss")))


def test_a_plateau_halves_the_rate_and_never_goes_below_the_least():
    plateau = {"patience": 1, "factor": 0.5, "min_learning_rate": 0.03, "monitor": "dev.accuracy"}
    training = {"epochs": 5, "reduce_on_plateau": plateau}
    measure = scripted(0.0, 0.5, 0.5, 0.6, 0.6, 0.6)
    _, history, _ = fit(training=training, measure=measure)
    assert history.series("learning_rate") == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.03])


def test_patience_counts_epochs_also_where_dev_is_measured_less_often():
    training = {
        "epochs": 8,
        "measure_every": 2,
        "early_stopping": {"patience": 4},
        "reduce_on_plateau": {"patience": 3, "factor": 0.1},
    }
    _, history, _ = fit(training=training, measure=scripted(0.0, 0.5, 0.4, 0.3))
    # Best in epoch 2; epoch 4 is two epochs later, epoch 6 four.
    assert (history.best_epoch, len(history.epochs), history.stopped_early) == (2, 6, True)
    assert history.series("learning_rate") == pytest.approx([0.1] * 6)


class TestRefusals:
    def test_a_plateau_on_a_schedule(self):
        schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
        with pytest.raises(ValueError, match=r"needs a learning rate .*Received: CosineDecay"):
            fit(plain(keras.optimizers.SGD(schedule)), training={"reduce_on_plateau": {}})

    def test_a_model_that_is_not_compiled(self):
        with pytest.raises(ValueError, match="`model` must be compiled"):
            fit(keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]), measure=None)

    def test_a_pattern_that_freezes_nothing(self):
        stages = [{"name": "head", "epochs": 4, "freeze": ["backbone*"]}]
        with pytest.raises(ValueError, match=r"`freeze` of stage head .*'head'.*'backbone\*'"):
            fit(training={"stages": stages})


def nested():
    """A frozen embedding inside a backbone, and a head."""
    keras.utils.set_random_seed(0)
    inner = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(4, name="fixed", trainable=False),
            keras.layers.Dense(4, name="deep"),
        ],
        name="backbone",
    )
    model = keras.Sequential([keras.Input((2,)), inner, keras.layers.Dense(3, name="head")])
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.5),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


class Moves(keras.callbacks.Callback):
    """Which layers moved in each epoch."""

    def __init__(self):
        super().__init__()
        self.moved, self.optimizers = [], []

    def kernels(self):
        return {v.path.split("/")[-2]: v.numpy() for v in self.model.weights if v.name == "kernel"}

    def on_epoch_begin(self, epoch, logs=None):
        self.before = self.kernels()

    def on_epoch_end(self, epoch, logs=None):
        after = self.kernels()
        self.moved.append({n for n, k in after.items() if not np.array_equal(k, self.before[n])})
        self.optimizers.append(self.model.optimizer)


def test_stages_freeze_what_they_name_and_nothing_that_was_frozen_thaws():
    schedule = {"type": "exponential", "initial": 0.4, "factor": 0.5}
    stages = [
        {"name": "head", "epochs": 1, "freeze": ["backbone"], "learning_rate": 0.05},
        {"name": "deep", "epochs": 2, "freeze": ["hea?"], "learning_rate": schedule},
        {"name": "rest", "epochs": 1, "freeze": ["backbone/de*"]},
        {"name": "all", "epochs": 1},
    ]
    model, moves = nested(), Moves()
    first = model.optimizer
    history = fit_stages(
        task(model, training={"epochs": 5, "stages": stages}, measure=None, listeners=[moves])
    )
    assert moves.moved == [{"head"}, {"deep"}, {"deep"}, {"head"}, {"head", "deep"}]
    assert history.series("learning_rate") == pytest.approx([0.05, 0.4, 0.2, 0.1, 0.1])
    assert history.stages == [("head", 1), ("deep", 2), ("rest", 1), ("all", 1)]
    assert len({id(optimizer) for optimizer in moves.optimizers}) == 4
    assert all(optimizer is not first for optimizer in moves.optimizers)
    assert all(optimizer.momentum == 0.5 for optimizer in moves.optimizers)
    assert not model.get_layer("backbone").get_layer("fixed").trainable


def test_a_stage_that_stops_early_hands_its_best_weights_to_the_next():
    stages = [{"name": "one", "epochs": 4}, {"name": "two", "epochs": 2}]
    training = {"epochs": 6, "stages": stages, "early_stopping": {"patience": 1}}
    measure = scripted(0.0, 0.9, 0.5, 0.8, 0.7)
    model, history, listener = fit(training=training, measure=measure)
    # Stage one ends after its second epoch, stage two after its first: nothing beats epoch 1.
    assert history.stages == [("one", 2), ("two", 1)]
    assert history.best_epoch == 1
    assert history.stopped_early
    kernel = model.get_layer("head").get_weights()[0]
    np.testing.assert_array_equal(kernel, listener.kernels[0])
    assert not np.array_equal(listener.kernels[0], listener.kernels[1])


def test_a_mixed_precision_stage_keeps_its_loss_scaling():
    optimizer = keras.optimizers.LossScaleOptimizer(
        keras.optimizers.SGD(0.1, momentum=0.5), initial_scale=8.0
    )
    stages = [{"name": "one", "epochs": 1, "learning_rate": 0.05}]
    model, history, _ = fit(
        plain(optimizer), training={"epochs": 1, "stages": stages}, measure=None
    )
    assert history.series("learning_rate") == pytest.approx([0.05])
    assert model.optimizer is not optimizer
    assert (model.optimizer.initial_scale, model.optimizer.inner_optimizer.momentum) == (8.0, 0.5)


def test_listeners_are_closed_even_when_training_fails():
    class Failing(keras.callbacks.Callback):
        closed = False

        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("the listener's own")

        def close(self):
            self.closed = True

    listener = Failing()
    with pytest.raises(RuntimeError, match="the listener's own"):
        fit_stages(task(plain(), listeners=[listener]))
    assert listener.closed
