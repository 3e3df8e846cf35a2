"""`dlsuite recipes` and `schema`: what ships and what a recipe may say."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pipelines.cli.completion import applications_like
from pipelines.cli.output import Json, emit


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite recipes")(recipes)
    app.command(epilog="Example: dlsuite schema image_classification > recipe.schema.json")(schema)


def recipes(as_json: Json = False) -> None:
    """List the recipes that ship: what each trains, its cost and the score it states."""
    listed = _shipped()
    if as_json:
        return emit(listed)
    from rich.markup import escape
    from rich.padding import Padding

    from pipelines.cli.screen import screen

    console = screen()
    for recipe in listed:
        stated = [
            f"{metric} {side.replace('_', ' ')} {limit:g}"
            for metric, bound in recipe["expect"].items()
            for side, limit in bound.items()
        ]
        console.print(f"[bold]{recipe['name']}[/]  {recipe['pipeline']}", highlight=False)
        facts = f"{recipe['what']} Cost: {recipe['cost']} States: {', '.join(stated)}."
        console.print(Padding(escape(facts), (0, 0, 0, 4)), highlight=False)
    return console.print("\nTrain one: dlsuite train NAME. See it all: dlsuite plan NAME.")


def _shipped() -> list[dict[str, Any]]:
    """What each recipe says of itself, by name."""
    from dlsuite.recipe import read
    from pipelines import SHIPPED

    listed = []
    for path in sorted(SHIPPED.glob("*.yaml")):
        document = read(path)
        head = _header(document.written)
        listed.append(
            {
                "name": path.stem,
                "pipeline": document.tree["pipeline"],
                "what": head["what"],
                "cost": head.get("cost", "?"),
                "expect": document.tree.get("expect") or {},
                "path": path,
            }
        )
    return listed


def _header(text: str) -> dict[str, str]:
    """First comment line as `what`, and its `Name: value` lines by lower-case name."""
    lines = [line[1:].strip() for line in text.splitlines() if line.startswith("#")]
    named = (line.partition(":") for line in lines[1:] if ":" in line)
    return {"what": lines[0] if lines else ""} | {
        name.strip().lower(): value.strip() for name, _, value in named
    }


def schema(
    pipeline: Annotated[
        str,
        typer.Argument(
            metavar="PIPELINE",
            help="An application, as `pipeline:` says it.",
            autocompletion=applications_like,
        ),
    ],
) -> None:
    """Print the JSON Schema of an application's recipes, for editors that complete YAML."""
    import importlib
    import json

    import pipelines
    from pipelines.cli.keys import keep_schema
    from pipelines.cli.waiting import loading

    if pipeline not in pipelines.names():
        allowed = ", ".join(pipelines.names())
        raise ValueError(f"`pipeline` must be one of {allowed}. Received: {pipeline!r}.")
    with loading("loading TensorFlow"):
        from dlsuite.recipe import json_schema

        settings = importlib.import_module(f"pipelines.{pipeline}").Settings
    keep_schema(pipeline, settings)
    typer.echo(json.dumps(json_schema(settings), indent=2))
