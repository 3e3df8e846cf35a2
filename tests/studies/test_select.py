"""Choosing among tracked runs: who is asked, what decides, what is measured again, what is said."""

import json

import numpy as np
import pandas as pd
import pytest

from dlsuite.serving.latency import Latency
from dlsuite.studies import selection_words as words
from dlsuite.studies.select import FINALISTS, select
from dlsuite.tracking.registry import register
from pipelines import tabular

SMALL = {"training.epochs": 1, "expect": {}, "baseline": None}


@pytest.fixture(scope="module")
def store(module_store):
    return module_store


@pytest.fixture(scope="module")
def runs(store):
    """Ids of three nets of growing size; the last learns long enough to be the best on dev."""
    found = []
    for hidden, epochs in ([2], 1), ([8], 1), ([32], 12):
        own = {"model.hidden": hidden, "training.epochs": epochs}
        found.append(tabular.run("wine_mlp", {**SMALL, **own}).run_id)
    return found


def steady(milliseconds):
    """What answers with these latencies by run, whatever the machine does."""
    return lambda exports: {run: Latency(milliseconds[run], milliseconds[run]) for run in exports}


def chosen(store, *subject_to, **options):
    return select("dev.accuracy", subject_to, store=store, **options)


def test_the_best_is_taken_and_a_limit_takes_the_best_below_it(store, runs):
    free = chosen(store)
    accuracies = {run: store.find(run).metrics["dev.accuracy"] for run in runs}
    assert free.winner.run_id == max(accuracies, key=accuracies.get) == runs[2]
    assert set(free.selection.feasible) == set(runs)
    most = store.find(runs[1]).metrics["parameters"]
    small = chosen(store, f"parameters<={most}")
    assert small.winner.run_id == max(runs[:2], key=accuracies.get)
    assert small.selection.would_win == runs[2]
    said = " ".join(words.sentences(small))
    assert f"The binding constraint is parameters<={most:g}: without it wine_mlp" in said


def test_the_direction_is_told_by_the_name_or_by_the_caller(store, runs):
    assert select("dev.loss", store=store).direction == "min"
    assert select("parameters", store=store).winner.run_id == runs[0]
    assert select("parameters", store=store, direction="max").winner.run_id == runs[2]


def test_filters_leave_runs_out(store, runs):
    found = chosen(store, filters=["model.hidden.0=8", "recipe=wine*"])
    assert list(found.records) == [runs[1]]
    assert "There is no other run." in words.sentences(found)
    assert set(chosen(store, filters=["model.hidden.0!=8"]).records) == {runs[0], runs[2]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"optimize": "dev.acuracy"}, "must be a metric of a run.*Did you mean dev.accuracy"),
        ({"optimize": "dev.accuracy", "filters": ["model.hiden.0=x"]}, "Did you mean model.hidden"),
        ({"optimize": "dev.accuracy", "filters": ["name=nobody"]}, "Received: none of 3"),
        ({"optimize": "dev.accuracy", "filters": ["name"]}, "A filter must be KEY=TEXT"),
        ({"optimize": "dev.accuracy", "subject_to": ["size_mb=5"]}, "A constraint must be"),
        ({"optimize": "zzz_loss"}, "none has it. They have"),
    ],
)
def test_what_no_run_knows_is_refused(store, runs, given, message):
    with pytest.raises(ValueError, match=message):
        select(store=store, **given)


def test_models_of_different_data_are_not_chosen_between(store, runs):
    other = tabular.run("wine_mlp", {**SMALL, "model.hidden": [2], "data.source": "diabetes"})
    try:
        with pytest.raises(ValueError, match=r"one data source.*1 of diabetes.*3 of wine"):
            select("dev.loss", store=store)
    finally:
        store.connection.client.delete_run(other.run_id)


def test_latency_is_measured_again_until_winner_and_runner_up_are_known(store, runs):
    slow_best = steady({runs[0]: 1.0, runs[1]: 2.0, runs[2]: 50.0})
    found = chosen(store, "p95_latency_ms<=10", timed=slow_best)
    assert runs[2] not in found.selection.feasible
    assert found.table.loc[runs[2], "p95_latency_ms"] == 50.0
    assert found.recorded.loc[runs[2], "p95_latency_ms"] != 50.0
    assert set(found.finalists) == set(runs)
    assert len(runs) <= FINALISTS
    recorded = chosen(store, "p95_latency_ms<=10", remeasure=False)
    assert recorded.finalists == ()
    pd.testing.assert_frame_equal(recorded.table, recorded.recorded)


def test_real_models_are_timed_side_by_side(store, runs):
    found = chosen(store, "p50_latency_ms<=10000", filters=["model.hidden.0=2"])
    value = found.table.loc[runs[0], "p50_latency_ms"]
    assert 0 < value < 10_000
    assert found.winner.run_id == runs[0]


def test_when_nothing_is_feasible_it_says_by_how_much(store, runs):
    found = chosen(store, "parameters<=1", "size_mb<=1000")
    assert found.winner is None
    fewest = store.find(runs[0]).metrics["parameters"]
    first, second = words.sentences(found)
    assert first == "No run meets parameters<=1 and size_mb<=1000."
    assert f"{runs[0][:8]}, which misses parameters<=1 by {fewest - 1:.4g}" in second


def test_choosing_by_test_is_told(store, runs):
    assert any("optimistic" in note for note in select("test.accuracy", store=store).notes)
    assert chosen(store).notes == ()


def test_the_files_hold_what_was_said(store, runs, tmp_path):
    found = chosen(store, "parameters<=1e9")
    files = words.write(found, tmp_path / "new")
    assert files == words.files_of(found, tmp_path / "new")
    plain = json.loads(files[0].read_text())
    assert plain["winner"] == runs[2]
    assert [row["run_id"] for row in plain["runs"]] == list(found.selection.feasible)
    table = pd.read_csv(files[1])
    assert np.allclose(table["dev.accuracy"], found.table.loc[table["run_id"], "dev.accuracy"])
    assert files[2].stat().st_size > 5_000
    lead = plain["lead_of_runner_up"]
    assert lead["low"] <= lead["difference"] <= lead["high"]


def test_the_winner_is_registered_as_champion_once_and_the_alias_moves(store, runs):
    client = store.connection.client
    found = chosen(store, "parameters<=1e9")
    first = register(store.find(runs[0]), "wine", description="small")
    second = register(found.winner, "wine", description=words.markdown(found))
    assert (first.version, second.version) == (1, 2)
    assert register(found.winner, "wine", description=words.markdown(found)).version == 2
    served = client.get_model_version_by_alias("wine", "champion")
    assert (int(served.version), served.run_id) == (2, runs[2])
    assert "Take wine_mlp" in served.description
    assert second.uri == "models:/wine@champion"
    for wrong in ("a/b", "", "a'b"):
        with pytest.raises(ValueError, match="`name` must be of letters"):
            register(found.winner, wrong)
