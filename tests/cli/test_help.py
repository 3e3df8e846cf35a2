"""Help comes at once: every command has an example, and none wakes TensorFlow or MLflow."""

import subprocess
import sys

import pytest
from typer.main import get_command

from pipelines.cli import PANELS, app


def every_command(group=None, before=()):
    """The words of every command, those of groups too."""
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*before, name))
        else:
            yield (*before, name), command


COMMANDS = dict(every_command())
HEAVY = ("tensorflow", "keras", "mlflow", "pandas", "sklearn", "matplotlib")
ASK = f"""
import sys
from pipelines.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    found = [name for name in {HEAVY} if name in sys.modules]
    print("HEAVY", found)
    raise
"""


def ask(*words):
    return subprocess.run([sys.executable, "-c", ASK, *words], capture_output=True, text=True)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example_and_imports_nothing_heavy(words):
    child = ask(*words, "--help")
    assert child.returncode == 0, child.stderr
    assert f"Example: dlsuite {' '.join(words)}" in " ".join(child.stdout.split())
    assert "HEAVY []" in child.stdout


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_that_reports_can_do_it_for_scripts(words):
    options = [option for parameter in COMMANDS[words].params for option in parameter.opts]
    assert ("--json" in options) != (words in {("ui",), ("schema",)})  # a page; JSON anyway


def test_the_command_lists_all_of_its_commands_each_under_a_heading():
    child = ask("--help")
    assert "HEAVY []" in child.stdout
    listed = [name for names in PANELS.values() for name in names]
    assert sorted(listed) == sorted({words[0] for words in COMMANDS})
    places = [child.stdout.index(f"│ {name} ") for name in listed]
    assert places == sorted(places)
    for heading in PANELS:
        assert heading in child.stdout


def test_the_version_is_shown_at_once():
    from dlsuite import __version__

    child = ask("--version")
    assert child.stdout.splitlines()[0] == f"dlsuite {__version__}"
    assert "HEAVY []" in child.stdout
