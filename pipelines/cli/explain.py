"""`dlsuite explain optimizer NAME`: an update rule, and its first steps in numbers."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    from dlsuite.training.update_steps import Rule, Step

STEPS = 3
START = 1.0  # the first weight; the cost is w² / 2, whose gradient is w itself

explained = typer.Typer(
    no_args_is_help=True, help="Equations of the course, with numbers.", rich_markup_mode="rich"
)


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.add_typer(explained, name="explain")


def _rules(incomplete: str) -> list[str]:
    from dlsuite.training.update_steps import RULES

    return [name for name in RULES if name.startswith(incomplete.lower())]


@explained.command(epilog="Example: dlsuite explain optimizer adam")
def optimizer(
    name: Annotated[str, typer.Argument(help="Such as momentum or adam.", autocompletion=_rules)],
    numbers: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Other numbers, such as learning_rate=0.01."),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, max=1000, help="How many steps to show.")] = STEPS,
    as_json: Json = False,
) -> None:
    """Show an update rule: its equations, steps on w²/2 from w = 1, and what Keras makes of it."""
    from dlsuite.training.update_steps import RULES

    rule = RULES.get(name.lower())
    if rule is None:
        raise typer.BadParameter(
            f"must be one of {', '.join(RULES)}. Received: {name}.", param_hint="NAME"
        )
    by = {**rule.defaults, **_read(numbers or [], rule)}
    walked = list(islice(rule.walk(lambda weight: weight, START, by), steps))
    if as_json:
        emit({"optimizer": name.lower(), "numbers": by, "equations": rule.equations,
              "source": rule.source, "keras": rule.keras, "steps": walked})  # fmt: skip
    else:
        _page(name.lower(), rule, by, walked)


def _read(numbers: list[str], rule: Rule) -> dict[str, float]:
    found = {}
    for text in numbers:
        key, _, value = text.partition("=")
        try:
            found[key] = float(value)
        except ValueError:
            key = ""
        if key not in rule.defaults:
            raise typer.BadParameter(
                f"must be KEY=NUMBER with one of {', '.join(rule.defaults)}. Received: {text}.",
                param_hint="KEY=VALUE",
            )
    return found


def _page(name: str, rule: Rule, by: Any, walked: list[Step]) -> None:
    from rich.table import Table

    from pipelines.cli.screen import screen

    console = screen(highlight=False)
    console.print(f"[bold]{name}[/]  {rule.source}\n")
    for equation in rule.equations:
        console.print(f"    {equation}")
    told = ", ".join(f"{key} {value:g}" for key, value in by.items())
    console.print(f"\nOn J(w) = w²/2, so g = w, from w = {START:g}, with {told}:\n")
    letters = list(walked[0].state)
    table = Table("step", "g", *letters, "w", box=None)
    for number, step in enumerate(walked, start=1):
        values = [step.gradient, *(step.state[letter] for letter in letters), step.weight]
        table.add_row(str(number), *(f"{value:.6f}" for value in values))
    console.print(table)
    console.print(f"\nKeras: {rule.keras}", soft_wrap=True)
    console.print(f"In a recipe: optimizer: {rule.recipe}", markup=False, soft_wrap=True)
