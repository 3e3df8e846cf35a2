"""k-fold cross-validation: each example held out once, sums as by hand, an end as uninterrupted."""

import json
import shutil

import keras
import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.metrics.folds import corrected_interval
from dlsuite.recipe import RecipeError
from dlsuite.tracking import Store
from pipelines import tabular
from tests.spine import picture_style

FOLDS, EPOCHS = 3, 2


RECIPE = {
    "pipeline": "tabular",
    "data": {
        "source": {"type": "csv", "path": "flowers.csv", "target": "kind"},
        "batch_size": 8,
        "split": {"train": 0.6, "dev": 0.2, "test": 0.2},
    },
    "model": {"type": "mlp", "hidden": [4]},
    "optimizer": {"type": "Adam", "learning_rate": 0.02},
    "training": {"epochs": EPOCHS},
    "evaluation": {"folds": FOLDS},
    "expect": {"test.accuracy": {"at_least": 0.0}},
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a table and, trained on it, one cross-validation that nothing disturbed.

    The table is of two kinds of flowers by two numbers, 45 of them, of which four equal another.
    """
    folder = tmp_path_factory.mktemp("shop")
    random = np.random.default_rng(0)
    rows = ["length,width,kind"]
    for number in range(41):
        kind = number % 2
        length, width = random.normal(kind, 0.7, 2)
        rows.append(f"{length:.3f},{width:.3f},{'iris' if kind else 'rose'}")
    (folder / "flowers.csv").write_text("\n".join([*rows, *rows[1:5]]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        return folder, tabular.run(RECIPE)


@pytest.fixture
def whole(shop, monkeypatch):
    """The result of that run; the current folder is the one where it is kept."""
    folder, result = shop
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return result


def measures(result):
    """History without times, which no two runs share."""
    return [{k: v for k, v in e.items() if k != "seconds"} for e in result.history.epochs]


def test_each_example_is_held_out_once_by_a_run_below_the_parent(whole):
    store = Store.open()
    parent, folds = store.find("latest"), store.children(whole.run_id)
    assert parent.run_id == whole.run_id
    assert list(store.runs()["run_id"]) == [whole.run_id]
    assert sorted(fold.tags["fold"] for fold in folds) == ["1", "2", "3"]
    assert {fold.tags["mlflow.parentRunId"] for fold in folds} == {whole.run_id}
    assert all(fold.status == "FINISHED" and "model_id" not in fold.tags for fold in folds)
    # Equal examples never part, so that each key is in one fold.
    held_out = [set(fold.table("examples/test")["key"]) for fold in folds]
    assert [len(a & b) for a in held_out for b in held_out if a is not b] == [0] * 6
    pooled = parent.table("examples/cv")
    assert len(pooled) == 45
    assert set(pooled["key"]) == set.union(*held_out)
    for fold in folds:
        trained = {*fold.table("examples/train")["key"], *fold.table("examples/dev")["key"]}
        assert not trained & set(fold.table("examples/test")["key"])
        assert len(trained | set(fold.table("examples/test")["key"])) == 41


def test_the_parent_says_the_mean_of_what_its_folds_scored(whole, tmp_path):
    parent, folds = Store.open().find(whole.run_id), Store.open().children(whole.run_id)
    for metric in ("accuracy", "f1_macro", "loss"):
        scores = [fold.metrics[f"test.{metric}"] for fold in folds]
        rivals = [fold.metrics[f"baseline.test.{metric}"] for fold in folds]
        assert parent.metrics[f"cv.{metric}"] == pytest.approx(np.mean(scores))
        assert parent.metrics[f"cv_std.{metric}"] == pytest.approx(np.std(scores, ddof=1))
        assert parent.metrics[f"baseline.cv.{metric}"] == pytest.approx(np.mean(rivals))
    pooled = parent.table("examples/cv")
    held_out = [fold.metrics["test.accuracy"] for fold in folds]
    ratio = len(pooled) / (2 * len(pooled) - sum(int(f.tags["examples.dev"]) for f in folds))
    mean, low, high = corrected_interval(held_out, ratio)
    kept = [parent.metrics[f"{name}.accuracy"] for name in ("cv", "cv_low", "cv_high")]
    assert kept == pytest.approx([mean, low, high])
    row = whole.validation.summary.loc["accuracy"]
    assert row["pooled_low"] < row["pooled"] == pooled["correct"].mean() < row["pooled_high"]
    assert "95 % interval of the mean" in " ".join(whole.notes)
    assert whole.scores["cv"]["accuracy"] == parent.metrics["cv.accuracy"]
    assert whole.diagnosis.counts["test"] == 45
    (limit,) = whole.limits
    assert (limit.metric, limit.value) == ("cv.accuracy", whole.scores["cv"]["accuracy"])
    summary = json.loads(parent.artifact("cross_validation.json").read_text())
    assert summary["examples"] == 45


def test_the_model_kept_is_that_of_all_examples_and_serves(whole, tmp_path):
    parent = Store.open().find(whole.run_id)
    assert "test.accuracy" not in parent.metrics
    assert parent.metrics["train.accuracy"] == whole.scores["train"]["accuracy"]
    report = json.loads(parent.artifact("splits.json").read_text())
    assert report["counts"] == {"train": 34, "dev": 11}
    assert (whole.export(tmp_path / "out") / "saved_model.pb").is_file()
    assert {"figures/cv_confusion_matrix.png", "figures/cv_curves.png", "folds.csv"} <= set(
        parent.artifacts()
    )
    assert "### Folds" in parent.tags["mlflow.note.content"]


def test_a_fold_is_what_its_recipe_gives_when_it_is_run_alone(whole):
    second = whole.validation.folds[1]
    alone = {"evaluation.folds": None, "data.split.folds": FOLDS, "data.split.held_out": 2}
    assert tabular.run(RECIPE, alone).scores["test"] == second.scores["test"].values
    assert second.counts == {"train": 22, "dev": 8, "test": 15}


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C at the end of the given epoch, counted over all trainings."""

    def __init__(self, epoch):
        super().__init__()
        self.left = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.mark.slow
def test_what_was_interrupted_twice_ends_as_what_was_not(whole):
    """Once within the second fold, once in the training of the model that is kept."""
    with pytest.raises(KeyboardInterrupt) as stop:
        tabular.run(RECIPE, listeners=[Interrupt(EPOCHS + 1)])
    store = Store.open()
    stopped = store.find("latest")
    assert stopped.status == "KILLED"
    (note,) = stop.value.__notes__
    assert f"--resume {stopped.run_id[:8]}" in note
    first, second = sorted(store.children(stopped.run_id), key=lambda run: run.started)
    assert (first.status, second.status) == ("FINISHED", "KILLED")
    with pytest.raises(KeyboardInterrupt):
        tabular.run(RECIPE, resume=stopped.run_id, listeners=[Interrupt(1 + EPOCHS + 1)])
    resumed = tabular.run(RECIPE, resume=stopped.run_id)
    assert resumed.run_id == stopped.run_id
    assert resumed.scores == whole.scores
    assert measures(resumed) == measures(whole)
    ours, theirs = resumed.validation, whole.validation
    assert ours.summary.equals(theirs.summary)
    assert ours.scores.examples.equals(theirs.scores.examples)
    folds = sorted(store.children(stopped.run_id), key=lambda run: run.started)
    assert [fold.run_id for fold in folds[:2]] == [first.run_id, second.run_id]
    assert [fold.tags.get("resumed", "0") for fold in folds] == ["0", "1", "0"]
    assert store.find(stopped.run_id).tags["resumed"] == "2"
    assert not list((store.location.folder / "checkpoints").iterdir())


@pytest.mark.slow
def test_a_test_part_that_came_with_the_data_stays_out_of_the_folds(workshop):
    random = np.random.default_rng(1)
    parts = {name: random.normal(size=(n, 2)) for name, n in (("train", 30), ("test", 12))}
    arrays = {f"x_{name}": x.astype("float32") for name, x in parts.items()}
    arrays |= {f"y_{name}": (x @ [1.0, 2.0]).astype("float32") for name, x in parts.items()}
    np.savez(workshop / "data.npz", **arrays)
    taken = {"source": {"type": "arrays", "path": "data.npz"}, "batch_size": 8}
    numbers = {"data": taken, "expect": {"test.r2": {"at_least": -99}}}
    result = tabular.run(RECIPE | numbers, {"evaluation.folds": 2})
    held_out = set(result.validation.scores.examples["key"])
    tested = set(result.judged.scores["test"].examples["key"])
    assert (len(held_out), len(tested), len(held_out & tested)) == (30, 12, 0)
    assert [limit.metric for limit in result.limits] == ["test.r2"]
    assert "figures/cv_predicted_against_true.png" in Store.open().find("latest").artifacts()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data.split.by": "time"}, r"evaluation\.folds: cannot be had with data\.split\.by: time"),
        ({"data.split.folds": 4}, r"data\.split\.folds=4: is set by evaluation\.folds"),
        ({"evaluation.folds": 1}, "evaluation.folds=1: must be"),
        ({"expect": {"cv.acuracy": {"at_least": 1}}}, r"Did you mean cv\.accuracy"),
        ({"data.split.held_out": 2, "evaluation.folds": None}, "needs `folds`"),
    ],
)
def test_what_leaves_no_folds_is_refused_before_anything_is_trained(whole, change, message):
    with pytest.raises(RecipeError, match=message):
        experiment.plan(tabular.pipeline, RECIPE, change)


def test_an_application_that_divides_its_own_data_has_no_folds(workshop):
    drawn = {
        "pipeline": "picture_style",
        "data": {"source": {"type": "tests.spine.picture_style:two_pictures"}},
        "evaluation": {"folds": 2},
    }
    with pytest.raises(RecipeError, match=r"needs data that is divided by data\.split"):
        experiment.plan(picture_style.pipeline, drawn)


@pytest.mark.slow
def test_a_fold_whose_checkpoints_are_gone_begins_anew(whole):
    two = {"evaluation.folds": 2}
    with pytest.raises(KeyboardInterrupt):
        tabular.run(RECIPE, two, listeners=[Interrupt(1)])
    store = Store.open()
    stopped = store.find("latest")
    shutil.rmtree(store.location.folder / "checkpoints")
    result = tabular.run(RECIPE, two, resume=stopped.run_id)
    statuses = [child.status for child in store.children(result.run_id)]
    assert sorted(statuses) == ["FINISHED", "FINISHED", "KILLED"]


def test_weights_that_know_what_is_held_out_are_refused(whole):
    started = {"model.weights": f"run:{whole.run_id}"}
    with pytest.raises(RecipeError, match=r"trained on .* examples that are held out in turn"):
        tabular.run(RECIPE, started)


@pytest.mark.slow
def test_folds_go_on_without_the_weights_they_began_with_and_beside_other_parts(whole, monkeypatch):
    random = np.random.default_rng(7).normal(size=(30, 2))
    lines = [f"{a:.3f},{b:.3f},{'iris' if a > 0 else 'rose'}" for a, b in random]
    with open("others.csv", "w") as file:
        file.write("\n".join(["length,width,kind", *lines]) + "\n")
    other = {"data.source.path": "others.csv", "evaluation.folds": None}
    source = tabular.run(RECIPE, other).run_id
    two = {"evaluation.folds": 2, "model.weights": f"run:{source}"}
    with pytest.raises(KeyboardInterrupt):
        tabular.run(RECIPE, two, listeners=[Interrupt(EPOCHS + 1)])
    store = Store.open()
    stopped = store.find("latest")
    with store.start("tabular", "an evaluation", parent=stopped.run_id):
        pass
    # Fold 2 has a checkpoint; only the model of all examples begins from the weights.
    begun = []
    real = experiment.learner.start
    monkeypatch.setattr(
        "dlsuite.experiment.learner.start", lambda *given: begun.append(1) or real(*given)
    )
    result = tabular.run(RECIPE, two, resume=stopped.run_id)
    assert len(result.validation.folds) == 2
    assert len(begun) == 1
