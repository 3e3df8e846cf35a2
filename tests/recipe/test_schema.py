"""The JSON Schema of recipes accepts what `load` accepts."""

from functools import cache
from typing import Annotated, Any

import jsonschema
import pytest

from dlsuite.recipe import Block, Call, RecipeError, Room, json_schema, load

from .settings_for_tests import STAND_INS, Settings

LEAST: dict[str, Any] = {
    "pipeline": "image_classification",
    "data": {"source": "digits"},
    "model": "lenet5",
}


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json_schema(Settings)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def accepted(recipe: dict[str, Any]) -> bool:
    try:
        load(recipe, Settings)
    except RecipeError:
        return False
    return True


@pytest.mark.parametrize(
    ("part", "good"),
    [
        ({}, True),
        ({"model": {"type": "mlp", "hidden": [64, 32], "activation": "tanh"}}, True),
        ({"model": {"type": "mlp", "hidden": []}}, False),
        ({"model": {"type": "mlp", "activation": "reluu"}}, False),
        ({"model": {"type": "lenet5", "droput": 0.1}}, False),
        ({"model": {"type": "lenet5", "num_classes": 3}}, False),
        ({"model": {"variant": "paper"}}, False),
        ({"model": "lenet"}, False),
        ({"data": {"source": "image_folder"}}, False),
        ({"data": {"source": {"type": "image_folder", "path": "/data"}}}, True),
        ({"data": {"source": "digits", "split": {"train": 0.5, "dev": 0.5}}}, True),
        ({"data": {"source": "digits", "split": "atuo"}}, False),
        ({"data": {"source": "digits", "augment": [{"type": "RandomFlip", "seed": 1}]}}, True),
        ({"data": {"source": "digits", "augment": [{"type": "RandomFlop"}]}}, False),
        ({"optimizer": "Adam"}, True),
        ({"optimizer": {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9}}, True),
        ({"optimizer": {"type": "SGD", "learning_rate": {"type": "constant", "value": 1}}}, True),
        ({"optimizer": {"type": "SGD", "learning_rate": {"type": "constant", "value": 0}}}, False),
        ({"optimizer": {"type": "SGD", "momentun": 0.9}}, False),
        ({"training": {"epochs": 0}}, False),
        ({"training": {"early_stopping": None}}, True),
        ({"expect": {"test.accuracy": {"at_least": 0.9}}}, True),
        ({"expect": {"test.accuracy": {"atleast": 0.9}}}, False),
    ],
)
def test_the_schema_and_the_loader_agree(part: dict[str, Any], good: bool) -> None:
    recipe = {**LEAST, **part}
    assert validator().is_valid(recipe) is good
    assert accepted(recipe) is good


def test_the_users_own_callables_fit_the_schema() -> None:
    assert validator().is_valid({**LEAST, "model": {"type": "my.nets:tiny", "width": 3}})
    assert validator().is_valid({**LEAST, "model": "my.nets:tiny"})


def test_every_public_name_has_its_alternative_with_defaults() -> None:
    definitions = json_schema(Settings)["$defs"]
    models = {
        block["title"]: block
        for block in definitions[f"{STAND_INS}.models"]["oneOf"]
        if "title" in block
    }
    assert sorted(models) == ["lenet5", "mlp"]
    assert models["lenet5"]["description"] == "LeNet-5."
    assert models["lenet5"]["properties"]["variant"]["default"] == "modern"
    assert "dropout" not in models["lenet5"]["properties"]
    optimizers = definitions["keras.optimizers"]["oneOf"]
    adam = next(block for block in optimizers if block.get("title") == "Adam")
    assert adam["properties"]["beta_1"]["default"] == 0.9
    assert "anyOf" in adam["properties"]["learning_rate"]


def test_two_rooms_of_one_package_are_two_definitions() -> None:
    one, other = (
        Room(f"{STAND_INS}.models"),
        Room(f"{STAND_INS}.models", late={"dropout": 0}),
    )

    class Two(Block):
        first: Annotated[Call, one]
        second: Annotated[Call, other]
        third: Annotated[Call, one]

    definitions = json_schema(Two)["$defs"]
    assert sorted(definitions) == [f"{STAND_INS}.models", f"{STAND_INS}.models'"]


def test_arguments_of_keras_that_may_be_blocks_are_open_otherwise() -> None:
    class Layer(Block):
        layer: Annotated[
            Call, Room("keras.layers", inner={"kernel_initializer": Room("keras.initializers")})
        ]

    valid = jsonschema.Draft202012Validator(json_schema(Layer)).is_valid
    dense: dict[str, Any] = {"type": "Dense", "units": 3}
    assert valid({"layer": {**dense, "kernel_initializer": "he_normal"}})
    assert valid({"layer": {**dense, "kernel_initializer": {"type": "HeNormal"}}})
    assert not valid({"layer": {**dense, "kernel_initializer": {"type": "HeNormall"}}})


def test_what_yaml_cannot_write_is_allowed_nowhere() -> None:
    class Odd(Block):
        thing: jsonschema.Draft202012Validator | None = None

    valid = jsonschema.Draft202012Validator(json_schema(Odd)).is_valid
    assert valid({})
    assert valid({"thing": None})
    assert not valid({"thing": 3})


def test_pydantics_own_schema_of_settings_stays_usable() -> None:
    model = Settings.model_json_schema()["properties"]["model"]
    assert model["type"] == ["string", "object"]
