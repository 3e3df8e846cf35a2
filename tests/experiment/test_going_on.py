"""A run goes on from what is sound, with its own recipe or a harmless change, found by itself."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.experiment import recording, resuming
from dlsuite.experiment.memory import MemoryShort
from dlsuite.experiment.pipeline import no_figures, no_signatures
from dlsuite.experiment.same_data import same_data
from dlsuite.progress import listening
from dlsuite.recipe import load
from dlsuite.tracking import Store, StoreError
from dlsuite.training import Checkpoints
from dlsuite.training.divergence import TrainingDiverged
from dlsuite.training.resume import Place, Saved
from pipelines import tabular

EPOCHS = 4
PIPELINE = replace(tabular.pipeline, signatures=no_signatures, figures=no_figures)
WINE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "batch_size": 32},
    "model": {"type": "mlp", "hidden": [8]},
    "regularization": {"dropout": 0.2},
    "training": {"epochs": EPOCHS, "early_stopping": {"patience": 9}},
    "baseline": None,
}


class Interrupt(keras.callbacks.Callback):
    """Ctrl-C in the middle of the epoch after so many."""

    def __init__(self, after):
        super().__init__()
        self.after, self.epoch = after, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.epoch == self.after and batch == 1:
            raise KeyboardInterrupt


class Heard:
    """Keeps what is said."""

    def __init__(self):
        self.words = []

    def tell(self, words):
        self.words.append(words)

    def begin(self, what, total, unit):
        return 0

    def advance(self, work, steps):
        """Nobody watches."""

    def describe(self, work, what, note):
        """Nobody watches."""

    def end(self, work):
        """Nobody watches."""


@contextmanager
def hearing():
    heard = Heard()
    with listening(heard):
        yield heard.words


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Weights and measures of the run that nothing interrupts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("whole"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        result = experiment.run(PIPELINE, WINE)
        return [weight.numpy() for weight in result.model.weights], result.history.epochs


def stopped(after=2, changed=(), **how):
    with pytest.raises(KeyboardInterrupt):
        experiment.run(PIPELINE, WINE, changed, listeners=[Interrupt(after)], **how)
    return Store.open().find("latest")


def assert_same(whole, result):
    weights, epochs = whole
    for before, after in zip(weights, result.model.weights, strict=True):
        np.testing.assert_array_equal(before, after.numpy(), err_msg=after.path)
    assert timeless(result.history.epochs) == timeless(epochs)


def timeless(epochs):
    return [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in epochs]


def points(run_id, metric):
    """All that was delivered, also what was delivered twice."""
    found = Store.open().connection.client.get_metric_history(run_id, metric)
    return sorted(point.step for point in found)


def truncated(data):
    return data[: len(data) // 2]


def one_bit_flipped(data):
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_damaged_newest_checkpoints_are_said_aloud_and_the_one_before_used(whole, workshop):
    four = {"training.checkpoint.keep": 4}
    run = stopped(after=3, changed=four)
    folder = workshop / "mlruns" / "checkpoints" / run.run_id
    # That of the stop, and one whose measures the store has already.
    for newest, damage in (
        ("epoch-000003-step-00000002", truncated),
        ("epoch-000003", one_bit_flipped),
    ):
        path = folder / f"{newest}.npz"
        path.write_bytes(damage(path.read_bytes()))
    with hearing() as words:
        result = experiment.run(PIPELINE, WINE, four, resume=run.run_id)
    assert_same(whole, result)
    (said,) = [word for word in words if "Damaged" in word]
    assert "step 2 of epoch 4 (epoch-000003-step-00000002.npz is torn or was changed)" in said
    assert "epoch 3 (epoch-000003.npz is torn or was changed)" in said
    assert "The one of epoch 2 is sound." in said
    assert said in result.notes
    for metric in ("loss", "dev.accuracy", "seconds"):
        assert points(run.run_id, f"epoch/{metric}") == [1, 2, 3, 4]


def test_a_harmless_change_is_let_through_when_asked_and_stands_in_the_run(whole, workshop):
    run = stopped(after=1, changed={"training.epochs": 2, "expect": {}})
    now = {"training.epochs": EPOCHS}
    with pytest.raises(StoreError, match=r"was 2, is 4\. Harmless: training\.epochs; --allow-c"):
        experiment.run(PIPELINE, WINE, now, resume=run.run_id)
    worse = {**now, "optimizer": {"type": "SGD"}}
    with pytest.raises(StoreError, match=r"May not change: optimizer\.\w+ \(it decides on what"):
        experiment.run(PIPELINE, WINE, worse, resume=run.run_id, allow_change=True)
    assert Store.open().find(run.run_id).status == "KILLED"
    result = experiment.run(PIPELINE, WINE, now, resume=run.run_id, allow_change=True)
    assert_same(whole, result)
    assert result.notes[0] == "The recipe was changed: training.epochs was 2, is 4."
    record = Store.open().find(run.run_id)
    resolved = json.loads(record.artifact("recipe.resolved.json").read_text())
    assert resolved["training"]["epochs"] == EPOCHS
    written = record.artifact("recipe.yaml").read_text()
    assert "# Changed when the run was resumed, time 1:\n# training.epochs was 2, is 4" in written
    assert record.tags["changed.training.epochs"] == "4"
    assert record.tags["recipe_sha256"] == load(WINE, tabular.Settings).sha256


def killed(recipe, problem=None):
    """A run of a recipe that has a checkpoint of its first epoch, and was killed, or failed."""
    store = Store.open()

    def work():
        tags = {"recipe_sha256": recipe.sha256}
        with store.start("tabular", "tabular", tags=tags) as tracked:
            checkpoints = Checkpoints(store.location.folder / "checkpoints" / tracked.run_id)
            checkpoints.save(Saved(Place(1), {"a": np.zeros(1)}, {}), keep=1)
            checkpoints.close()
            raise problem or KeyboardInterrupt

    with pytest.raises(type(problem) if problem else KeyboardInterrupt):
        work()
    return store.find("latest").run_id


def test_auto_goes_on_with_the_newest_that_waits_and_else_begins(whole, workshop):
    with hearing() as words:
        run = stopped(resume="auto")
    assert "begins: tabular, as no run of this recipe waits to be resumed" in words[0]
    other = killed(load(WINE, tabular.Settings, {"training.seed": 5}))
    wished = {**WINE, "training": {**WINE["training"], "resume": "auto"}}
    with hearing() as words:
        result = experiment.run(PIPELINE, wished)
    assert result.run_id == run.run_id != other
    assert_same(whole, result)
    assert f"run {run.run_id[:8]} goes on: tabular, its newest run that did not finish" in words


def test_auto_goes_on_after_a_fault_that_may_pass_but_not_with_what_diverged(workshop):
    written = load(WINE, tabular.Settings)
    waiting = killed(written, MemoryShort("another job had it all"))
    killed(written, TrainingDiverged("the loss is nan", 1, 1, {}, {}))
    assert Store.open().find(waiting).status == "FAILED"
    with resuming.opened(PIPELINE, Store.open(), written, "auto", False) as (mine, way):
        assert mine.run_id == way.run_id == waiting


def test_a_run_does_not_go_on_with_other_examples(workshop):
    written = load(WINE, tabular.Settings)
    own = experiment.plan(PIPELINE, WINE).learner
    with Store.open().start("tabular", "tabular") as tracked:
        recording.data(tracked, written, own)
    record = Store.open().find("latest")
    same_data(record, own)
    other = experiment.plan(PIPELINE, WINE, {"data.split.seed": 9}).learner
    size = len(own.splits.train)
    said = rf"other examples in train \({size} examples then, {size} now\), dev .*, test"
    with pytest.raises(StoreError, match=said):
        same_data(record, other)


def test_two_starts_at_once_do_not_take_the_same_run(workshop):
    written = load(WINE, tabular.Settings)
    waiting = killed(written)
    both, taken = threading.Barrier(2, timeout=60), []

    def start():
        both.wait()
        with resuming.opened(PIPELINE, Store.open(), written, "auto", False) as (mine, _):
            taken.append(mine.run_id)
            both.wait()

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting in taken
    assert len(set(taken)) == 2


def test_allowing_a_change_needs_a_run_by_name(workshop):
    for resume in (None, "auto"):
        with pytest.raises(ValueError, match="`allow_change` needs the run to resume"):
            experiment.run(PIPELINE, WINE, resume=resume, allow_change=True)
