"""`dlsuite evaluate`: a tracked model on new labelled data, beside its own test."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.output import Json, emit
from pipelines.cli.runs import Run

if TYPE_CHECKING:
    from dlsuite.evaluation import Evaluation, Foreseen

FILES = ("report.md", "evaluation.json", "examples.csv")  # in the folder of `--out`
SPLITS = ("all", "train", "dev", "test")


def splits_like(incomplete: str) -> list[str]:
    """What `--split` may say."""
    return [split for split in SPLITS if split.startswith(incomplete)]


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite evaluate latest --data new_pictures/")(evaluate)


def evaluate(
    run: Run,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Labelled data in any form that a recipe reads: class folders or an archive of "
            "them, a table, IDX files, arrays, pictures with boxes (Pascal VOC, COCO, YOLO). "
            "Without it the run's own is scored again.",
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="all, or one of train, dev and test: as the data is divided, else as the run's "
            "recipe divides it. All of new data where not given.",
            autocompletion=splits_like,
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="What the column to be told is called in this table; repeatable."
        ),
    ] = None,
    on_bad_example: Annotated[
        str | None,
        typer.Option(
            help="`skip` leaves out files and rows that cannot be read, `error` refuses them; not "
            "given, as the run's recipe has it."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report.md, evaluation.json and examples.csv there."),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what would be scored and written; track nothing."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Score a run's model on new labelled data, beside its own test; what has changed?

    Named are differences that chance does not explain, drift of labels and inputs,
    and examples that the model was trained on. It is tracked as a part of the run.
    """
    _check(split, on_bad_example)
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        import dlsuite.evaluation  # noqa: F401
        import pipelines

    options: dict[str, Any] = {
        "split": split,
        "target": None if not target else target[0] if len(target) == 1 else target,
        "on_bad_example": on_bad_example,
    }
    if dry_run:
        return _would_score(pipelines.foreseen(run, data, **options), out, as_json)
    found = pipelines.evaluate(run, data, **options)
    if out is not None:
        _write(found, out)
    if as_json:
        return emit(found.to_dict() | {"out": out})
    from pipelines.cli.evaluation_report import evaluation_page

    evaluation_page(found)
    if out is not None:
        typer.echo(f"{', '.join(FILES[:-1])} and {FILES[-1]} are in {out}")
    return None


def _would_score(seen: Foreseen, out: Path | None, as_json: bool) -> None:
    """What a dry run says."""
    files = [] if out is None else [out / name for name in FILES]
    if as_json:
        return emit({**asdict(seen), "files": files, "tracked": False})
    typer.echo(f"Would score run {seen.model[:8]} ({seen.model_name}) on {seen.data}")
    typer.echo(f"  {seen.count:,} examples, split {seen.split}")
    for name, count in seen.classes.items():
        typer.echo(f"    {count:>7,}  {name}")
    beside = (
        f"{seen.against_count:,} of {seen.against}" if seen.against else "nothing: none is kept"
    )
    typer.echo(f"  compared with {beside}")
    for note in seen.notes:
        typer.echo(f"  note: {note}")
    typer.echo(f"Would track the evaluation as a part of run {seen.model[:8]}")
    for file in files:
        typer.echo(f"Would write {file}")
    return typer.echo("Nothing was scored, tracked or written.")


def _check(split: str | None, on_bad_example: str | None) -> None:
    options = {"split": (split, SPLITS), "on-bad-example": (on_bad_example, ("error", "skip"))}
    for name, (value, allowed) in options.items():
        if value is not None and value not in allowed:
            raise ValueError(f"`--{name}` must be one of {', '.join(allowed)}. Received: {value}.")


def _write(found: Evaluation, folder: Path) -> None:
    import json

    from pipelines.cli.output import plain

    folder.mkdir(parents=True, exist_ok=True)
    report, document, examples = (folder / name for name in FILES)
    report.write_text(found.markdown(), encoding="utf-8")
    text = json.dumps(plain(found.to_dict()), indent=2, ensure_ascii=False)
    document.write_text(f"{text}\n", encoding="utf-8")
    found.examples.to_csv(examples, index=False)
