"""The `dlsuite` command: a file per group of commands, nothing heavy imported before one runs."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pipelines.cli import machine, recipes, runs, serve, train

app = typer.Typer(
    name="dlsuite",
    help="Train, diagnose, track and serve the standard deep-learning models from one recipe.",
    epilog="Example: dlsuite train digits_lenet5 training.epochs=3",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for group in (train, recipes, runs, serve, machine):
    group.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        from dlsuite import __version__

        typer.echo(f"dlsuite {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Train, diagnose, track and serve the standard deep-learning models from one recipe."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error becomes one message and exit code 2.

    Args:
        arguments: Words after `dlsuite`; those of the process where not given. `--debug` may
            stand anywhere and lets the traceback through.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        code = app(words, standalone_mode=False)
    except Exception as error:
        if debug:
            raise
        code = _explain(error)
    if code == 130:  # what typer makes of Ctrl-C
        _say("stopped.")
    sys.exit(code or 0)


def _explain(error: Exception) -> int:
    """Print one message and return the exit code."""
    show = getattr(error, "show", None)
    if callable(show):  # A usage error: click words it and names the command's help.
        show()
        return 2
    # Errors worded for people stand alone; of others the kind is half of the message.
    ours = type(error).__module__.startswith("dlsuite")
    worded = ours or isinstance(error, ValueError | OSError | RuntimeError | LookupError)
    text = str(error) if worded and str(error) else f"{type(error).__name__}: {error}"
    if isinstance(error, KeyError) and error.args:
        text = str(error.args[0])
    _say(text)
    return 2


def _say(text: str) -> None:
    print(f"dlsuite: {text}", file=sys.stderr)
