"""Advice tried: below the run, with its overrides alone, never tested, and judged."""

import json

import pytest

import pipelines
from dlsuite.studies.advise import advice_of
from dlsuite.tracking.adding import add_files
from pipelines import tabular
from pipelines.cli import main

# A net that is trained so little that it has bias: longer or wider must narrow it.
LITTLE = {
    "model.hidden": [4],
    "training.epochs": 2,
    "optimizer": {"type": "Adam", "learning_rate": 0.01},
    "expect": {},
    "baseline": None,
}


def command(*words):
    """Exit code of the command line."""
    try:
        main(list(words))
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture(scope="module")
def store(module_store):
    return module_store


@pytest.fixture(scope="module")
def run(store):
    return tabular.run("wine_mlp", LITTLE).run_id


@pytest.fixture(scope="module")
def found(run):
    return pipelines.advise(run, count=2)


def test_without_a_try_it_is_what_the_verdict_said(store, run):
    found = pipelines.advise("latest")
    assert found.record.run_id == run
    assert found.tried == ()
    kept = json.loads(store.find(run).artifact("verdict.json").read_text())
    assert [each.action for each in found.advice] == [each["action"] for each in kept["advice"]]
    assert kept["verdict"].startswith("bias")


def test_the_first_two_that_are_overrides_become_runs_below_it(store, run, found):
    able = [each for each in advice_of(store.find(run)) if each.overrides]
    assert [each.advice for each in found.tried] == able[:2]
    below = {each.run_id: each for each in store.children(run)}
    assert set(below) == {each.run_id for each in found.tried}
    assert not [name for each in below.values() for name in each.metrics if "test." in name]
    assert not any("model_id" in each.tags for each in below.values())


def test_each_is_told_to_have_moved_its_gap_or_not(store, run, found):
    for each in found.tried:
        before, after = store.find(run).metrics, store.find(each.run_id).metrics
        assert each.gap.name == "bias"
        assert each.gap.by == pytest.approx(before["train.accuracy"] - after["train.accuracy"])
        assert each.helped is (each.gap.interval[1] < 0)
        moved_by = each.others["dev error"].by
        assert moved_by == pytest.approx(before["dev.accuracy"] - after["dev.accuracy"])
        assert not each.cut_off
    assert any(each.helped for each in found.tried)


def test_what_was_tried_is_not_trained_again(store, run, found, capsys):
    assert command("advise", run, "--try", "2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["run_id"] for each in told["tried"]] == [each.run_id for each in found.tried]
    assert command("advise", run, "--try", "2") == 0
    said = capsys.readouterr().out
    assert "Tried" in said
    assert "95 % interval" in said.replace("\n", " ")


@pytest.mark.slow
def test_a_budget_ends_a_training_and_is_told(store):
    other = tabular.run("wine_mlp", {**LITTLE, "training.epochs": 3}).run_id
    cut = pipelines.advise(other, count=1, minutes=1e-6)
    assert [each.cut_off for each in cut.tried] == [True]
    again = pipelines.advise(other, count=1, minutes=1e-6)
    assert [(each.run_id, each.cut_off) for each in again.tried] == [(cut.tried[0].run_id, True)]
    longer = pipelines.advise(other, count=1, minutes=10).tried[0]
    assert longer.run_id != cut.tried[0].run_id
    assert not longer.cut_off


@pytest.mark.slow
def test_a_verdict_of_folds_and_what_moved_are_of_different_models(store):
    folded = tabular.run("wine_mlp", {**LITTLE, "evaluation.folds": 2, "training.epochs": 1}).run_id
    found = pipelines.advise(folded, count=1)
    assert found.tried[0].others["dev error"].before == pytest.approx(
        1 - store.find(folded).metrics["dev.accuracy"]
    )
    assert any("The verdict is of the folds' models" in note for note in found.notes)


def test_a_training_that_fails_is_told_and_the_next_is_tried(store):
    other = tabular.run("wine_mlp", {**LITTLE, "training.epochs": 4}).run_id
    record = store.find(other)
    verdict = json.loads(record.artifact("verdict.json").read_text())
    wild = {"gap": "bias", "overrides": ["optimizer={type: SGD, learning_rate: 1e30}"], "also": []}
    longer = {"gap": "bias", "overrides": ["training.epochs=5"], "also": []}
    advice = [{"action": "Try", "why": "to see", **each} for each in (wild, longer)]
    add_files(record, {"verdict.json": json.dumps({**verdict, "advice": advice}).encode()})
    found = pipelines.advise(other, count=2)
    assert [each.advice.overrides for each in found.tried] == [("training.epochs=5",)]
    assert found.notes[0].startswith(f"{wild['overrides'][0]} failed: TrainingDiverged")


@pytest.mark.parametrize("wrong", [{"count": -1}, {"count": 1, "minutes": 0}])
def test_numbers_below_nothing_are_refused(run, wrong):
    with pytest.raises(ValueError, match="`count` must be at least 0"):
        pipelines.advise(run, **wrong)
