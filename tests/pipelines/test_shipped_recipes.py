"""What ships is right: each recipe loads, fits its schema, says its cost and reaches its score."""

import os

import jsonschema
import pytest

from dlsuite import experiment
from dlsuite.recipe import json_schema, load, read
from pipelines import SHIPPED, image_classification, names, of, tabular

RECIPES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
WITH_DATA = [
    name
    for name in RECIPES
    if "DLSUITE_DATA" in os.environ or "DLSUITE_DATA" not in (SHIPPED / f"{name}.yaml").read_text()
]


@pytest.fixture(autouse=True)
def data_folder(monkeypatch):
    """A folder for `${DLSUITE_DATA}`, which a static check only needs to be named."""
    if "DLSUITE_DATA" not in os.environ:
        monkeypatch.setenv("DLSUITE_DATA", "/nowhere")


def test_applications_are_found_without_a_list():
    assert names() == ["image_classification", "object_detection", "tabular"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_loads_states_a_score_and_says_its_command_and_cost(name):
    document = read(name, SHIPPED)
    recipe = load(document, of(document).settings)
    split = "train." if name == "coco128_yolo" else "test."  # learned by heart, as it says
    assert any(key.startswith(split) for key in recipe.settings.expect)
    head = [line for line in document.written.splitlines() if line.startswith("#")]
    assert any(line.startswith("# Run:") and f"dlsuite train {name}" in line for line in head)
    assert any(line.startswith("# Cost:") for line in head)
    again = load(recipe.resolved, of(document).settings)
    assert again.sha256 == recipe.sha256


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fits_the_schema_that_editors_use(name):
    document = read(name, SHIPPED)
    validator = jsonschema.Draft202012Validator(json_schema(of(document).settings))
    assert [error.message for error in validator.iter_errors(document.tree)] == []


@pytest.mark.parametrize("module", [image_classification, tabular])
def test_the_schema_finds_a_misspelt_argument(module):
    validator = jsonschema.Draft202012Validator(json_schema(module.Settings))
    recipe = {
        "pipeline": module.pipeline.name,
        "data": {"source": {"type": "digits"}},
        "model": {"type": "mlp", "hiden": [3]},
    }
    assert list(validator.iter_errors(recipe))
    recipe["model"] = {"type": "mlp", "hidden": [3]}
    assert list(validator.iter_errors(recipe)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_DATA)
def test_a_recipe_reaches_what_it_states(name, workshop):
    document = read(name, SHIPPED)
    result = experiment.run(of(document), document)
    assert result.limits
    assert [limit.text() for limit in result.limits if not limit.kept] == []
