"""Dotted overrides."""

from pathlib import Path

import pytest

from dlsuite.recipe import read
from dlsuite.recipe.overrides import overridden
from dlsuite.recipe.paths import path_in, steps, value_at

TREE = {
    "optimizer": "Adam",
    "data": {"augment": [{"type": "RandomFlip"}], "split": None},
    "expect": {"test.accuracy": {"at_least": 0.9}},
    "weights": {0: 1.0},
}


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("training.epochs=3", ("training", "epochs"), 3),
        ("rate=3e-4", ("rate",), 3e-4),
        ("word=no", ("word",), "no"),
        ("nothing=", ("nothing",), None),
        ("text=a=b", ("text",), "a=b"),
        ("data.augment=[]", ("data", "augment"), []),
        ("data.augment.0.mode=vertical", ("data", "augment", 0, "mode"), "vertical"),
        ("data.augment.1={type: RandomZoom}", ("data", "augment", 1), {"type": "RandomZoom"}),
        ("data.augment.1.type=RandomZoom", ("data", "augment", 1, "type"), "RandomZoom"),
        ("data.split.train=0.8", ("data", "split", "train"), 0.8),
        ("optimizer.learning_rate=0.1", ("optimizer", "learning_rate"), 0.1),
        ("expect.test.accuracy.at_least=0.5", ("expect", "test.accuracy", "at_least"), 0.5),
        ('expect."dev.loss".at_most=1', ("expect", "dev.loss", "at_most"), 1),
        ("weights.0=2", ("weights", 0), 2),
    ],
)
def test_an_override_sets_one_value(override: str, key: tuple, value: object) -> None:
    document = overridden(read(TREE), [override])
    assert document.problems == ()
    assert value_at(document.tree, key) == value
    assert document.overridden == {key: override}


def test_a_bare_name_becomes_a_block_and_the_rest_stays() -> None:
    document = overridden(read(TREE), "optimizer.learning_rate=0.1")
    assert document.tree["optimizer"] == {"type": "Adam", "learning_rate": 0.1}
    assert document.tree["data"] == TREE["data"]
    assert read(TREE).tree["optimizer"] == "Adam"


def test_overrides_may_be_a_mapping_of_plain_values() -> None:
    document = overridden(read(TREE), {"training.epochs": 3, "data.split": {"train": 0.8}})
    assert document.tree["training"] == {"epochs": 3}
    assert document.tree["data"]["split"] == {"train": 0.8}
    assert list(document.overridden.values()) == ["training.epochs=3", "data.split={train: 0.8}"]
    assert overridden(read(TREE), {"word": "text"}).overridden == {("word",): "word=text"}


def test_the_last_override_of_a_key_wins() -> None:
    document = overridden(read(TREE), ["a.b=1", "a.c=2", "a={d: 3}", "a.d=4"])
    assert document.tree["a"] == {"d": 4}
    assert document.overridden == {("a",): "a={d: 3}", ("a", "d"): "a.d=4"}


def test_an_override_takes_away_what_was_wrong_in_the_file(folder: Path) -> None:
    (folder / "r.yaml").write_text("data: {path: ${DLSUITE_NOT_SET}}\n")
    assert len(read("r.yaml").problems) == 1
    assert overridden(read("r.yaml"), ["data.path=/here"]).problems == ()
    assert overridden(read("r.yaml"), ["data=digits"]).problems == ()
    assert len(overridden(read("r.yaml"), ["data.other=1"]).problems) == 1


def test_a_key_is_found_where_the_tree_has_dots_in_its_keys() -> None:
    assert path_in(TREE, "expect.test.accuracy.at_least") == ("expect", "test.accuracy", "at_least")
    assert path_in(TREE, "data.augment.0.type") == ("data", "augment", 0, "type")
    assert path_in(TREE, "weights.0") == ("weights", 0)
    assert path_in(TREE, "not.there") == ("not", "there")
    assert value_at(TREE, ("data", "augment", 5)) is None
    assert value_at(TREE, ("optimizer", "type")) is None


@pytest.mark.parametrize("key", ["", "..", "a..b", 'a"', "."])
def test_what_is_no_dotted_key_has_no_steps(key: str) -> None:
    assert steps(key) == []
