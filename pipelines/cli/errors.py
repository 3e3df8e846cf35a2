"""`dlsuite errors`: a run's mistakes to look at, and what a person's tags of them say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.output import Json, emit
from pipelines.cli.runs import Run

if TYPE_CHECKING:
    from dlsuite.evaluation.error_workbook import Analysed, Workbook

SPLITS = ("dev", "train_dev", "train")


def splits_like(incomplete: str) -> list[str]:
    """What `--split` may say."""
    return [split for split in SPLITS if split.startswith(incomplete)]


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite errors latest --tag blurry --tag 'two digits'")(errors)


def errors(
    run: Run,
    tags: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The table with your tags: says how far the error falls if each were solved.",
        ),
    ] = None,
    relabels: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT.csv",
            help="With --tags: write its relabels there, as recipes name under data.relabels.",
        ),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An empty column for a tag of yours; repeatable."),
    ] = None,
    count: Annotated[
        int | None,
        typer.Option(
            min=1, help="Mistakes at most, drawn at random where there are more. Default: 100."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All mistakes, however many.")] = False,
    split: Annotated[
        str,
        typer.Option(help="dev, train_dev or train.", autocompletion=splits_like),
    ] = "dev",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the page and the table go. Default: errors_ID."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written and kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at a run's mistakes, tag them in a spreadsheet, and learn what to solve first.

    A page with pictures, Grad-CAM and slices, and a table for your tags; both stay with the run.
    """
    _check(tags, {"--tag": tag, "--count": count, "--all": every, "--out": out}, relabels)
    if count is not None and every:
        raise ValueError("`--count` and `--all` cannot be had together. Received: both.")
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        import dlsuite.evaluation  # noqa: F401
        import pipelines
    if tags is not None:
        found = pipelines.tagged(run, tags, split=split)
        return _tagged(found, relabels, force=force, dry_run=dry_run, as_json=as_json)
    options: dict[str, Any] = {"split": split}
    options |= {"most": None} if every else {} if count is None else {"most": count}
    options |= {"tags": tag} if tag else {}
    book = pipelines.errors(run, **options)
    folder = out or Path(f"errors_{book.mistakes.record.run_id[:8]}")
    return _written(book, folder, force=force, dry_run=dry_run, as_json=as_json)


def _check(tags: Path | None, given: dict[str, Any], relabels: Path | None) -> None:
    wrong = [name for name, value in given.items() if value]
    if tags is not None and wrong:
        raise ValueError(
            f"`--tags` reads a table that is there. Received with it: {', '.join(wrong)}, which "
            "are for writing one."
        )
    if tags is None and relabels is not None:
        raise ValueError(
            "`--relabels` needs `--tags FILE`, the table with a column `relabel`. Received: none."
        )


def _written(book: Workbook, folder: Path, *, force: bool, dry_run: bool, as_json: bool) -> None:
    files = book.files(folder) if dry_run else book.write(folder, force=force)
    if not dry_run:
        book.keep()
    if as_json:
        from pipelines.cli.errors_report import workbook_document

        return emit({**workbook_document(book), "files": files, "written": not dry_run})
    from pipelines.cli.errors_report import workbook_page

    return workbook_page(book, files, written=not dry_run)


def _tagged(
    found: Analysed, relabels: Path | None, *, force: bool, dry_run: bool, as_json: bool
) -> None:
    if relabels is not None and not dry_run:
        found.write_relabels(relabels, force=force)
    if not dry_run:
        found.keep()
    if as_json:
        return emit({**found.to_dict(), "file": relabels, "written": not dry_run})
    from pipelines.cli.errors_report import analysis_page

    return analysis_page(found, relabels, written=not dry_run)
