"""The `dlsuite` command: a file per group of commands, nothing heavy imported before one runs."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from typing import Annotated

import typer
from typer.core import TyperGroup

from pipelines.cli import (
    advise,
    claims,
    compare,
    data,
    errors,
    evaluate,
    explain,
    learning_curve,
    machine,
    models,
    new,
    recipes,
    reliability,
    runs,
    select,
    serve,
    sweep,
    sync,
    train,
)
from pipelines.cli.output import for_scripts
from pipelines.cli.waiting import watched

# Panels of `dlsuite --help` with their commands, in the order in which they are used.
PANELS = {
    "From data to a model": ("new", "data", "plan", "train", "sweep", "learning-curve"),
    "What was trained": ("runs", "show", "ui", "evaluate", "errors", "advise", "compare", "select"),
    "Serving": ("export", "predict"),
    "What can be relied on": ("claims", "sync", "verify-resume"),
    "What there is": ("models", "recipes", "schema", "explain", "doctor"),
}
WAY = """From your own data to answers:

dlsuite new --data my_pictures --out mine.yaml

dlsuite train mine.yaml

dlsuite predict latest picture.png

Exit codes: 0 fine; 1 the answer is no, such as a limit that was missed; 2 an error."""


class InOrder(TyperGroup):
    """Commands are listed as `PANELS` has them."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        ordered = [name for names in PANELS.values() for name in names]
        return sorted(self.commands, key=lambda name: (*ordered, name).index(name))


app = typer.Typer(
    name="dlsuite",
    cls=InOrder,
    help="Train, diagnose, track and serve the standard deep-learning models from one recipe.",
    epilog=WAY,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
GROUPS = (
    *(
        new,
        train,
        sweep,
        learning_curve,
        data,
        evaluate,
        errors,
        advise,
        compare,
        select,
        models,
        recipes,
        runs,
    ),
    *(serve, claims, sync, reliability, explain, machine),
)
for group in GROUPS:
    group.add_to(app)
for panel, members in PANELS.items():
    for command in app.registered_commands:
        if (command.name or getattr(command.callback, "__name__", "")) in members:
            command.rich_help_panel = panel
    for inner in app.registered_groups:
        if inner.name in members:
            inner.rich_help_panel = panel


def _version(asked: bool) -> None:
    if asked:
        from dlsuite import __version__

        typer.echo(f"dlsuite {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="No progress: only results and errors. Stands anywhere."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error. Stands anywhere.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Train, diagnose, track and serve the standard deep-learning models from one recipe."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error becomes one message and exit code 2.

    Args:
        arguments: Words after `dlsuite`; those of the process where not given. `--debug`, which
            lets the traceback through, and `--quiet` may stand anywhere.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug, words = _taken(words, "--debug")
    quiet, words = _taken(words, "--quiet", "-q")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        with watched(quiet), for_scripts() if "--json" in words else nullcontext():
            code = app(words, standalone_mode=False, prog_name="dlsuite")
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1  # as click and rich have it
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    if code == 130:  # what typer makes of Ctrl-C
        _say("stopped.")
    sys.exit(code or 0)


def _taken(words: list[str], *flags: str) -> tuple[bool, list[str]]:
    """Whether one of the flags stands somewhere before `--`, and the words without them."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word not in flags]
    return len(kept) < end, kept + words[end:]


def _explain(error: Exception) -> int:
    """Print one message and return the exit code."""
    show = getattr(error, "show", None)
    if callable(show):  # A usage error: click words it and names the command's help.
        show()
        return 2
    _say(_worded(error))
    return 2


def _worded(error: Exception) -> str:
    """What an error says; of those that nobody worded for people also its kind, and what to do."""
    ours = type(error).__module__.startswith("dlsuite")
    if isinstance(error, OSError) and error.strerror and error.filename and not ours:
        return f"{error.filename}: {error.strerror}."
    # KeyError and IndexError are LookupErrors that nobody worded.
    worded = ours or isinstance(error, ValueError | OSError | RuntimeError)
    if str(error) and (worded or type(error) is LookupError):
        return str(error)
    return f"{type(error).__name__}: {error} (unexpected; --debug shows where it came from)"


def _say(text: str) -> None:
    print(f"dlsuite: {text}", file=sys.stderr)
