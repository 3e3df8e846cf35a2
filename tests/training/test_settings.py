"""Settings of a recipe: their defaults are a run, their contradictions are named."""

from typing import Any, ClassVar

import pytest
from pydantic import Field, ValidationError

from dlsuite.recipe import Block
from dlsuite.training import (
    Optimizer,
    RegularizationSettings,
    RuntimeSettings,
    TrainingSettings,
    one_learning_rate_control,
)

COSINE = {"type": "cosine", "initial": 0.1}


class Learner(Block):
    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    training: TrainingSettings = TrainingSettings()
    checks: ClassVar[Any] = (one_learning_rate_control,)


def problems(settings, **values):
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    return [(error["ctx"]["key"], error["msg"]) for error in caught.value.errors()]


def test_the_defaults_are_a_plain_run():
    training = TrainingSettings()
    assert (training.epochs, training.seed, training.measure_every) == (30, 0, 1)
    assert (training.checkpoint.every, training.checkpoint.keep) == (1, 2)
    assert RuntimeSettings().threads == "auto"
    assert RegularizationSettings().dropout is None  # what the model's paper has


def test_a_rate_is_a_number_or_a_schedule_with_lengths_from_the_program():
    optimizer = Learner(optimizer={"type": "SGD", "learning_rate": COSINE}).optimizer
    made = optimizer(steps_per_epoch=10, epochs=2)
    assert float(made.learning_rate) == pytest.approx(0.1)
    made.iterations.assign(10)
    assert float(made.learning_rate) == pytest.approx(0.05)
    assert float(Learner(optimizer="SGD").optimizer().learning_rate) == pytest.approx(0.01)


def test_clipping_is_the_optimizers_own():
    made = Learner(optimizer={"type": "Adam", "global_clipnorm": 1.0}).optimizer()
    assert made.global_clipnorm == 1.0


def test_the_stages_fill_the_run():
    stages = [{"name": "head", "epochs": 2}, {"name": "all", "epochs": 3}]
    assert TrainingSettings(epochs=5, stages=stages).stages[1].freeze == ()
    assert problems(TrainingSettings, epochs=4, stages=stages) == [
        ("epochs", "must be 5, the sum of the stages' epochs. Received: 4.")
    ]


def test_every_stage_has_a_name_of_its_own():
    stages = [{"name": "head", "epochs": 2}, {"name": "head", "epochs": 3}]
    assert problems(TrainingSettings, epochs=5, stages=stages) == [
        ("stages.1.name", "must differ from the names before. Received: head.")
    ]


@pytest.mark.parametrize(
    ("stop", "plateau"),
    [({"patience": 4}, {"patience": 3}), ({"patience": None}, {}), (None, {"patience": 9})],
)
def test_a_plateau_that_can_act_is_fine(stop, plateau):
    assert TrainingSettings(early_stopping=stop, reduce_on_plateau=plateau)


def test_a_plateau_that_early_stopping_always_beats_is_refused():
    assert problems(
        TrainingSettings, early_stopping={"patience": 3}, reduce_on_plateau={"patience": 3}
    ) == [
        (
            "reduce_on_plateau.patience",
            "must be below early_stopping.patience, 3, to ever act. Received: 3.",
        )
    ]


def test_a_plateau_and_a_schedule_exclude_each_other():
    stages = [
        {"name": "one", "epochs": 1, "learning_rate": {"type": "constant", "value": 0.1}},
        {"name": "two", "epochs": 1, "learning_rate": COSINE},
    ]
    training = {"epochs": 2, "reduce_on_plateau": {}, "stages": stages}
    must = "must be a number or `constant` where training.reduce_on_plateau is set. Received: "
    assert problems(
        Learner,
        optimizer={"type": "Adam", "learning_rate": {**COSINE, "type": "cosine"}},
        training=training,
    ) == [
        ("optimizer.learning_rate", f"{must}cosine."),
        ("training.stages.1.learning_rate", f"{must}cosine."),
    ]


@pytest.mark.parametrize("rate", [0.1, {"type": "constant", "value": 0.1}])
def test_a_plateau_reduces_a_plain_rate(rate):
    optimizer = {"type": "Adam", "learning_rate": rate}
    assert Learner(optimizer=optimizer, training={"reduce_on_plateau": {}})
    assert Learner(optimizer=optimizer)


@pytest.mark.parametrize(
    ("settings", "values"),
    [
        (TrainingSettings, {"epochs": 0}),
        (TrainingSettings, {"seed": -1}),
        (TrainingSettings, {"early_stopping": {"mode": "down"}}),
        (TrainingSettings, {"reduce_on_plateau": {"factor": 1.0}}),
        (TrainingSettings, {"checkpoint": {"keep": 0}}),
        (RegularizationSettings, {"dropout": 1.0}),
        (RegularizationSettings, {"l2": -0.1}),
        (RuntimeSettings, {"precision": "float16"}),
        (RuntimeSettings, {"threads": {"intra": 1}}),
        (RuntimeSettings, {"threads": 0}),
    ],
)
def test_values_out_of_range_are_refused(settings, values):
    with pytest.raises(ValidationError):
        settings(**values)
