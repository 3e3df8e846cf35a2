"""What dead units mean and what to try against them: a table of activations in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dlsuite.strategy.advice import Advice
from dlsuite.strategy.controls import setting

TOO_MANY = 0.25  # of a layer's units
FEWEST = 100  # examples; in fewer a unit for something rare may never meet it
NAMED = 3  # layers
SLOWER = 3  # a rate is divided by it


def about_dead_units(
    activations: pd.DataFrame, settings: Mapping[str, Any] | None = None
) -> tuple[tuple[str, ...], tuple[Advice, ...]]:
    """A finding and an advice where more than a quarter of a layer's units never answer.

    Args:
        activations: A row for each layer with `layer`, `units`, `dead` (units, missing where a
            layer cannot have any) and `examples`, see `inspection.activation_statistics`.
        settings: The recipe as plain values, to build overrides from.

    Returns:
        Findings and advice; neither where all is well, or fewer than 100 examples were looked at.
    """
    rows = activations.dropna(subset=["dead"])
    rows = rows[(rows["dead"] > TOO_MANY * rows["units"]) & (rows["examples"] >= FEWEST)]
    if rows.empty:
        return (), ()
    shares = rows["dead"].astype(float) / rows["units"]
    worst = rows.loc[shares.sort_values(ascending=False, kind="stable").index[:NAMED]]
    named = [f"{row.dead} of {row.units} in {row.layer}" for row in worst.itertuples()]
    more = len(rows) - len(named)
    named += [f"and more than a quarter in {more} other layer{'s' * (more > 1)}"] * bool(more)
    found = (
        f"Many units are dead: {', '.join(named)}. They gave 0 for every one of "
        f"{rows['examples'].iloc[0]:,} examples: capacity that the net does not use."
    )
    advice = Advice(
        "Revive dead units",
        "dead units",
        "a rectifier that never opens passes no gradient to its weights; worth it where the net "
        "does not fit train: a lower learning rate, He's initialization, batch normalization "
        "before the rectifier, or leaky_relu in its place",
        _gentler(settings or {}),
    )
    return (found,), (advice,)


def _gentler(settings: Mapping[str, Any]) -> tuple[str, ...]:
    for key in ("learning_rate", "learning_rate.peak", "learning_rate.initial"):
        rate = setting(settings, f"optimizer.{key}")
        if isinstance(rate, int | float):
            return (f"optimizer.{key}={rate / SLOWER:.2g}",)
    return ()
