"""`weights: run:RUN`: training starts from what another run learned."""

import contextlib
import json

import keras
import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.recipe import RecipeError, json_schema
from dlsuite.tracking import Store
from pipelines import image_classification, tabular

NET = {"type": "mlp", "hidden": [12, 8]}
TRAINING = {"epochs": 3, "early_stopping": None}


def digits(path, classes):
    """The digits below `classes` as an .npz."""
    from dlsuite.data.sources import digits

    rows = digits().parts["all"].rows
    few = rows["label"] < classes
    np.savez(path, x=rows["image"][few][:600], y=rows["label"][few][:600])
    return {"source": {"type": "arrays", "path": str(path)}, "batch_size": 128}


class First(keras.callbacks.Callback):
    """The weights as training begins, and Ctrl-C as an epoch ends."""

    def __init__(self, stop=None):
        super().__init__()
        self.stop, self.weights = stop, None

    def on_train_begin(self, logs=None):
        self.weights = {v.path: v.numpy() for v in self.model.weights}

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.stop:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a run that knows the digits 0 to 7, and data of all ten."""
    folder = tmp_path_factory.mktemp("starting")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        recipe = {"data": digits("eight.npz", 8), "model": NET, "training": TRAINING}
        result = image_classification.run(recipe)
        digits("ten.npz", 10)
    return folder, result


@pytest.fixture
def eight(shop, monkeypatch):
    monkeypatch.chdir(shop[0])
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return shop[1]


def ten(weights, **training):
    source = {"type": "arrays", "path": "ten.npz"}
    return {
        "data": {"source": source, "batch_size": 128},
        "model": NET | {"weights": weights},
        "training": TRAINING | training,
    }


@pytest.mark.slow
def test_the_backbone_is_the_other_runs_bit_for_bit_and_the_run_says_so(eight):
    first = First()
    result = image_classification.run(ten(f"run:{eight.run_id[:10]}"), listeners=[first])
    theirs = {v.path: v.numpy() for v in eight.model.weights}
    for path in ("hidden_1/kernel", "hidden_1/bias", "hidden_2/kernel", "hidden_2/bias"):
        np.testing.assert_array_equal(first.weights[path], theirs[path])
    np.testing.assert_array_equal(first.weights["output/kernel"][:, :8], theirs["output/kernel"])
    trained = result.model.get_layer("hidden_1").kernel.numpy()
    assert not (trained == theirs["hidden_1/kernel"]).all()
    record = Store.open().find(result.run_id)
    assert record.tags["started_from"] == eight.run_id
    assert record.params["model.weights"].startswith("run:")
    assert result.notes[0].startswith(f"Started from run {eight.run_id[:8]}")
    assert "output (8, 9 begin anew" in result.notes[0]
    assert result.notes[0] in record.tags["mlflow.note.content"]


@pytest.mark.slow
def test_a_resumed_run_ends_as_one_that_was_not_interrupted(eight, monkeypatch):
    recipe = ten(f"run:{eight.run_id}")
    whole = image_classification.run(recipe)
    with pytest.raises(KeyboardInterrupt):
        image_classification.run(recipe, listeners=[First(stop=2)])
    stopped = Store.open().find("latest")
    # What it started from may be gone: the checkpoint has what became of it.
    monkeypatch.setattr("dlsuite.experiment.learner.start", None)
    resumed = image_classification.run(recipe, resume=stopped.run_id)
    for one, other in zip(whole.model.weights, resumed.model.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
    assert resumed.scores == whole.scores
    assert resumed.notes[0] == whole.notes[0]


def test_a_file_of_weights_will_do_and_plan_says_what_is_taken(eight):
    kept = Store.open().find(eight.run_id).artifact("weights/model.weights.h5")
    planned = experiment.plan(image_classification.pipeline, ten(str(kept)))
    started = planned.learner.started
    assert started.source == str(kept)
    assert started.layers == ("hidden_1", "hidden_2")
    assert started.new == {"output": "8x10 here, 8x8 there"}
    assert planned.recipe.resolved["model"]["weights"] == str(kept)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("run:nobody", r"model\.weights: No run `nobody` in .*Nearest: "),
        ("run: ", r"model\.weights: must be run:RUN, the id of a run.*Received: run: \."),
        ("imaginary", r"must be run:RUN, .* or a file that ends in \.h5\."),
        ("no.weights.h5", r"must name weights that fit mlp\. .*: there is no file at"),
    ],
)
def test_weights_that_are_not_there_are_refused_with_their_key(eight, weights, message):
    with pytest.raises(RecipeError, match=message):
        experiment.plan(image_classification.pipeline, ten(weights))


def test_a_run_of_another_architecture_is_refused_with_what_differs(eight):
    recipe = ten(f"run:{eight.run_id}")
    recipe["model"] = recipe["model"] | {"hidden": [5]}
    with pytest.raises(RecipeError) as refused:
        experiment.plan(image_classification.pipeline, recipe)
    text = str(refused.value)
    assert "the weights of mlp: no layer of the model is in" in text
    assert "hidden_1 is 64x5 and 5 here and 64x12 and 12 in the file" in text


def test_a_run_that_kept_no_weights_is_refused(eight):
    store = Store.open()
    with store.start("image_classification", "unfinished"):
        pass
    with pytest.raises(RecipeError, match="keeps no weights: it did not end its training"):
        experiment.plan(image_classification.pipeline, ten("run:unfinished"))


def test_a_run_that_did_not_keep_the_names_of_its_outputs_is_matched_by_shape(eight, monkeypatch):
    monkeypatch.setattr("dlsuite.experiment.starting.OUTPUTS", "weights/nothing.json")
    planned = experiment.plan(image_classification.pipeline, ten(f"run:{eight.run_id}"))
    assert planned.learner.started.outputs == ()


@pytest.mark.parametrize("module", [image_classification, tabular])
def test_editors_complete_it(module):
    schema = json.dumps(json_schema(module.Settings))
    assert "run:RUN, imagenet for vgg and resnet, or a path that ends in .h5" in schema


def test_latest_and_its_own_name_are_the_run_before_and_are_kept_as_its_id(eight):
    store = Store.open()
    before = store.find("latest", keeps="weights/model.weights.h5")
    with store.start("image_classification", before.name):
        pass  # Newer, of that name, and without weights.
    for words in ("run:latest", f"run:{before.name}"):
        recipe = ten(words, epochs=1)
        with pytest.raises(KeyboardInterrupt):
            image_classification.run(recipe, listeners=[First(stop=1)])
        record = store.find("latest")
        assert record.params["model.weights"] == f"run:{before.run_id}"
        assert record.tags["started_from"] == before.run_id
        assert record.tags["weights"] == words


@pytest.mark.slow
def test_a_resumed_run_stays_with_the_weights_that_it_named(eight):
    with pytest.raises(KeyboardInterrupt):
        image_classification.run(ten("run:latest"), listeners=[First(stop=1)])
    stopped = Store.open().find("latest")
    image_classification.run(ten(f"run:{eight.run_id}", epochs=1))  # the latest one now
    resumed = image_classification.run(ten("run:latest"), resume=stopped.run_id)
    assert resumed.run_id == stopped.run_id
    kept = Store.open().find(resumed.run_id)
    assert kept.tags["started_from"] == stopped.tags["started_from"]


def test_a_run_that_failed_is_not_started_from(eight):
    with contextlib.suppress(OSError), Store.open().start("tabular", "broken") as run:
        with run.file("weights/model.weights.h5") as path:
            path.write_bytes(b"")
        raise OSError("full")
    with pytest.raises(RecipeError, match="it did not finish"):
        experiment.plan(image_classification.pipeline, ten("run:broken"))


def test_examples_that_the_other_model_was_trained_on_are_told(eight):
    planned = experiment.plan(
        image_classification.pipeline, ten(f"run:{eight.run_id}"), {"training.seed": 5}
    )
    started = planned.learner.started
    assert started.seen["train"] > 0
    told = " ".join(started.warnings)
    for split in set(started.seen) - {"train"}:
        assert f"{split} examples: their scores flatter it." in told
    file = str(Store.open().find(eight.run_id).artifact("weights/model.weights.h5"))
    unknown = experiment.plan(image_classification.pipeline, ten(file)).learner.started
    assert "is not known" in unknown.warnings[0]
