"""What a person reads after `plan`: the recipe in full, the data, the model, how long it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from dlsuite.progress import duration
from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.experiment import Plan
    from dlsuite.experiment.memory import Need
    from dlsuite.experiment.timing import Cost


def plan_page(planned: Plan, need: Need) -> None:
    """The checked recipe, the data by split, the model, its memory, the length of the training."""
    from dlsuite.recipe import flatten

    console = screen()
    learner, settings = planned.learner, planned.learner.settings
    recipe = Table("key", "value", box=None)
    decided = planned.decided()
    for key, value in flatten(planned.recipe.resolved).items():
        here = f", here {_listed(decided[key])}" if key in decided else ""
        recipe.add_row(key, escape(_as_written(value) + here))
    console.print(recipe)
    console.print()
    if learner.splits.report is not None:
        console.print(escape(learner.splits.report.text()), highlight=False)
    console.print()
    learner.model.summary(print_fn=lambda text, **_: print(text))
    if learner.started is not None:
        console.print(escape(learner.started.text), highlight=False)
    for remark in learner.remarks:
        console.print(escape(remark.text), highlight=False)
    console.print(need.text(), highlight=False)
    epochs, steps = settings.training.epochs, learner.steps_per_epoch
    console.print(f"{epochs:,} epochs of {steps:,} steps; nothing was trained.", highlight=False)


def cost_page(cost: Cost | None, refused: str | None) -> None:
    """How long the training will take, and how to start it, or why it is refused."""
    if cost is not None:
        each = f"{cost.epoch:.2g} s" if cost.epoch < 10 else duration(cost.epoch)
        run = duration(max(cost.run, 1))
        steps = f"by {cost.steps} measured steps"
        print(f"About {each} an epoch and {run} in all with the scoring, {steps}.")
        print("Baselines, pictures and the proof of the export come on top.")
    else:
        print("How long it would take, `--time` measures.")
    if refused is not None:
        print(f"`dlsuite train` with the same words is refused. {refused}")
    else:
        print("`dlsuite train` with the same words does it.")


def _as_written(value: Any) -> str:
    """A value as YAML writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def _listed(decided: Any) -> str:
    if isinstance(decided, Mapping):
        return ", ".join(f"{name} {_listed(value)}" for name, value in decided.items())
    return f"{decided:.3g}" if isinstance(decided, float) else _as_written(decided)
