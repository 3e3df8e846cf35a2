"""A run knows its own recipe, so that it can be gone on with without naming one."""

import pytest

from dlsuite.experiment import recipe_of
from dlsuite.recipe import load
from dlsuite.tracking import Store, StoreError
from pipelines import tabular

RECIPE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "wine"}},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": 1, "checkpoint": None, "class_weight": {"class_0": 2.0}},
}


def test_the_recipe_of_a_run_is_the_very_one_with_its_overrides(workshop):
    run = tabular.run(RECIPE, {"training.seed": 7})
    record = Store.open().find(run.run_id)
    document = recipe_of(record)
    again = load(document, tabular.Settings)
    assert again.sha256 == record.tags["recipe_sha256"]
    assert again.settings.training.seed == 7
    assert document.name == record.name
    assert document.written == record.artifact("recipe.yaml").read_text()


def test_a_run_that_kept_no_recipe_says_so(workshop):
    store = Store.open()
    with store.start("tabular", "empty") as run:
        pass
    with pytest.raises(StoreError, match=r"keeps no `recipe\.resolved\.json`"):
        recipe_of(store.find(run.run_id))
