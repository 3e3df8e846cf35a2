"""load: a recipe, its overrides and its settings."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError, field_validator, model_validator

from dlsuite.recipe import Block, RecipeError, flatten, load, read
from dlsuite.recipe.call import Call
from dlsuite.recipe.syntax import parse

from .settings_for_tests import Settings, Training

RECIPE = """\
# LeNet-5 on handwritten digits.
pipeline: image_classification
data:
  source: digits
  split: {train: 0.8, dev: 0.1, test: 0.1}
  augment: [{type: RandomTranslation, height_factor: 0.1, width_factor: 0.1}]
model: {type: lenet5, variant: modern}
optimizer: {type: Adam, learning_rate: {type: warmup_cosine, peak: 3e-3}}
regularization: {dropout: 0.1}
training: {epochs: 30, early_stopping: {patience: 5}}
expect: {test.accuracy: {at_least: 0.97}}
"""


@pytest.fixture
def recipe(folder: Path) -> str:
    (folder / "digits.yaml").write_text(RECIPE)
    return "digits.yaml"


def test_a_recipe_becomes_frozen_settings(recipe: str) -> None:
    loaded = load(recipe, Settings)
    settings = loaded.settings
    assert loaded.name == "digits"
    assert loaded.written == RECIPE
    assert settings.data.split.train == 0.8
    assert isinstance(settings.model, Call)
    assert settings.optimizer.arguments["learning_rate"].arguments["peak"] == 3e-3
    assert settings.expect["test.accuracy"].at_least == 0.97
    with pytest.raises(ValidationError, match="frozen"):
        settings.training.epochs = 3


def test_resolved_spells_out_every_default_and_loads_to_itself(recipe: str) -> None:
    loaded = load(recipe, Settings)
    assert loaded.resolved["training"]["seed"] == 0
    assert loaded.resolved["model"] == {"type": "lenet5", "variant": "modern"}
    assert loaded.resolved["optimizer"]["beta_1"] == 0.9
    again = load(loaded.resolved, Settings)
    assert again.resolved == loaded.resolved
    assert again.sha256 == loaded.sha256
    from_settings = load(loaded.settings, Settings)
    assert from_settings.sha256 == loaded.sha256
    assert load(read(from_settings.resolved), Settings).sha256 == loaded.sha256
    (Path.cwd() / "written.yaml").write_text(from_settings.written)
    assert load("written.yaml", Settings).sha256 == loaded.sha256


def test_the_hash_is_of_values_not_of_their_writing(recipe: str) -> None:
    same = RECIPE.replace("dropout: 0.1", "dropout: 1.0e-1").replace("digits\n", "{type: digits}\n")
    Path("same.yaml").write_text(f"# Another comment.\n{same}")
    loaded = load(recipe, Settings)
    assert load("same.yaml", Settings).sha256 == loaded.sha256
    assert load(recipe, Settings, ["training.seed=1"]).sha256 != loaded.sha256
    text = json.dumps(loaded.resolved, sort_keys=True, separators=(",", ":"))
    assert loaded.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_whole_and_floating_numbers_that_are_equal_hash_alike() -> None:
    class Rate(Block):
        value: float
        by_class: dict[int, float] = Field(default_factory=dict)

    assert load({"value": 1}, Rate).sha256 == load({"value": 1.0}, Rate).sha256
    weighted = load({"value": 1, "by_class": {1: 2, 0: 1}}, Rate)
    assert weighted.sha256 == load({"value": 1, "by_class": {0: 1.0, 1: 2.0}}, Rate).sha256


def test_overrides_are_kept_beside_the_text(recipe: str) -> None:
    loaded = load(recipe, Settings, {"training.epochs": 3, "data.augment.0.width_factor": 0.2})
    assert loaded.settings.training.epochs == 3
    assert loaded.resolved["data"]["augment"][0]["width_factor"] == 0.2
    assert loaded.written == RECIPE
    assert loaded.overrides == ("training.epochs=3", "data.augment.0.width_factor=0.2")


def test_a_problem_that_only_the_data_shows_gets_its_position(recipe: str) -> None:
    loaded = load(recipe, Settings, ["training.seed=4"])
    shown = [
        loaded.problem("model.variant", "needs pictures."),
        loaded.problem("expect.test.accuracy.at_least", "is no metric."),
        loaded.problem("data.batch_size", "is above the number of examples."),
        loaded.problem("training.seed", "is unlucky."),
    ]
    assert [str(problem) for problem in shown] == [
        "digits.yaml:7:32 model.variant: needs pictures.",
        "digits.yaml:11:36 expect.test.accuracy.at_least: is no metric.",
        "digits.yaml:3:1 data.batch_size: is above the number of examples.",
        "override training.seed=4: is unlucky.",
    ]


def test_a_mapping_has_no_lines() -> None:
    with pytest.raises(RecipeError) as caught:
        load({"epochs": 0, "seed": 3, "sed": 1}, Training)
    assert str(caught.value).splitlines() == [
        "recipe epochs: must be a whole number of at least 1. Received: 0.",
        "recipe sed: not a key of a recipe. Did you mean seed?",
    ]
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.column) == ("recipe", None, None)


def test_flat_keys_are_those_that_an_override_takes() -> None:
    tree = {"a": {"b": [1, {"c": None}], "d": {}}, "e": [], "f": "x"}
    assert flatten(tree) == {"a.b.0": 1, "a.b.1.c": None, "a.d": "{}", "e": "[]", "f": "x"}


keys = st.text("abcxyz_", min_size=1, max_size=5)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(keys, trees, min_size=1, max_size=4))
@example({"x": "\x85"})
@example({"x": ["a\u2028b", "\ufeff"]})
def test_a_mapping_survives_being_written_as_yaml(tree: dict) -> None:
    document = read(tree)
    if not document.problems and "${" not in document.written:
        assert parse(document.written).value == tree


def test_a_block_is_not_said_to_lack_what_stands_there_under_a_wrong_key() -> None:
    class Bound(Block):
        at_least: float | None = None
        at_most: float | None = None

        @model_validator(mode="after")
        def has_a_side(self) -> "Bound":
            if self.at_least is None and self.at_most is None:
                raise ValueError("give `at_least` or `at_most`")
            return self

    class Bounds(Block):
        first: Bound
        second: Bound

    with pytest.raises(RecipeError) as caught:
        load({"first": {"below": 1}, "second": {}}, Bounds)
    assert str(caught.value).splitlines() == [
        "recipe first.below: not a key of first. Allowed: at_least, at_most.",
        "recipe second: give `at_least` or `at_most`.",
    ]


def test_a_validator_of_the_settings_own_keeps_its_words() -> None:
    class Even(Block):
        size: int
        odd: int = 1

        @field_validator("size")
        @classmethod
        def is_even(cls, value: int) -> int:
            if value % 2:
                raise ValueError(f"must be even. Received: {value}.")
            return value

        @field_validator("odd")
        @classmethod
        def is_odd(cls, value: int) -> int:
            assert value % 2, "must be odd."
            return value

    with pytest.raises(RecipeError) as caught:
        load({"size": 3, "odd": 2}, Even)
    assert str(caught.value).splitlines() == [
        "recipe size: must be even. Received: 3.",
        "recipe odd: must be odd.",
    ]
