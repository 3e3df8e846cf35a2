"""`dlsuite learning-curve`: what more data would bring."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.cli.output import Json, emit
from pipelines.cli.train import Overrides, Recipe

FRACTIONS = "0.1,0.2,0.5,1"


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(
        "learning-curve",
        epilog="Example: dlsuite learning-curve digits_mlp --fractions 0.1,0.2,0.5,1 --seeds 3",
    )(learning_curve)


def learning_curve(
    recipe: Recipe,
    overrides: Overrides = None,
    fractions: Annotated[
        str, typer.Option(metavar="F,F,…", help="Parts of train to learn from, each in (0, 1].")
    ] = FRACTIONS,
    seeds: Annotated[int, typer.Option(min=1, help="Trainings at each part.")] = 1,
    equal: Annotated[
        str, typer.Option(help="What trainings have in common: steps or epochs.")
    ] = "steps",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be trained.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a recipe on growing parts of its train part and tell what more data would bring.

    Each training is a run below the study's run. Asked for again, it goes on where it ended.
    """
    parts = _numbers(fractions)
    if equal not in ("steps", "epochs"):
        raise ValueError(f"--equal must be steps or epochs. Received: {equal}.")
    from dlsuite.recipe import read
    from pipelines import SHIPPED, of

    document = read(recipe, SHIPPED)
    pipeline = of(document)
    if dry_run:
        from dlsuite.recipe import load

        load(document, pipeline.settings, overrides or ())
        told = [f"{part:g}" for part in sorted(set(parts))]
        if as_json:
            return emit({"recipe": recipe, "fractions": sorted(set(parts)), "seeds": seeds})
        typer.echo(f"would train {recipe} on {', '.join(told)} of its train part, {seeds} each")
        return None
    from dlsuite.studies.learning_curve import learning_curve as study
    from dlsuite.studies.learning_curve_words import sentences, to_dict

    found = study(
        pipeline,
        document,
        overrides or (),
        fractions=parts,
        seeds=seeds,
        equal=equal,  # type: ignore[arg-type]
    )
    if as_json:
        return emit(to_dict(found))
    typer.echo()
    for sentence in sentences(found):
        typer.echo(sentence)
    typer.echo(f"\nrun {found.run_id[:8]}: its picture is figures/learning_curve.png")
    return None


def _numbers(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(",")]
    except ValueError:
        raise ValueError(
            f"--fractions must be numbers with commas between, such as {FRACTIONS}. "
            f"Received: {text!r}."
        ) from None
