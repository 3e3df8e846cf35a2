"""The way of a newcomer: recipes, schema, plan, train, runs, show, export, predict, doctor."""

import json
import re

import pytest

from dlsuite.tracking import Store
from pipelines.cli import main

QUICK = ("training.epochs=2", "model.hidden=[16]", "expect={}")  # too short to keep a limit


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder in which one run was trained by the command line."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with pytest.raises(SystemExit) as end:
            main(["train", "wine_mlp", *QUICK])
        assert not end.value.code
    return folder


@pytest.fixture
def ask(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def ask(*words):
        with pytest.raises(SystemExit) as end:
            main(list(words))
        said = capsys.readouterr()
        assert not end.value.code, said.err
        return said.out

    return ask


def test_train_prints_scores_beside_the_baseline_the_verdict_and_the_way_on(ask):
    said = ask("train", "wine_mlp", *QUICK, 'expect."test.loss".at_most=9')
    for wanted in ("accuracy", "baseline", "Verdict:", "dlsuite show", "dlsuite ui"):
        assert wanted in said
    assert re.search(r"test\.loss \S+ \(at most 9\): kept", said)


def test_recipes_lists_what_ships_with_cost_and_stated_score(ask):
    said = ask("recipes")
    assert re.search(
        r"digits_lenet5  image_classification\n.*States: test\.accuracy at least", said
    )


def test_schema_is_json_that_knows_the_models(ask):
    schema = json.loads(ask("schema", "tabular"))
    assert "lenet5" in json.dumps(schema)


def test_plan_trains_nothing(ask):
    before = ask("runs")
    said = ask("plan", "wine_mlp")
    assert "Trainable params" in said
    assert re.search(r"runtime\.device +auto, here cpu", said)
    assert "nothing was trained" in said
    assert "`--time` measures" in said
    memory = re.compile(r"memory: about [^,]+ at its peak, of [^,]+ available\n")
    assert memory.search(said)  # it changes from one moment to the next
    assert memory.sub("", ask("train", "wine_mlp", "--dry-run")) == memory.sub("", said)
    assert ask("runs") == before


def test_plan_can_measure_how_long_a_training_will_take(ask):
    said = ask("plan", "wine_mlp", "--time")
    assert re.search(r"About \S+ s an epoch and \d+ s in all .*, by 50 measured steps", said)
    planned = json.loads(ask("plan", "wine_mlp", "--time", "--json"))
    assert planned["time"]["run"] > planned["time"]["step"] > 0
    assert planned["examples"] == {"train": 107, "dev": 36, "test": 35}
    assert planned["decided"]["runtime.xla"] is False


def test_runs_and_show_tell_status_and_scores(ask):
    said = ask("runs", "--status", "finished")
    assert "wine_mlp" in said
    assert "accuracy" in said
    page = ask("show", "latest")
    for wanted in ("FINISHED", "accuracy", "baseline", "Verdict", "figures/curves.png"):
        assert wanted in page


def test_runs_can_be_sorted_by_a_metric(ask):
    ask("train", "wine_mlp", *QUICK, "training.epochs=20")
    rows = json.loads(ask("runs", "--sort", "test.loss", "--json"))
    losses = [row["metrics"]["test.loss"] for row in rows]
    assert losses == sorted(losses)
    assert len(losses) > 1
    said = ask("runs", "--sort", "test.loss", "--limit", "1")
    assert said.split()[-1] == f"{losses[0]:.4g}"


def test_no_runs_is_said_kindly(workshop, capsys):
    with pytest.raises(SystemExit):
        main(["runs"])
    assert "Start one: dlsuite train" in capsys.readouterr().out


def test_an_export_answers_for_its_own_examples(ask, shop):
    said = ask("export", "latest", "exports/wine", "--examples", "5", "--dry-run")
    assert "Would write exports/wine/1, 5 examples in exports/wine/examples" in said
    assert not (shop / "exports").exists()
    said = ask("export", "latest", "exports/wine", "--examples", "5")
    assert "largest difference" in said
    assert (shop / "exports/wine/1/saved_model.pb").is_file()
    answers = ask("predict", "exports/wine", "exports/wine/examples")
    assert len(answers.strip().splitlines()) == 6
    to_file = ("predict", "latest", "exports/wine/examples/examples.csv", "--csv", "out.csv")
    assert "and write out.csv. Nothing was written." in ask(*to_file, "--dry-run")
    assert json.loads(ask(*to_file, "--dry-run", "--json"))["csv"] == "out.csv"
    assert not (shop / "out.csv").exists()
    ask(*to_file)
    assert "out.csv, which is there and would be replaced." in ask(*to_file, "--dry-run")
    assert (shop / "out.csv").read_text().count("\n") == 6
    answered = json.loads(ask("predict", "latest", "exports/wine/examples", "--json"))
    assert len(answered["answers"]) == 5
    assert answered["failed"] == 0
    exported = json.loads(ask("export", "latest", "exports/wine", "--json"))
    assert exported["path"] == "exports/wine/2"
    with pytest.raises(ZeroDivisionError), Store.open().start("tabular", "failed"):
        raise ZeroDivisionError
    # The newest run that keeps a model is meant.
    again = ("predict", "latest", "exports/wine/examples/examples.csv", "--csv", "again.csv")
    ask(*again)
    assert (shop / "again.csv").read_text() == (shop / "out.csv").read_text()
    assert exported["max_difference"] < 1e-5


def test_a_folder_that_holds_no_export_may_share_the_name_of_a_run(ask, shop):
    (shop / "wine_mlp").mkdir(exist_ok=True)
    ask("export", "latest", "exports/again", "--examples", "2")
    assert "class" in ask("predict", "wine_mlp", "exports/again/examples")


def test_doctor_knows_the_machine_and_the_store(ask, shop):
    said = ask("doctor")
    for wanted in ("tensorflow", "keras", "store"):
        assert wanted in said.lower()
