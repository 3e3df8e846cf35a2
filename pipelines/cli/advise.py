"""`dlsuite advise`: what to try next, and whether it helped."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.completion import runs_like
from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    from dlsuite.studies.advise import Advised


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite advise latest --try 2 --minutes 10")(advise)


def advise(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Its id, a beginning, a name, or `latest`.",
            autocompletion=runs_like,
        ),
    ] = "latest",
    count: Annotated[
        int, typer.Option("--try", min=0, metavar="N", help="Train the N best pieces of advice.")
    ] = 0,
    minutes: Annotated[
        float | None, typer.Option(help="End each of these trainings after so many minutes.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a run's advice; with --try train the best of it and tell whether the gap moved."""
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        import dlsuite.studies.advise  # noqa: F401
        import pipelines
    found = pipelines.advise(run, count=count, minutes=minutes)
    if as_json:
        return emit(_plain(found))
    return _page(found)


def _plain(found: Advised) -> dict[str, Any]:
    return {
        "run_id": found.record.run_id,
        "verdict": found.record.tags.get("verdict"),
        "advice": list(found.advice),
        "tried": [
            {
                "overrides": list(each.advice.overrides),
                "run_id": each.run_id,
                "helped": each.helped,
                "gap": each.gap,
                "others": dict(each.others),
                "cut_off": each.cut_off,
            }
            for each in found.tried
        ],
        "notes": list(found.notes),
    }


def _page(found: Advised) -> None:
    from rich.markup import escape

    from pipelines.cli.screen import screen

    console = screen(highlight=False)
    verdict = found.record.tags.get("verdict", "none")
    console.print(f"[bold]{escape(found.record.name)} {found.record.run_id[:8]}: {verdict}[/]")
    for number, each in enumerate(found.advice, start=1):
        keys = f" [cyan]{escape(shlex.join(each.overrides))}[/]" if each.overrides else ""
        both = f" It also moves {' and '.join(each.also)}." if each.also else ""
        said = f"{escape(each.action)} ({each.gap}): {escape(each.why)}."
        console.print(f"{number}. {said}{both}{keys}")
    for done in found.tried:
        assert found.scale is not None
        console.print()
        colour = "green" if done.helped else "yellow"
        words = escape(" ".join(done.advice.overrides))
        console.print(f"[bold]Tried {words}[/], run {done.run_id[:8]}")
        console.print(f"  [{colour}]{escape(done.gap.text(found.scale))}[/]")
        for move in done.others.values():
            console.print(f"  {escape(move.text(found.scale))}")
        if done.cut_off:
            console.print("  its time was over before its epochs were", style="yellow")
    for note in found.notes:
        console.print(f"[yellow]note:[/] {escape(note)}")
