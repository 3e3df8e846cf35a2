"""Help comes at once: every command has an example, and none wakes TensorFlow or MLflow."""

import subprocess
import sys

import pytest

COMMANDS = (
    "train", "plan", "recipes", "schema", "runs", "show", "ui", "export", "predict", "doctor",
)  # fmt: skip
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


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_imports_nothing_heavy(command):
    child = ask(command, "--help")
    assert child.returncode == 0, child.stderr
    assert f"Example: dlsuite {command}" in " ".join(child.stdout.split())
    assert "HEAVY []" in child.stdout


def test_the_command_lists_all_of_its_commands():
    child = ask("--help")
    assert "HEAVY []" in child.stdout
    for command in COMMANDS:
        assert command in child.stdout


def test_the_version_is_shown_at_once():
    from dlsuite import __version__

    child = ask("--version")
    assert child.stdout.splitlines()[0] == f"dlsuite {__version__}"
    assert "HEAVY []" in child.stdout
