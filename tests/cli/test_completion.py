"""A shell completes the line: asked as bash asks, in a process that reads nothing heavy."""

import os
import sqlite3
import subprocess
import sys

import pytest

from dlsuite.tracking.recent import recent
from pipelines.cli.keys import assignments, keep_schema

HEAVY = ("tensorflow", "keras", "mlflow", "pandas", "sklearn", "matplotlib", "numpy")
ASK = f"""
import sys
from pipelines.cli import main
try:
    main()
finally:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


def completed(*words, before=()):
    """What is offered for the last word."""
    line = ["dlsuite", *words]
    asked = {
        "_DLSUITE_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(line),
        "COMP_CWORD": str(len(line) - 1),
    }
    child = subprocess.run(
        [sys.executable, "-c", ASK], capture_output=True, text=True, env={**os.environ, **asked}
    )
    assert child.stderr.strip() == "[]", child.stderr
    return child.stdout.split()


@pytest.fixture
def tracked(workshop):
    """A store as MLflow makes it, as far as completion reads it: newest run last in the table."""
    (workshop / "mlruns").mkdir()
    with sqlite3.connect(workshop / "mlruns/mlflow.db") as database:
        database.executescript(
            """
            CREATE TABLE runs (run_uuid, name, status, start_time, lifecycle_stage);
            CREATE TABLE tags (key, value, run_uuid);
            """
        )
        rows = [
            ("aaaa0000" + 24 * "0", "wine_mlp", "FINISHED", 1, "active"),
            ("bbbb0000" + 24 * "0", "digits_mlp", "KILLED", 2, "active"),
            ("cccc0000" + 24 * "0", "wine_mlp", "FINISHED", 3, "deleted"),
            ("dddd0000" + 24 * "0", "wine_mlp fold 1", "FINISHED", 4, "active"),
            ("eeee0000" + 24 * "0", "another tool's", "FINISHED", 5, "active"),
        ]
        database.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?)", rows)
        tags = [("dlsuite", "0.1", row[0]) for row in rows[:4]]
        tags.append(("mlflow.parentRunId", rows[0][0], rows[3][0]))
        database.executemany("INSERT INTO tags VALUES (?, ?, ?)", tags)
    return workshop


def test_commands_are_completed():
    assert completed("tr") == ["train"]


def test_recipes_that_ship_and_files_here_are_completed(workshop):
    (workshop / "digits_mine.yaml").touch()
    (workshop / "digits.csv").touch()
    shipped = ["digits_lenet5", "digits_mlp", "digits_resnet"]
    assert completed("train", "digits_") == [*shipped, "digits_mine.yaml"]
    (workshop / "mine").mkdir()
    (workshop / "mine/first.yaml").touch()
    assert completed("plan", "mine/") == ["mine/first.yaml"]
    assert completed("plan", "nowhere/") == []


def test_runs_are_completed_by_name_and_id_newest_first(tracked):
    names = ["latest", "digits_mlp", "wine_mlp", "bbbb0000", "aaaa0000"]
    assert completed("show", "") == names
    assert completed("export", "aa") == ["aaaa0000"]
    assert completed("train", "--resume", "dig") == ["digits_mlp"]


def test_without_a_store_nothing_is_made_up_and_nothing_is_made(workshop):
    assert completed("show", "") == []
    assert not (workshop / "mlruns").exists()


@pytest.mark.parametrize("uri", ["http://localhost:1", "file:///nowhere", "sqlite:///no.db"])
def test_other_stores_are_no_error(workshop, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert recent() == []


def test_a_store_that_is_no_database_is_no_error(workshop):
    (workshop / "mlruns").mkdir()
    (workshop / "mlruns/mlflow.db").write_text("no database at all, but long enough to be read")
    assert recent() == []


def test_the_newest_runs_of_a_real_store_are_read(workshop):
    from dlsuite.tracking import Store

    with Store.open().start("tabular", "wine_mlp") as run:
        pass
    assert recent() == [(run.run_id, "wine_mlp", "FINISHED")]


def test_applications_and_statuses_are_completed():
    assert completed("schema", "im") == ["image_classification"]
    assert completed("runs", "--status", "F") == ["FINISHED", "FAILED"]


def test_keys_of_the_recipe_are_completed_with_its_values(workshop):
    offers = completed("train", "wine_mlp", "training.")
    assert "training.epochs=60" in offers
    assert completed("train", "wine_mlp", "optimizer.t") == ["optimizer.type=Adam"]
    assert completed("train", "no_such_recipe", "training.") == []


def test_keys_that_the_schema_knows_are_completed_too(workshop):
    from pipelines import tabular

    keep_schema("tabular", tabular.Settings)
    offers = assignments("wine_mlp", "")
    for wanted in (
        "training.seed=0",
        "runtime.device=gpu",
        "runtime.xla=true",
        "optimizer.beta_1=0.9",  # of Adam, which the recipe has chosen
        "regularization.label_smoothing=0.0",
        "model.activation=tanh",
        "training.early_stopping.mode=max",
    ):
        assert wanted in offers
    assert "training.epochs=60" in offers  # what the recipe says, not the default
    assert "training.epochs=30" not in offers
    assert not [offer for offer in offers if offer.startswith("optimizer.momentum")]
    assert len(offers) == len(set(offers))


def test_a_value_that_a_shell_would_take_apart_is_left_to_the_user(workshop):
    (workshop / "mine.yaml").write_text("model: {hidden: [64, 32]}\nname: two words\n")
    assert assignments("mine.yaml", "") == ["model.hidden=", "name="]


@pytest.mark.parametrize("text", ["a: [", "just text", "", "\x00"])
def test_a_broken_recipe_has_no_keys(workshop, text):
    (workshop / "mine.yaml").write_text(text)
    assert assignments("mine.yaml", "") == []


def test_the_script_for_the_shell_is_shown():
    # `--show-completion` asks which shell it was called from; a test may be called from none.
    asking = {**os.environ, "_DLSUITE_COMPLETE": "source_bash"}
    command = [sys.executable, "-c", ASK]
    said = subprocess.run(command, capture_output=True, text=True, env=asking).stdout
    assert "complete -o default -F _dlsuite_completion dlsuite" in said


def test_public_data_sets_are_completed():
    assert completed("data", "get", "fash") == ["fashion-mnist"]
