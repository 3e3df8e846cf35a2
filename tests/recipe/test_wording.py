"""What is allowed, in words, and which name was meant."""

import enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from dlsuite.recipe import Block, RecipeError, load
from dlsuite.recipe.slots import locate, slot_of
from dlsuite.recipe.spelling import nearest, received
from dlsuite.recipe.wording import allowed, must_be


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Pools(Block):
    intra: int = 1
    inter: int = 1


class Wide(Block):
    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "a whole number"),
        (PositiveInt, "a whole number of at least 1"),
        (Annotated[int, Field(lt=10)], "a whole number of at most 9"),
        (
            Annotated[int, Field(ge=0, multiple_of=32)],
            "a whole number of at least 0 and a multiple of 32",
        ),
        (float | None, "a number or null"),
        (PositiveFloat, "a number above 0"),
        (NonNegativeFloat, "a number of at least 0"),
        (Annotated[float, Field(gt=0, le=1)], "a number above 0 and at most 1"),
        (Annotated[float, Field(ge=0, lt=1)], "a number of at least 0 and below 1"),
        (bool, "true or false"),
        (Literal["auto"] | bool, "auto or true or false"),
        (Literal["a", "b", 3, None], "one of a, b, 3, nothing (null)"),
        (Colour, "one of red, blue"),
        (str, "a text"),
        (Path, "a text"),
        (Annotated[str, Field(min_length=1)], "a text that is not empty"),
        (Annotated[str, Field(min_length=3)], "a text of at least 3 characters"),
        (Annotated[str, Field(max_length=9)], "a text of at most 9 characters"),
        (Annotated[str, Field(pattern="^v[0-9]$")], "a text that matches ^v[0-9]$"),
        (list[int], "a list"),
        (set[int], "a list"),
        (tuple[int, ...], "a list"),
        (tuple[int, int], "a list of 2 items"),
        (
            Annotated[list[int], Field(min_length=1, max_length=3)],
            "a list of at least 1 item and at most 3 items",
        ),
        (Annotated[list[int], Field(max_length=1)], "a list of at most 1 item"),
        (dict[str, int], "a mapping"),
        (Annotated[dict[str, int], Field(min_length=2)], "a mapping of at least 2 keys"),
        (
            Literal["auto"] | PositiveInt | Pools,
            "auto or a whole number of at least 1 or a mapping with intra, inter",
        ),
        (Wide, "a mapping with a, b, c, d, e, f, g, h, …"),
        (Any, ""),
        (int | Any, ""),
    ],
)
def test_what_is_allowed_is_said_in_words(annotation: Any, words: str) -> None:
    assert allowed(slot_of(annotation)) == words


@pytest.mark.parametrize(
    ("annotation", "value", "end"),
    [
        (bool, "off", 'Received: "off". Write false.'),
        (bool, "True", 'Received: "True". Write true.'),
        (float, "1e-3", 'Received: "1e-3". Leave the quotes away.'),
        (float, "fast", 'Received: "fast".'),
        (Literal["mean", "sum"], "maen", 'Received: "maen". Did you mean mean?'),
        (list[int], {"a": None}, "Received: {a: null}."),
    ],
)
def test_a_hint_follows_what_came(annotation: Any, value: Any, end: str) -> None:
    assert must_be(slot_of(annotation), value).endswith(end)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("droput", "dropout"),
        ("lr", "learning_rate"),
        ("rate", "learning_rate"),
        ("BatchSize", "batch_size"),
        ("batch-size", "batch_size"),
        ("epcohs", "epochs"),
        ("learning_rate_schedule", "learning_rate"),
        ("zebra", None),
        ("l3", None),
    ],
)
def test_the_name_that_was_meant_is_found(given: str, meant: str | None) -> None:
    assert nearest(given, ["epochs", "dropout", "learning_rate", "batch_size", "l1"]) == meant


def test_an_exact_name_goes_before_the_same_in_other_case() -> None:
    assert nearest("Adam", ["adam", "Adam"]) == "Adam"
    assert nearest("x", []) is None


def test_long_values_are_cut_and_infinite_ones_written_as_yaml() -> None:
    assert received("x" * 100) == '"' + "x" * 58 + "…"
    assert [received(float(text)) for text in ("inf", "-inf", "nan")] == [".inf", "-.inf", ".nan"]


class Tree(Block):
    """Blocks may hold themselves."""

    size: PositiveInt
    left: "Tree | None" = None
    named: "dict[str, Tree | int]" = Field(default_factory=dict)
    items: frozenset[int] = frozenset()
    anything: Any = None
    typed: dict[Literal["a", "b"], int] = Field(default_factory=dict)


def test_blocks_within_blocks_of_their_own_kind_are_checked_to_the_bottom() -> None:
    source = {
        "size": 1,
        "left": {"size": 2, "left": {"size": 0, "sizee": 1}},
        "named": {"x.y": {"size": "1"}, "z": "no", "w": 3},
        "items": [1, "two"],
        "anything": {"at": ["all"]},
        "typed": {"a": 1, "c": 2},
    }
    with pytest.raises(RecipeError) as caught:
        load(source, Tree)
    assert str(caught.value).splitlines() == [
        "recipe left.left.size: must be a whole number of at least 1. Received: 0.",
        "recipe left.left.sizee: not a key of left.left. Did you mean size?",
        'recipe named.x.y.size: must be a whole number of at least 1. Received: "1". '
        "Leave the quotes away.",
        "recipe named.z: must be a mapping with size, left, named, items, anything, typed or a "
        'whole number. Received: "no".',
        'recipe items.1: must be a whole number. Received: "two".',
        'recipe typed.c: the key must be one of a, b. Received: "c".',
    ]


def test_places_that_no_settings_have_are_nowhere() -> None:
    assert locate(slot_of(Pools), {}, ("intra",)) is not None
    assert locate(slot_of(Pools), {}, ("extra", "deeper")) is None


def test_keys_are_known_behind_a_validator_of_the_whole_block() -> None:
    class Doubled(Block):
        size: int

        @model_validator(mode="before")
        @classmethod
        def as_it_is(cls, value: Any) -> Any:
            return value

    with pytest.raises(RecipeError, match="Did you mean size"):
        load({"size": 1, "sise": 2}, Doubled)


def test_a_type_that_yaml_cannot_write_says_at_least_that_it_does_not_fit() -> None:
    class Odd(Block):
        thing: complex | None = None
        array: bytearray | None = None

    with pytest.raises(RecipeError) as caught:
        load({"thing": [1], "array": 3}, Odd)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["recipe thing", "recipe array"]
    assert all("Received: " in line for line in lines)
