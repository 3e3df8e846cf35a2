"""A tracked model on new data: the very scores of training, drift, leakage, refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pipelines
from dlsuite.data import DataError
from dlsuite.tracking import Store, StoreError
from pipelines import image_classification, tabular

NET = {"model": {"type": "mlp", "hidden": [16]}}
FAST = {"optimizer": {"type": "Adam", "learning_rate": 0.01}}
TRAINING = {"training": {"epochs": 10, "early_stopping": None}}


def digits():
    """600 of the digits, and their classes."""
    from dlsuite.data.sources import digits

    rows = digits().parts["all"].rows
    return rows["image"][:600, ..., 0], rows["label"][:600]


def wines():
    """The wines, class names in the column `cultivar`."""
    from sklearn.datasets import load_wine

    bunch = load_wine(as_frame=True)
    return bunch.data.assign(cultivar=bunch.target_names[bunch.target])


def class_folders(root, images, labels):
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = Path(root) / f"{label}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{index}.png")
    return str(root)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a run on pictures, whose data is gone, and one on a table."""
    folder = tmp_path_factory.mktemp("evaluating")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        images, labels = digits()
        np.savez("digits.npz", x=images, y=labels)
        source = {"type": "arrays", "path": "digits.npz"}
        pictures = image_classification.run({"data": {"source": source}, **NET, **FAST, **TRAINING})
        Path("digits.npz").unlink()
        table = tabular.run({"data": {"source": "wine"}, **NET, **FAST, **TRAINING})
    return folder, pictures, table


@pytest.fixture
def runs(shop, monkeypatch):
    monkeypatch.chdir(shop[0])
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop[0] / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return shop[1:]


def test_the_runs_own_test_gives_the_very_scores_of_training(runs):
    _, table = runs
    found = tabular.evaluate(table.run_id)
    assert (found.split, found.against) == ("test", "test")
    assert {row.metric: row.new for row in found.scores} == table.scores["test"]
    assert {row.metric: row.old for row in found.scores} == table.scores["test"]
    assert found.notes == ("All of the 35 examples are of the run's own test split.",)
    assert found.warnings == ()
    assert found.drift.found == ()
    assert found.again
    assert "on the 35 examples of test, as when the run ended" in found.verdict
    assert "| difference" not in found.markdown()


def test_darkened_pictures_in_folders_are_read_scored_and_found_dark(runs):
    pictures, _ = runs
    images, labels = digits()
    folder = class_folders("dark", (images[:200] * 0.4).astype(np.uint8), labels[:200])
    found = image_classification.evaluate(pictures.run_id, folder)
    assert found.count == 200
    assert found.notes[0] == "dark is read by `image_folder`; the run's own source is `arrays`."
    assert found.warnings == ()
    told = {shift.name: shift.text for shift in found.drift.found}
    assert told["brightness"].startswith("Pictures are darker by")
    assert "Drift: Pictures are" in found.verdict
    assert not [shift for shift in found.drift.of("labels") if shift.found]


def test_pictures_of_training_are_known_again_in_another_form(runs):
    pictures, _ = runs
    images, labels = digits()
    found = image_classification.evaluate(pictures.run_id, class_folders("same", images, labels))
    trained, dev = found.warnings
    assert trained.startswith("The model was trained on 360 of 600 examples: their scores flatter")
    assert "Without them accuracy is 0." in trained
    assert dev.startswith("120 of 600 examples are of the run's dev split")
    assert found.notes[1] == "120 of 600 examples are of the run's own test split."


def test_an_evaluation_is_a_tracked_part_of_its_run(runs):
    _, table = runs
    wines().iloc[::2].to_csv("half.csv", index=False)
    found = pipelines.evaluate(table.run_id[:12], "half.csv")
    store = Store.open()
    record = store.find(found.run_id)
    assert record.status == "FINISHED"
    assert record.tags["evaluates"] == record.tags["mlflow.parentRunId"] == table.run_id
    assert record.name.endswith("on half.csv")
    assert found.verdict in record.tags["mlflow.note.content"]
    assert record.metrics["new.accuracy"] == found.headline.new
    assert record.metrics["difference.accuracy"] == pytest.approx(
        found.headline.new - found.headline.old
    )
    assert "drift.told_apart" in record.metrics
    kept = json.loads(record.artifact("evaluation.json").read_text())
    assert kept["examples"] == 89
    assert len(record.table("examples/new")) == 89
    assert store.find("latest").run_id == table.run_id
    assert found.run_id in {each.run_id for each in store.children(table.run_id)}


def test_a_table_may_have_more_columns_another_order_and_fewer_classes(runs):
    _, table = runs
    rows = wines()
    rows = rows[rows["cultivar"] != "class_1"][list(reversed(rows.columns))].assign(note="x")
    rows.to_csv("less.csv", index=False)
    found = tabular.evaluate(table.run_id, "less.csv")
    assert found.notes[:2] == (
        "less.csv is read by `csv`; the run's own source is `wine`.",
        "Columns that the model does not know are ignored: note.",
    )
    assert found.warnings[0].startswith("The model was trained on ")
    (label,) = found.drift.of("labels")
    assert label.found
    assert "fewer class_1 (0 %" in label.text


def test_drifted_columns_are_named(runs):
    _, table = runs
    rows = wines().assign(alcohol=lambda frame: frame["alcohol"] + 2)
    rows.to_csv("strong.csv", index=False)
    found = tabular.evaluate(table.run_id, "strong.csv")
    (shift,) = (shift for shift in found.drift.of("inputs") if shift.found)
    assert shift.text.startswith("alcohol: higher by 2.")
    assert found.warnings == ()  # With other alcohol they are other examples.


def test_the_target_may_have_another_name(runs):
    _, table = runs
    wines().rename(columns={"cultivar": "kind"}).to_csv("kinds.csv", index=False)
    assert tabular.evaluate(table.run_id, "kinds.csv", target="kind").count == 178
    with pytest.raises(DataError, match=r"must hold what is to be told, cultivar, under this name"):
        tabular.evaluate(table.run_id, "kinds.csv")


def test_missing_columns_are_named(runs):
    wines().drop(columns=["hue", "ash"]).to_csv("lacking.csv", index=False)
    with pytest.raises(DataError, match=r"the model's columns; ash, hue are missing\."):
        tabular.evaluate(runs[1].run_id, "lacking.csv")


def test_unknown_classes_are_named(runs):
    rows = wines()
    rows.loc[:3, "cultivar"] = "merlot"
    rows.to_csv("merlot.csv", index=False)
    with pytest.raises(DataError, match=r"knows the classes class_0, class_1, class_2\..*merlot"):
        tabular.evaluate(runs[1].run_id, "merlot.csv")


def test_rows_that_cannot_be_read_are_an_error_or_left_out(runs):
    rows = wines()
    rows.loc[3, "hue"] = np.nan
    rows.to_csv("holes.csv", index=False)
    with pytest.raises(DataError, match=r"1 of 178 examples cannot be used"):
        tabular.evaluate(runs[1].run_id, "holes.csv")
    found = tabular.evaluate(runs[1].run_id, "holes.csv", on_bad_example="skip")
    assert found.count == 177
    assert any("1 bad example was left out" in note for note in found.notes)


def test_a_part_is_given_or_carved(runs):
    _, table = runs
    folder = Path("parts")
    folder.mkdir()
    rows = wines()
    rows.iloc[::3].to_csv(folder / "train.csv", index=False)
    rows.iloc[1::3].to_csv(folder / "test.csv", index=False)
    assert tabular.evaluate(table.run_id, folder, split="test").count == 59
    assert tabular.evaluate(table.run_id, folder).count == 119
    rows.to_csv("whole.csv", index=False)
    found = tabular.evaluate(table.run_id, "whole.csv", split="test")
    assert found.notes[0].startswith("whole.csv is read by")
    assert any("carved from the data" in note for note in found.notes)
    assert found.count == 35
    with pytest.raises(DataError, match=r"`split` must be one of all, train, dev, test"):
        tabular.evaluate(table.run_id, split="later")


def test_data_of_another_kind_and_no_data_are_refused(runs):
    pictures, table = runs
    with pytest.raises(DataError, match="rows of a table"):
        tabular.evaluate(table.run_id, class_folders("few", *(a[:20] for a in digits())))
    with pytest.raises(DataError, match="Nothing is at nowhere"):
        tabular.evaluate(table.run_id, "nowhere.csv")
    np.savez("table.npz", x=np.zeros((4, 2)), y=np.zeros(4, int))
    with pytest.raises(DataError, match="answers for pictures"):
        image_classification.evaluate(pictures.run_id, "table.npz")
    np.savez("colour.npz", x=np.zeros((4, 8, 8, 3), np.uint8), y=np.arange(4))
    with pytest.raises(DataError, match=r"must have 1 channel, .* Received: 3\."):
        image_classification.evaluate(pictures.run_id, "colour.npz")


def test_runs_that_cannot_be_scored_are_refused(runs):
    pictures, table = runs
    with pytest.raises(StoreError, match=r"is a run of tabular\. Received: image_classification"):
        image_classification.evaluate(table.run_id)
    store = Store.open()
    with store.start("tabular", "unfinished"):
        pass
    with pytest.raises(StoreError, match="keeps no model: it did not end its training"):
        tabular.evaluate("unfinished")
    with pytest.raises(StoreError, match="No run `nobody`"):
        tabular.evaluate("nobody")
    assert pictures.run_id != table.run_id


def test_a_few_examples_give_scores_and_no_drift(runs):
    wines().head(3).to_csv("three.csv", index=False)
    found = tabular.evaluate(runs[1].run_id, "three.csv")
    assert found.count == 3
    assert found.drift.shifts == ()
    assert "Drift" not in found.verdict


def test_a_table_of_pictures_is_for_runs_that_read_one(runs):
    pictures, _ = runs
    wines().to_csv("table.csv", index=False)
    with pytest.raises(DataError, match="a table of them is for runs that `image_csv` read"):
        image_classification.evaluate(pictures.run_id, "table.csv")
