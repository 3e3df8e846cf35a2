"""`dlsuite export` and `predict`: a tracked model leaves, and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite export latest exports/digits --examples 10")(export)
    app.command(epilog="Example: dlsuite predict exports/digits picture.png more/ --csv out.csv")(
        predict
    )


def export(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, its name, or `latest`.")],
    folder: Annotated[Path, typer.Argument(help="Gets the next version: FOLDER/1, FOLDER/2 …")],
    examples: Annotated[
        int, typer.Option(min=0, help="Also write so many examples as files to FOLDER/examples.")
    ] = 0,
) -> None:
    """Copy a run's SavedModel out, proven by replay in a process that has only TensorFlow."""
    from dlsuite.tracking import Store
    from pipelines.cli.waiting import loading

    with loading("replaying examples through the copy"):
        from dlsuite import serving
        from dlsuite.serving.samples import example_files

        exported = serving.copy_export(Store.open().find(run).saved_model(), folder)
        written = example_files(exported.path, folder / "examples", examples)
    typer.echo(
        f"{exported.path}: {exported.examples} examples replayed without Keras, largest difference "
        f"{exported.max_difference:.1e}"
    )
    if written:
        place = folder / "examples"
        typer.echo(f"Try it: dlsuite predict {folder} {place}")


def predict(
    model: Annotated[str, typer.Argument(help="A run, or the folder of an export.")],
    inputs: Annotated[list[Path], typer.Argument(help="Pictures, folders of them, or tables.")],
    csv: Annotated[
        Path | None, typer.Option(help="Write the whole table here instead of showing it.")
    ] = None,
) -> None:
    """Answer for files with an export or a run's model; no training code is imported.

    The exit code is 1 where nothing could be answered.
    """
    from pipelines.cli.waiting import loading

    with loading("loading the model"):
        from dlsuite import serving

        place = Path(model)
        if not place.exists():
            from dlsuite.tracking import Store

            place = Store.open().find(model).saved_model()
        table = serving.answer(place, inputs)
    for note in table.attrs.get("notes", ()):
        typer.echo(note, err=True)
    failed = int((table["error"] != "").sum())
    if csv is not None:
        table.to_csv(csv, index=False)
        typer.echo(f"{len(table) - failed} answers, {failed} failures in {csv}")
    else:
        from pipelines.cli.report import answers_page

        answers_page(table)
    if failed == len(table):
        raise typer.Exit(1)
