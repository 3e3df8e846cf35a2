"""Help comes at once: every command has an example, and none wakes TensorFlow or MLflow."""

import json
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
import contextlib, io, json, sys
from pipelines.cli import main
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            main(words)
            code = None
        except SystemExit as end:
            code = end.code
    heavy = [name for name in {HEAVY} if sys.modules.pop(name, None)]  # told of once
    print(json.dumps([words, said.getvalue(), code, heavy]))
"""


@pytest.fixture(scope="module")
def helped():
    """What each command prints for `--help`, its exit code, and what was imported until then."""
    asked = json.dumps([["--version"], *([*words, "--help"] for words in [(), *COMMANDS])])
    child = subprocess.run([sys.executable, "-c", ASK, asked], capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    lines = map(json.loads, child.stdout.splitlines())
    return {tuple(word for word in words if word != "--help"): found for words, *found in lines}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example_and_imports_nothing_heavy(words, helped):
    text, code, heavy = helped[words]
    assert code == 0
    assert f"Example: dlsuite {' '.join(words)}" in " ".join(text.split())
    assert heavy == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_that_reports_can_do_it_for_scripts(words):
    options = [option for parameter in COMMANDS[words].params for option in parameter.opts]
    assert ("--json" in options) != (words in {("ui",), ("schema",)})  # a page; JSON anyway


def test_the_command_lists_all_of_its_commands_each_under_a_heading(helped):
    text, _, heavy = helped[()]
    assert heavy == []
    listed = [name for names in PANELS.values() for name in names]
    assert sorted(listed) == sorted({words[0] for words in COMMANDS})
    places = [text.index(f"│ {name} ") for name in listed]
    assert places == sorted(places)
    for heading in PANELS:
        assert heading in text


def test_the_version_is_shown_at_once(helped):
    from dlsuite import __version__

    text, _, heavy = helped["--version",]
    assert text.splitlines()[0] == f"dlsuite {__version__}"
    assert heavy == []
