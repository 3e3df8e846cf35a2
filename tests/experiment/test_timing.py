"""What a training will cost is told by a few of its own steps."""

import pytest

from dlsuite.experiment import plan
from dlsuite.experiment.timing import MOST_CALLS, cost
from pipelines import tabular

RECIPE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "wine"}, "batch_size": 16},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": 5, "measure_every": 2},
}


def test_a_run_costs_its_steps_and_its_looks_at_dev(workshop):
    learner = plan(tabular.pipeline, RECIPE).learner
    found = cost(learner)
    assert 0 < found.steps <= MOST_CALLS
    assert found.step > 0
    assert found.measure > 0
    each = learner.steps_per_epoch * found.step
    assert found.epoch == pytest.approx(each + found.measure)
    assert found.scoring > 0
    looks = 3 * found.measure  # after epochs 2, 4 and 5
    assert found.run == pytest.approx(5 * each + looks + found.scoring)


def test_without_dev_nothing_is_measured(workshop):
    changes = {"data.split": {"train": 0.8, "test": 0.2}}
    found = cost(plan(tabular.pipeline, RECIPE, changes).learner)
    assert found.measure == 0
    assert found.run == pytest.approx(5 * found.epoch + found.scoring)


def test_what_a_plan_decided_stands_for_each_auto(workshop):
    decided = plan(tabular.pipeline, RECIPE).decided()
    assert sum(decided["data.split"].values()) == pytest.approx(1)
    assert {"data.split", "runtime.device", "runtime.xla", "runtime.threads"} == set(decided)
    chosen = plan(tabular.pipeline, RECIPE, {"runtime.xla": False}).decided()
    assert "runtime.xla" not in chosen


def test_a_batch_that_is_more_than_the_examples_is_told(workshop):
    planned = plan(tabular.pipeline, RECIPE, {"data.batch_size": 5000})
    count = len(planned.learner.splits.train)
    assert planned.decided()["data.batch_size"] == count
    (told,) = [each.text for each in planned.learner.remarks if each.key == "data.batch_size"]
    assert f"A batch of 5,000 is more than the {count} examples" in told
