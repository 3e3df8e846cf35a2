"""Pages of runs as they may have ended, and what a shell is offered, asked without a process."""

import json
from contextlib import suppress

import pytest

from dlsuite.tracking import Store
from dlsuite.tracking.endings import Terminated
from pipelines.cli import main
from pipelines.cli.completion import applications_like, data_sets_like, recipes_like, runs_like
from pipelines.cli.run_report import runs_page
from pipelines.cli.runs import statuses_like


def call(capsys, *words):
    """Exit code, standard output and standard error of one command."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    said = capsys.readouterr()
    return end.value.code or 0, said.out, said.err


@pytest.fixture
def stopped(workshop, monkeypatch):
    """A run that was stopped, with scores and the recipe that it was started with."""
    monkeypatch.setenv("COLUMNS", "100")
    recipe = {
        "pipeline": "tabular",
        "data": {"source": {"type": "wine"}},
        "model": {"type": "mlp", "hidden": [8]},
    }
    with suppress(Terminated):
        with Store.open().start("tabular", "wine_mlp") as run:
            run.text("recipe.yaml", "# as written\n")
            run.json("recipe.resolved.json", recipe)
            run.metrics({"test.accuracy": 0.9, "baseline.test.accuracy": 0.8, "parameters": 99})
            run.metrics({"epoch/loss": 0.5}, 1)
            raise Terminated
    return run.run_id


def test_a_stopped_run_says_how_to_go_on_with_it(stopped, capsys):
    _, page, _ = call(capsys, "show", "latest")
    assert "KILLED" in page
    assert f"dlsuite train --resume {stopped[:8]}" in page
    assert "0.9000" in page
    assert "parameters" in page
    assert "epoch/loss" not in page
    _, out, _ = call(capsys, "show", "latest", "--json")
    shown = json.loads(out)
    assert (shown["run_id"], shown["status"]) == (stopped, "KILLED")
    assert shown["scores"]["test.accuracy"] == 0.9
    assert shown["last_epoch"] == {"loss": 0.5}


def test_resuming_needs_no_recipe_and_can_be_planned_first(stopped, capsys):
    words = ("train", "--resume", "latest", "training.epochs=4", "--dry-run")
    code, page, err = call(capsys, *words)
    assert code == 0, err
    assert "4 epochs of" in page
    assert "data.split" in page
    assert "auto, here train" in page
    assert "nothing was trained" in page


def test_runs_without_the_metric_asked_for_are_refused_with_those_there_are(stopped, capsys):
    code, _, err = call(capsys, "runs", "--sort", "test.f1")
    assert code == 2
    assert "must be one of baseline.test.accuracy, parameters, test.accuracy." in err


def test_a_run_without_scores_has_a_line_of_its_own(workshop, capsys):
    store = Store.open()
    with store.start("tabular", "wine_mlp"):
        pass
    runs_page(store.runs())
    assert "wine_mlp" in capsys.readouterr().out
    assert call(capsys, "show", "latest")[0] == 0


def test_each_run_is_listed_by_the_metric_that_stands_for_it(workshop, capsys):
    store = Store.open()
    for tags, params in (({"headline": "map_50"}, {}), ({}, {"evaluation.optimize": "f1"})):
        with store.start("tabular", "wine_mlp") as run:
            run.tags(tags)
            run.parameters(params)
            run.metrics({"test.accuracy": 0.1, "test.f1": 0.2, "test.map_50": 0.3})
    runs_page(store.runs())
    page = capsys.readouterr().out
    assert "test map_50 0.3" in page
    assert "test f1 0.2" in page


def test_several_limits_that_are_missed_are_counted(workshop, capsys):
    limits = 'expect={"test.accuracy": {at_least: 2}, "dev.accuracy": {at_least: 2}}'
    words = ("wine_mlp", "training.epochs=1", "training.checkpoint=null", limits)
    code, page, err = call(capsys, "train", *words)
    assert code == 1
    assert page.count("MISSED") == 2
    assert "2 limits that the recipe states are missed; the exit code is 1." in err


def test_a_shell_is_offered_what_fits(stopped):
    assert [word for word, _ in recipes_like("wine")] == ["wine_mlp"]
    assert recipes_like("/nowhere/at/all") == []
    assert [word for word, _ in runs_like("")] == ["latest", "wine_mlp", stopped[:8]]
    assert applications_like("tab") == ["tabular"]
    assert data_sets_like("fash") == ["fashion-mnist"]
    assert statuses_like("k") == ["KILLED"]


def test_the_schema_that_a_shell_reads_cannot_be_kept_without_harm(workshop, monkeypatch):
    from pipelines import tabular
    from pipelines.cli.keys import assignments, keep_schema

    (workshop / "cache").write_text("a file where the folder would be")
    keep_schema("tabular", tabular.Settings)
    assert assignments("wine_mlp", "training.ep") == ["training.epochs=60"]


def test_an_export_into_a_version_is_refused(workshop):
    from dlsuite.serving.versions import next_version

    (workshop / "out/1").mkdir(parents=True)
    (workshop / "out/1/saved_model.pb").touch()
    with pytest.raises(ValueError, match="must be the one that holds the versions, here out"):
        next_version("out/1")
