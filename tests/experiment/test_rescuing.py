"""A run that diverges keeps its last good weights, and another starts from them."""

import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.experiment.fitting import checkpoints_of
from dlsuite.experiment.rescuing import rescued
from dlsuite.tracking import Store
from dlsuite.training import Checkpoints
from dlsuite.training.divergence import TrainingDiverged
from dlsuite.training.resume import Place, Saved
from pipelines import image_classification, tabular

WILD = [
    {"name": "calm", "epochs": 2, "learning_rate": 0.01},
    {"name": "wild", "epochs": 2, "learning_rate": 1e12},
]
WINE = {
    "pipeline": "tabular",
    "data": {"source": {"type": "wine"}, "batch_size": 16},
    "model": {"type": "mlp", "hidden": [8]},
    "optimizer": {"type": "SGD"},
    "training": {"epochs": 4, "stages": WILD, "early_stopping": None},
    "baseline": None,
}


def test_a_run_that_diverges_fails_and_its_last_good_weights_begin_another(workshop):
    with pytest.raises(TrainingDiverged) as caught:
        experiment.run(tabular.pipeline, WINE)
    said, record = str(caught.value), Store.open().find("latest")
    assert record.status == "FAILED"
    assert "Training diverged in epoch 3 at step" in said
    assert "learning rate 1e+12, gradient norm " in said
    assert "The last good checkpoint, of epoch 2, is kept" in said
    assert f"model.weights=run:{record.run_id[:8]}" in said
    assert record.tags["rescued"] == "weights of epoch 2"
    saved = Checkpoints(workshop / "mlruns" / "checkpoints" / record.run_id).load()
    assert saved.place == (2, 0)
    assert all(np.isfinite(array).all() for array in saved.arrays.values())

    further = {"model.weights": f"run:{record.run_id[:8]}", "training.stages": []}
    planned = experiment.plan(tabular.pipeline, WINE, further)
    assert "100 % of the weights" in planned.learner.started.text
    for index, variable in enumerate(planned.learner.model.variables):
        np.testing.assert_array_equal(variable.numpy(), saved.arrays[f"model/{index}"])


def test_weights_that_cannot_be_rescued_do_not_hide_what_went_wrong(workshop):
    learner, store = experiment.plan(tabular.pipeline, WINE).learner, Store.open()

    def work():
        with store.start("tabular", "tabular") as tracked:
            checkpoints = checkpoints_of(store, tracked)
            checkpoints.save(Saved(Place(1), {"of/another": np.zeros(1)}, {}), keep=1)
            checkpoints.close()
            with rescued(learner, tracked, store):
                raise TrainingDiverged("The loss is nan.", 2, 1, {}, {})

    with pytest.raises(TrainingDiverged) as caught:
        work()
    assert str(caught.value) == "The loss is nan."
    (note,) = caught.value.__notes__
    assert "last good weights could not be kept" in note


@pytest.mark.slow
@pytest.mark.parametrize("every", ["1 steps", "1 epochs"])
def test_a_convolutional_net_at_a_rate_far_too_high_leaves_nothing_that_is_no_number(
    workshop, every
):
    recipe = {
        "pipeline": "image_classification",
        "data": {"source": {"type": "digits"}},
        "model": {"type": "lenet5", "variant": "modern"},
        "optimizer": {"type": "SGD", "learning_rate": 1e6},
        "training": {"epochs": 3, "checkpoint": {"every": every, "keep": 3}},
        "baseline": None,
    }
    with pytest.raises(TrainingDiverged, match="learning rate 1e\\+06, gradient norm"):
        experiment.run(image_classification.pipeline, recipe)
    record = Store.open().find("latest")
    folder = Checkpoints(workshop / "mlruns" / "checkpoints" / record.run_id)
    saved = folder.load()
    assert saved is not None or every == "1 epochs"
    if saved is not None:
        assert all(np.isfinite(array).all() for array in saved.arrays.values())
