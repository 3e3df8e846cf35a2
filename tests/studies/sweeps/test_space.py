"""Points of a grid, values of params, ranges in words."""

import itertools

import pytest

from dlsuite.strategy.sweep_settings import Range
from dlsuite.studies.sweeps.space import Space, between, ends


def space(**ranges):
    return Space({path: Range.model_validate(one) for path, one in ranges.items()})


def test_a_grid_is_the_product_of_its_levels():
    found = space(
        a={"low": 0.0, "high": 0.3, "step": 0.1, "kind": "float"},
        b={"low": 2, "high": 8, "step": 3, "kind": "int"},
        c={"low": 1, "high": 2, "kind": "int"},
        d={"choices": [[4], {"type": "mlp", "hidden": [8]}, None]},
    )
    choices = [[4], {"type": "mlp", "hidden": [8]}, None]
    truth = list(itertools.product([0.0, 0.1, 0.2, 0.3], [2, 5, 8], [1, 2], choices))
    assert [tuple(found.overrides(params).values()) for params in found.grid()] == truth
    assert found.points == len(truth) == 72


def test_what_has_no_steps_has_no_points():
    assert space(a={"low": 0, "high": 1, "kind": "float"}, b={"choices": [1]}).points is None
    assert space(a={"low": 1, "high": 9, "kind": "int", "scale": "log"}).points is None


def test_every_point_of_a_grid_is_one_of_its_distribution():
    found = space(a={"low": 0.05, "high": 0.95, "step": 0.05, "kind": "float"})
    held = found.distributions["a"]
    for params in found.grid():
        assert held._contains(held.to_internal_repr(params["a"]))


def test_ends_are_numbers_as_the_key_takes_them():
    assert ends(Range(low=1, high=9, kind="int")) == {"low": 1, "high": 9}
    assert str(ends(Range(low=1, high=9, kind="float"))) == "{'low': 1.0, 'high': 9.0}"
    assert ends(Range(choices=([1], "a"))) == {"choices.0": [1], "choices.1": "a"}


@pytest.mark.parametrize(("low", "high"), [(1, 9), (0, 1), (16, 256), (0.5, 2.5), (3, 4)])
def test_between_the_ends_is_no_whole_number(low, high):
    inside = between(Range(low=low, high=high))
    assert low < inside < high
    assert inside != int(inside)


def test_ranges_in_words():
    found = space(
        a={"low": 1e-4, "high": 0.1, "scale": "log", "kind": "float"},
        b={"low": 0, "high": 8, "step": 2, "kind": "int"},
        c={"choices": [[4], "adam"]},
    )
    assert found.text() == {
        "a": "0.0001 to 0.1, log",
        "b": "0 to 8 in steps of 2, whole numbers",
        "c": 'one of [4], "adam"',
    }


def test_a_step_is_written_as_people_write_it():
    """0.1 + 2 * 0.1 is 0.30000000000000004 in floating point."""
    space = Space({"rate": Range(low=0.0, high=0.5, step=0.1)})
    drawn = space.distributions["rate"].low + 3 * 0.1
    assert drawn != 0.3
    assert space.overrides({"rate": drawn}) == {"rate": 0.3}
