"""Call: plain data that makes its object when called."""

from pathlib import Path
from typing import Annotated, Any

import pytest

from dlsuite.recipe import Block, Call, Room, plain

from .settings_for_tests import STAND_INS


def pair(first: Any, second: Any = None, *, size: int = 0, **rest: Any) -> tuple:
    """What it was called with."""
    return first, second, size, rest


def test_late_values_reach_only_who_names_them() -> None:
    call = Call("pair", pair, {"first": 1})
    assert call(size=3, steps_per_epoch=10) == (1, None, 3, {})


def test_the_recipe_goes_before_the_program() -> None:
    assert Call("pair", pair, {"first": 1, "size": 2})(size=3) == (1, None, 2, {})


def test_inner_calls_are_made_first_with_the_same_late_values() -> None:
    inner = Call("pair", pair, {"first": "inner"})
    made = ("inner", None, 7, {})
    assert Call("pair", pair, {"first": inner})(size=7) == (made, None, 7, {})
    nested = Call("pair", pair, {"first": [inner, 1], "second": {"a": (inner,)}})
    assert nested(size=7) == ([made, 1], {"a": (made,)}, 7, {})
    assert list(nested.inner()) == [inner, inner]


def test_a_value_that_nobody_passed_is_named() -> None:
    with pytest.raises(
        TypeError, match=r"`pair` needs `first`, which the program passes\. Received: size"
    ):
        Call("pair", pair)(size=3)
    with pytest.raises(TypeError, match="Received: nothing"):
        Call("pair", pair)()


def test_plain_gives_back_what_a_recipe_writes() -> None:
    class Part(Block):
        path: Path = Path("/data")
        sizes: tuple[int, ...] = (1, 2)

    call = Call("pair", pair, {"first": Call("other", pair, {"size": 1}), "second": Part()})
    assert plain({"a": [call], "b": frozenset({1})}) == {
        "a": [
            {
                "type": "pair",
                "first": {"type": "other", "size": 1},
                "second": {"path": "/data", "sizes": [1, 2]},
            }
        ],
        "b": [1],
    }


def test_a_call_in_settings_made_in_python_is_checked_like_a_recipe() -> None:
    class Settings(Block):
        model: Annotated[Call, Room(f"{STAND_INS}.models", late={"input_shape": (1,)})]

    late = {"input_shape": (28, 28, 1), "num_classes": 10}
    room = Room(f"{STAND_INS}.models", late=late)
    call = room.read({"type": "lenet5", "variant": "paper"})
    assert call(**late)["variant"] == "paper"
    assert call.arguments == {"variant": "paper", "dropout": 0.0}
    with pytest.raises(ValueError, match="num_classes"):
        Settings(model=call)  # num_classes is not late in that room
