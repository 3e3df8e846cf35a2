"""`dlsuite export` and `predict`: a tracked model leaves, and answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import runs_like
from pipelines.cli.output import Json, emit
from pipelines.cli.runs import Run

if TYPE_CHECKING:
    import pandas as pd


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite export latest exports/digits --examples 10")(export)
    app.command(epilog="Example: dlsuite predict exports/digits picture.png more/ --csv out.csv")(
        predict
    )


def export(
    run: Run,
    folder: Annotated[Path, typer.Argument(help="Gets the next version: FOLDER/1, FOLDER/2 …")],
    examples: Annotated[
        int, typer.Option(min=0, help="Also write so many examples as files to FOLDER/examples.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written and where.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy a run's SavedModel out, proven by replay in a process that has only TensorFlow."""
    from dlsuite.tracking import WEIGHTS, Store
    from pipelines.cli.waiting import loading

    record = Store.open().find(run, keeps=WEIGHTS)
    source = record.saved_model()
    from dlsuite import serving
    from dlsuite.serving.replay import tensorflow_alone
    from dlsuite.serving.samples import example_files
    from dlsuite.serving.versions import next_version

    version = next_version(folder)
    if dry_run:
        return _would_write(str(record), version, folder, examples, as_json)
    with loading("loading TensorFlow"):
        tensorflow_alone()
    exported = serving.copy_export(source, folder)
    written = example_files(exported.path, folder / "examples", examples)
    if as_json:
        from pipelines.cli.documents import export_document

        return emit(
            {"run_id": record.run_id, **export_document(exported), "example_files": written}
        )
    typer.echo(
        f"{exported.path}: {exported.examples} examples replayed without Keras, largest difference "
        f"{exported.max_difference:.1e}"
    )
    asked = folder / "examples" if written else "FILE…"
    return typer.echo(f"Try it: dlsuite predict {folder} {asked}")


def _would_write(record: str, version: Path, folder: Path, examples: int, as_json: bool) -> None:
    if as_json:
        return emit({"path": version, "examples": folder / "examples" if examples else None})
    also = f", {examples} examples in {folder / 'examples'}" if examples else ""
    return typer.echo(f"Would write {version}{also}, from {record}. Nothing was written.")


def predict(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A run, or the folder of an export.", autocompletion=runs_like
        ),
    ],
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Pictures, folders of them, or tables."),
    ],
    csv: Annotated[
        Path | None, typer.Option(help="Write the whole table here instead of showing it.")
    ] = None,
    draw: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write each picture with its boxes drawn, and detections.json, of a detector.",
        ),
    ] = None,
    score: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="From which score a detector's boxes are shown; else the one best on dev, or 0.5.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be answered and written.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Answer for files with an export or a run's model; no training code is imported.

    The exit code is 1 where nothing could be answered.
    """
    from pipelines.cli.waiting import loading

    place = _export_or_run(model)
    if dry_run:
        return _would_answer(place, inputs, csv, draw, as_json)
    with loading("loading TensorFlow"):
        from dlsuite import serving
        from dlsuite.serving.replay import tensorflow_alone

        tensorflow_alone()
    table = serving.answer(place, inputs, score=score)
    failed = int((table["error"] != "").sum())
    table.attrs["notes"] = [*table.attrs.get("notes", ()), *_nothing_found(table)]
    if csv is not None:
        table.to_csv(csv, index=False)
    if draw is not None:
        from dlsuite.serving.drawn_boxes import write_drawn

        write_drawn(table, draw)
    _report(table, failed, csv, draw, as_json)
    if failed == len(table):
        raise typer.Exit(1)
    return None


def _would_answer(
    place: Path, inputs: list[Path], csv: Path | None, draw: Path | None, as_json: bool
) -> None:
    if as_json:
        return emit({"model": place, "inputs": inputs, "csv": csv, "draw": draw})
    replaced = ", which is there and would be replaced" if csv and csv.exists() else ""
    also = f" and write {csv}{replaced}" if csv else ""
    also += f" and draw boxes in {draw}" if draw else ""
    listed = ", ".join(map(str, inputs))
    return typer.echo(f"Would answer for {listed} with {place}{also}. Nothing was written.")


def _export_or_run(model: str) -> Path:
    """The folder of an export, or else the model of a run, which may be named as a folder is."""
    from dlsuite.tracking import WEIGHTS, Store, StoreError

    place = Path(model)
    if any(place.glob("saved_model.pb")) or any(place.glob("*/saved_model.pb")):
        return place
    try:
        return Store.open().find(model, keeps=WEIGHTS).saved_model()
    except StoreError as error:
        here = "holds no export" if place.exists() else "does not exist"
        raise StoreError(f"{error} The folder {model} {here} either.") from error


def _nothing_found(table: pd.DataFrame) -> Iterator[str]:
    """What to do about pictures in which a detector told nothing."""
    if "detections" not in table:
        return
    fine, score = table[table["error"] == ""], table.attrs["score"]
    count = sum(not found for found in fine["detections"])
    if count:
        yield (
            f"Nothing has a score of {score:g} or more in {count:,} of {len(fine):,} pictures; "
            f"--score {score / 5:g} shows what is less certain."
        )


def _report(
    table: pd.DataFrame, failed: int, csv: Path | None, draw: Path | None, as_json: bool
) -> None:
    notes = list(table.attrs.get("notes", ()))
    if as_json:
        document = {"answers": table, "failed": failed, "notes": notes, "csv": csv, "draw": draw}
        return emit(document | ({"score": table.attrs["score"]} if "detections" in table else {}))
    for note in notes:
        typer.echo(note, err=True)
    if "detections" in table:
        typer.echo(f"Boxes of a score of {table.attrs['score']:g} and more")
    if draw is not None:
        typer.echo(f"Boxes drawn in {draw}")
    if csv is not None:
        return typer.echo(f"{len(table) - failed} answers, {failed} failures in {csv}")
    from pipelines.cli.answer_report import answers_page

    return answers_page(table)
