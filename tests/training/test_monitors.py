"""A monitor that does not exist is named with those that do, before its direction is asked."""

import pytest
from toys import plain, task

from dlsuite.training import TrainingSettings, fit_stages, monitor_problems

DEV, TRAIN = ("loss", "accuracy"), ("loss",)
NO_DEV = (
    "The recipe's split has no dev: give data.split a `dev` share, or name a monitor of training "
    "such as loss."
)


def problems(dev, train=TRAIN, **training):
    return list(monitor_problems(TrainingSettings(**training), dev, train))


def refused(match, **changes):
    model = changes.pop("model", None) or plain()
    with pytest.raises(ValueError, match=match):
        fit_stages(task(model, **changes))
    return model


@pytest.mark.parametrize("key", ["early_stopping", "reduce_on_plateau"])
@pytest.mark.parametrize(
    ("monitor", "message"),
    [
        (
            "dev.acuracy",
            "must be one of dev.accuracy, dev.loss, loss. Received: dev.acuracy. "
            "Did you mean dev.accuracy?",
        ),
        (
            "los",
            "must be one of dev.accuracy, dev.loss, loss. Received: los. Did you mean loss?",
        ),
        ("f1", "must be one of dev.accuracy, dev.loss, loss. Received: f1."),
    ],
)
def test_a_monitor_that_does_not_exist_comes_with_the_nearest(key, monitor, message):
    assert problems(DEV, **{key: {"monitor": monitor}}) == [(f"training.{key}.monitor", message)]


@pytest.mark.parametrize("monitor", ["dev.accuracy", "dev.loss", "loss", None])
def test_a_monitor_that_exists_is_fine(monitor):
    assert problems(DEV, early_stopping={"monitor": monitor}) == []


def test_both_monitors_are_looked_at_and_none_where_none_is_set():
    both = {
        "early_stopping": {"monitor": "a", "patience": 5},
        "reduce_on_plateau": {"monitor": "b", "patience": 3},
    }
    keys = [key for key, _ in problems(DEV, **both)]
    assert keys == ["training.early_stopping.monitor", "training.reduce_on_plateau.monitor"]
    assert problems(None) == []


def test_without_dev_the_split_is_named():
    key = "training.early_stopping.monitor"
    assert problems(None, early_stopping={}) == [
        (key, f"must be given. {NO_DEV} Received: nothing.")
    ]
    assert problems(None, early_stopping={"monitor": "dev.loss"}) == [
        (key, f"must be loss. Received: dev.loss. {NO_DEV}")
    ]
    assert problems(None, early_stopping={"monitor": "loss"}) == []


class TestInTraining:
    def test_a_measure_that_does_not_exist_is_refused_before_the_first_step(self):
        model = refused(
            r"`training.early_stopping.monitor` must be one of dev.accuracy, dev.loss or a name in "
            r"the training's own logs, such as loss\. Received: dev.acuracy\. "
            r"Did you mean dev.accuracy\?",
            training={"early_stopping": {"monitor": "dev.acuracy"}},
        )
        assert not model.built or model.optimizer.iterations.numpy() == 0

    @pytest.mark.parametrize("key", ["early_stopping", "reduce_on_plateau"])
    def test_a_name_that_the_training_does_not_log_is_refused_after_its_first_batch(self, key):
        refused(
            rf"`training.{key}.monitor` must be one of dev.accuracy, dev.loss, accuracy, loss\. "
            r"Received: los\. Did you mean loss\?",
            training={key: {"monitor": "los"}},
        )

    def test_a_direction_that_was_given_does_not_hide_that_the_name_is_wrong(self):
        refused(
            r"one of dev.accuracy, dev.loss, accuracy, loss\. Received: precision\.$",
            training={"early_stopping": {"monitor": "precision", "mode": "max"}},
        )

    def test_no_dev_to_look_at(self):
        refused(
            rf"`training.early_stopping.monitor` must be given\. {NO_DEV}",
            training={"early_stopping": {}},
            measure=None,
            monitor=None,
        )

    def test_a_pipeline_without_a_metric(self):
        refused(
            r"`training.reduce_on_plateau.monitor` must be given where the pipeline has no metric",
            training={"reduce_on_plateau": {}},
            monitor=None,
        )

    def test_a_measure_whose_name_tells_no_direction_needs_a_mode(self):
        values = {"measure": lambda: {"dev.charm": 1.0}, "monitor": "dev.charm"}
        refused("must tell its direction", training={"early_stopping": {}}, **values)
        training = {"epochs": 1, "early_stopping": {"mode": "max"}}
        assert fit_stages(task(plain(), training=training, **values)).best_epoch == 1

    def test_a_logged_name_that_tells_no_direction_is_refused_after_its_first_batch(self):
        model = plain()
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=[charm])
        changes = {"measure": None, "monitor": "charm"}
        refused("must tell its direction", model=model, training={"early_stopping": {}}, **changes)


def charm(y_true, y_pred):
    """A metric that may be better high or low."""
    return y_pred[:, 0]
