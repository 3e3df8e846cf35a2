"""What is said of dead units: from a quarter of a layer on, and with enough examples."""

import pandas as pd
import pytest

from dlsuite.strategy.dead_units import about_dead_units


def table(*dead, units=100, examples=256):
    counts = pd.array(list(dead), dtype="Int64")
    names = [f"layer_{number}" for number in range(1, len(dead) + 1)]
    return pd.DataFrame({"layer": names, "units": units, "dead": counts, "examples": examples})


def test_more_than_a_quarter_of_a_layer_is_told_with_its_numbers():
    (found,), (advice,) = about_dead_units(table(25, 26, None, 80))
    assert found == (
        "Many units are dead: 80 of 100 in layer_4, 26 of 100 in layer_2. They gave 0 for every "
        "one of 256 examples: capacity that the net does not use."
    )
    assert advice.action == "Revive dead units"
    assert "lower learning rate" in advice.why
    assert advice.overrides == ()


def test_the_three_worst_layers_are_named_and_the_others_counted():
    (found,), _ = about_dead_units(table(30, 40, 50, 60, 70))
    assert "70 of 100 in layer_5, 60 of 100 in layer_4, 50 of 100 in layer_3" in found
    assert "and more than a quarter in 2 other layers." in found


@pytest.mark.parametrize("rows", [table(25, 0), table(None), table(90, examples=99)])
def test_otherwise_nothing_is_said(rows):
    assert about_dead_units(rows) == ((), ())


@pytest.mark.parametrize(
    ("optimizer", "override"),
    [
        ({"type": "Adam", "learning_rate": 0.03}, ("optimizer.learning_rate=0.01",)),
        (
            {"learning_rate": {"type": "warmup_cosine", "peak": 0.003}},
            ("optimizer.learning_rate.peak=0.001",),
        ),
        (
            {"learning_rate": {"type": "cosine", "initial": 0.3}},
            ("optimizer.learning_rate.initial=0.1",),
        ),
        ({"type": "Adam"}, ()),
    ],
)
def test_a_third_of_the_rate_stands_beside_the_advice(optimizer, override):
    _, (advice,) = about_dead_units(table(50), {"optimizer": optimizer})
    assert advice.overrides == override
