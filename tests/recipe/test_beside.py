"""Keys of a `type:` block that are the program's and no argument of what it names."""

from typing import Annotated

import jsonschema
import pytest
from pydantic import AfterValidator

from dlsuite.recipe import Block, Call, RecipeError, Room, json_schema, load

from .settings_for_tests import STAND_INS

LATE = {"input_shape": (28, 28, 1), "num_classes": 10, "dropout": 0.0}


def even(text: str) -> str:
    if len(text) % 2:
        raise ValueError(f"must be of even length. Received: {text}.")
    return text


ROOM = Room(
    f"{STAND_INS}.models",
    late=LATE,
    beside={"weights": Annotated[str, AfterValidator(even)] | None},
)


class Settings(Block):
    model: Annotated[Call, ROOM]


def test_it_is_kept_beside_the_arguments_and_not_passed_on():
    call = load({"model": {"type": "mlp", "weights": "ab"}}, Settings).settings.model
    assert call.beside == {"weights": "ab"}
    assert "weights" not in call.arguments
    assert call(**LATE)
    assert call.plain()["weights"] == "ab"
    assert ROOM.read(call.plain()) == call


def test_without_it_a_recipe_is_what_it_was():
    plain = load({"model": "mlp"}, Settings)
    null = load({"model": {"type": "mlp", "weights": None}}, Settings)
    assert "weights" not in plain.resolved["model"]
    assert plain.sha256 == null.sha256
    assert plain.settings.model.beside == {}


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("weights: abc", r"r\.yaml:1:29 model\.weights: must be of even length\. Received: abc\."),
        ("weights: 3", r"model\.weights: must be a text or null\. Received: 3\."),
        ("wieghts: ab", r"model\.wieghts: not an argument of mlp\. Did you mean weights\?"),
    ],
)
def test_it_is_checked_where_it_stands(folder, block, message):
    (folder / "r.yaml").write_text(f"model: {{type: mlp, {block}}}\n")
    with pytest.raises(RecipeError, match=message):
        load(folder / "r.yaml", Settings)


def test_a_callable_with_an_argument_of_that_name_gets_it_itself(folder):
    (folder / "users_own_nets.py").write_text(
        "def net(input_shape, num_classes, weights=None): return weights\n"
    )
    call = load({"model": {"type": "users_own_nets:net", "weights": "odd"}}, Settings)
    assert call.settings.model.beside == {}
    assert call.settings.model(**LATE) == "odd"


def test_the_json_schema_knows_it():
    validator = jsonschema.Draft202012Validator(json_schema(Settings))
    assert validator.is_valid({"model": {"type": "mlp", "weights": "ab"}})
    assert not validator.is_valid({"model": {"type": "mlp", "weights": 3}})
