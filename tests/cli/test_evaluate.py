"""`dlsuite evaluate`: one page for people, one document for scripts, a folder on request."""

import json

import pytest

from pipelines.cli import main


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder in which a run was trained, and tables to evaluate it on."""
    from sklearn.datasets import load_wine

    folder = tmp_path_factory.mktemp("evaluate")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with pytest.raises(SystemExit) as end:
            main(["train", "wine_mlp", "training.epochs=8", "model.hidden=[16]", "--quiet"])
        assert end.value.code in (None, 0, 1)  # So few epochs may miss what the recipe states.
        bunch = load_wine(as_frame=True)
        rows = bunch.data.assign(cultivar=bunch.target_names[bunch.target])
        rows.assign(alcohol=rows["alcohol"] + 2).to_csv("strong.csv", index=False)
        rows.to_csv("same.csv", index=False)
    return folder


@pytest.fixture
def ask(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def ask(*words, code=0):
        with pytest.raises(SystemExit) as end:
            main(["evaluate", *words])
        said = capsys.readouterr()
        assert (end.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return ask


def test_a_page_has_scores_side_by_side_classes_drift_and_the_verdict(ask):
    page = ask("latest", "--data", "strong.csv")
    for wanted in (
        "new (178)",
        "test (35)",
        "difference",
        "balanced_accuracy",
        "class_1",
        "alcohol: higher by 2.",
        "note: strong.csv is read by `csv`",
        "Verdict: accuracy is",
        "dlsuite show ",
    ):
        assert wanted in page, wanted


def test_examples_of_training_are_warned_of(ask):
    page = ask("latest", "--data", "same.csv")
    assert "warning: The model was trained on 107 of 178 examples" in page
    assert "none that is sure in labels, inputs, answers, inputs as a whole" in page


def test_scripts_get_one_document_and_a_folder_gets_all(ask, shop):
    document = json.loads(ask("latest", "--data", "strong.csv", "--json", "--out", "found"))
    assert document["examples"] == 178
    assert document["scores"]["accuracy"]["new_interval"]["low"] <= 1
    assert document["out"] == "found"
    assert {each.name for each in (shop / "found").iterdir()} == {
        "report.md",
        "evaluation.json",
        "examples.csv",
    }
    kept = json.loads((shop / "found" / "evaluation.json").read_text())
    assert kept["verdict"] == document["verdict"]
    assert "(wine_mlp). Data: strong.csv." in (shop / "found" / "report.md").read_text()


def test_without_data_the_runs_own_is_scored_again(ask):
    page = ask("wine_mlp", "--out", "again")
    assert "All of the 35 examples are of the run's own test split." in page
    assert "report.md, evaluation.json and examples.csv are in again" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--split", "later"), "`--split` must be one of all, train, dev, test. Received: later."),
        (("--on-bad-example", "x"), "`--on-bad-example` must be one of error, skip. Received: x."),
        (("--data", "nowhere.csv"), "Nothing is at nowhere.csv."),
        (("--data", "same.csv", "--target", "kind"), "must hold what is to be told, kind"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(ask, words, message):
    assert message in ask("latest", *words, code=2)
