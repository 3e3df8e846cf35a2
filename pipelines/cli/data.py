"""`dlsuite data`: public sets listed and fetched, and a recipe's data read through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import data_sets_like
from pipelines.cli.output import Json, emit
from pipelines.cli.train import Overrides, Recipe

if TYPE_CHECKING:
    from dlsuite.data.catalog import DataSet

Folder = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Data folder, instead of DLSUITE_DATA or the default."),
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    data = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="List and fetch public data sets; check the data of a recipe.",
        epilog="Example: dlsuite data get fashion-mnist",
    )
    data.command("list", epilog="Example: dlsuite data list")(list_)
    data.command(epilog="Example: dlsuite data get fashion-mnist")(get)
    data.command(epilog="Example: dlsuite data check my_pictures.yaml --out report")(check)
    app.add_typer(data, name="data")


def list_(folder: Folder = None, as_json: Json = False) -> None:
    """List the public data sets that recipes use: size, licence, and whether they are here."""
    from dlsuite.data.catalog import data_sets
    from dlsuite.data.catalog_files import held
    from pipelines.cli.data_pages import list_page, set_document

    looked = [(entry, held(entry, folder, verify=False)) for entry in data_sets().values()]
    if as_json:
        emit([set_document(entry, state) for entry, state in looked])
        return
    list_page(looked, folder)


def get(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME", help="As `data list` has them.", autocompletion=data_sets_like
        ),
    ],
    folder: Folder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch public data sets from where they officially are, and verify them.

    A fetch that was cut is gone on with. `tfds:NAME` is any set of TensorFlow Datasets.
    """
    from dlsuite.data.catalog import data_set
    from pipelines.cli.data_pages import fetched_page, plan_line, set_document

    entries = [data_set(name) for name in names]
    done = []
    for entry in entries:
        if not as_json:
            plan_line(entry, folder, dry_run)
        if not dry_run:
            _fetch(entry, folder)
        from dlsuite.data.catalog_files import held

        done.append((entry, held(entry, folder, verify=not dry_run)))
        if not as_json and not dry_run:
            fetched_page(*done[-1], folder)
    if as_json:
        emit([set_document(entry, state) for entry, state in done])


def check(
    recipe: Recipe,
    overrides: Overrides = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Folder for pictures and lists of what was found."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read every example of a recipe's data: counts, damage, duplicates, leaks between splits.

    Ends with 1 if `train` would refuse the data or an example is in two splits.
    """
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names, of
    from pipelines.cli.waiting import loading

    document = read(recipe, SHIPPED)
    document.choose("pipeline", names())
    with loading("loading TensorFlow"):
        from dlsuite.experiment.data_check import check_data, write_pages
        from pipelines.cli.data_pages import check_page

        pipeline = of(document)
    found = check_data(pipeline, document, overrides or ())
    written = write_pages(found, out) if out is not None else []
    if as_json:
        emit({**found.to_dict(), "written": [str(path) for path in written]})
    else:
        check_page(found, written)
    if not found.clean:
        raise typer.Exit(1)


def _fetch(entry: DataSet, folder: Path | None) -> None:
    if entry.tfds is None:
        from dlsuite.data.download_sets import get as fetch

        fetch(entry, folder)
        return
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow Datasets"):
        import tensorflow_datasets  # noqa: F401

        from dlsuite.data.download_sets import get as fetch
    fetch(entry, folder)
