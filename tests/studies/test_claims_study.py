"""Claims against real runs: those of the recipe as it is now, a degraded model, the ledger."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dlsuite.recipe import RecipeError
from dlsuite.studies import ledger
from dlsuite.studies.claims import claims
from pipelines import tabular
from pipelines.cli import main

DOCS = Path(__file__).parents[2] / "docs"
RECIPE = """# Wine, told by a small net.
pipeline: tabular
data: {source: {type: wine}, batch_size: 16}
model: {type: mlp, hidden: [8]}
optimizer: {type: Adam, learning_rate: LR}
training: {epochs: 6}
expect: {test.accuracy: {at_least: 0.8}}
"""


def command(*words):
    """Exit code of the command line."""
    try:
        main(list(words))
    except SystemExit as end:
        return end.code or 0
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{made}/mlflow.db")
        patch.chdir(made)
        (made / "good.yaml").write_text(RECIPE.replace("LR", "0.02"))
        (made / "planted.yaml").write_text(RECIPE.replace("LR", "1.0e-9"))
        yield made


@pytest.fixture(scope="module")
def found(folder):
    return claims(tabular.pipeline, "good.yaml", seeds=2, train=True)


def test_missing_seeds_are_trained_and_stand_behind_the_claim(found):
    (made,) = found.claims
    assert found.missing == ()
    assert [record.params["training.seed"] for record in found.records] == ["0", "1"]
    assert [record.params["data.split.seed"] for record in found.records] == ["0", "1"]
    assert made.values == tuple(each.metrics["test.accuracy"] for each in found.records)
    assert made.holds
    assert found.baselines["test.accuracy"] > 0.9


def test_what_has_runs_is_read_and_not_trained(found):
    again = claims(tabular.pipeline, "good.yaml", seeds=3)
    assert [each.run_id for each in again.records] == [each.run_id for each in found.records]
    assert again.missing == (2,)


def test_runs_of_a_recipe_that_was_changed_do_not_count(found):
    changed = claims(tabular.pipeline, "good.yaml", ["training.epochs=7"], seeds=2)
    assert changed.records == ()
    assert changed.claims[0].verdict == "NO RUN"
    assert not changed.holds


def test_what_is_stated_may_change_without_another_training(found):
    bold = {"expect": {"test.accuracy": {"at_least": 1.01}}, "evaluation.gap_threshold": 0.05}
    held = claims(tabular.pipeline, "good.yaml", bold, seeds=2)
    assert [each.run_id for each in held.records] == [each.run_id for each in found.records]
    assert held.claims[0].verdict == "SHORTFALL"


def test_a_planted_degraded_model_fails_and_the_command_says_so(folder, found, capsys):
    assert command("claims", "good.yaml", "planted.yaml", "--seeds", "1", "--run") == 1
    said = capsys.readouterr().out
    assert "SHORTFALL" in said
    assert command("claims", "good.yaml", "--seeds", "1", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["entries"]["good"]["claims"][0]["verdict"] in ("PASS", "BETTER")


def test_the_ledger_holds_every_run_and_keeps_other_recipes(folder, found):
    files = ledger.write(folder / "book", {"good": ledger.entry(found)})
    other = {**ledger.entry(found), "recipe": "other"}
    ledger.write(folder / "book", {"other": other})
    known = ledger.read(files[0])
    assert set(known) == {"good", "other"}
    text = files[1].read_text()
    assert all(record.run_id[:8] in text for record in found.records)
    assert "at least 0.8" in text


def test_seconds_of_a_run_that_was_taken_up_again_have_no_pause_in_them(found):
    record = found.records[0]
    resumed = replace(record, duration=9_999.0, tags={**record.tags, "resumed": "1"})
    told = ledger.entry(replace(found, records=(resumed,)))["runs"][0]["seconds"]
    assert told == round(record.metrics["training_seconds"]) < 9_999


def test_a_figure_without_its_run_cannot_get_in(folder, found, tmp_path):
    good = ledger.entry(found)
    without = {**good, "runs": []}
    by_hand = {**good, "runs": [{**good["runs"][0], "run_id": "trust me"}]}
    claimed = [{**good["claims"][0], "values": [0.99, 0.99]}]
    for wrong in (without, by_hand, {**good, "claims": claimed}):
        with pytest.raises(ValueError, match=r"needs a run|what its runs reached"):
            ledger.write(tmp_path, {"good": wrong})
    assert not list(tmp_path.iterdir())
    made = good["claims"][0]
    for key in ("mean", "baseline"):
        with pytest.raises(ValueError, match=f"The {key} of test.accuracy of good must be that of"):
            ledger.write(tmp_path, {"good": {**good, "claims": [{**made, key: 0.99999}]}})
    strict = {"test.accuracy": {"at_least": 0.99999}}
    with pytest.raises(ValueError, match=r"misses at least 0\.99999"):
        ledger.write(tmp_path, {"good": {**good, "expect": strict}})


def test_a_claim_of_what_no_run_measured_stands_there_without_a_figure(folder, found, tmp_path):
    entry = ledger.entry(found)
    unknown = {
        "metric": "test.kappa", "stated": "at least 0.5", "values": [], "mean": None,
        "interval": None, "baseline": None, "verdict": "NO RUN",
    }  # fmt: skip
    more = {**entry, "claims": [*entry["claims"], unknown]}
    more["expect"] = {**entry["expect"], "test.kappa": {"at_least": 0.5}}
    text = ledger.write(tmp_path, {"good": more})[1].read_text()
    assert "| test.kappa | at least 0.5 |  |  |  | NO RUN |" in text


def test_what_states_nothing_is_refused(folder):
    with pytest.raises(RecipeError, match="state what the recipe reaches"):
        claims(tabular.pipeline, "good.yaml", {"expect": {}})
    with pytest.raises(ValueError, match="`seeds` must be at least 1"):
        claims(tabular.pipeline, "good.yaml", seeds=0)


def test_a_recipe_without_runs_does_not_enter(folder):
    empty = claims(tabular.pipeline, "good.yaml", ["training.epochs=9"])
    with pytest.raises(ValueError, match="needs a run to enter"):
        ledger.entry(empty)


def test_the_results_in_docs_stand_on_their_runs_and_a_better_figure_cannot_get_in():
    known = json.loads((DOCS / "results.json").read_text(encoding="utf-8"))
    lines = "\n".join(ledger.page(list(known.values())))
    assert all(f"`{name}`" in lines for name in known)
    one = known["wine_mlp"]
    praised = {**one, "claims": [{**one["claims"][0], "mean": 1.0}]}
    for wrong in (praised, {**one, "runs": []}):
        with pytest.raises(ValueError, match=r"must be that of its runs|needs a run"):
            ledger.page([wrong])
