"""What does not fit a checkpoint is refused; that there is none is told."""

import keras
import pytest
from toys import classifier, plain, points, stream, task

from dlsuite.training import CheckpointError, Checkpoints, fit_stages


def test_resume_without_any_checkpoint_begins_at_the_beginning_and_says_so(tmp_path):
    for checkpoints, where in (
        (Checkpoints(tmp_path), f"in {tmp_path}"),
        (None, "as none are kept"),
    ):
        history = fit_stages(
            task(plain(), training={"epochs": 1}, checkpoints=checkpoints, resume=True)
        )
        assert len(history.epochs) == 1
        assert history.messages == [
            f"No checkpoint was found {where}: training starts anew from epoch 1."
        ]


def test_a_new_run_has_no_checkpoint_to_miss(tmp_path):
    history = fit_stages(
        task(plain(), training={"epochs": 1}, checkpoints=Checkpoints(tmp_path / "new"))
    )
    assert history.messages == []


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """The folder of a run of one epoch."""
    folder = tmp_path_factory.mktemp("used")
    fit_stages(task(classifier(), training={"epochs": 1}, checkpoints=Checkpoints(folder)))
    return folder


class TestRefusals:
    @pytest.fixture(autouse=True)
    def one_epoch_done(self, used):
        self.checkpoints = Checkpoints(used)

    def resume(self, model=None, **changes):
        given = {"checkpoints": self.checkpoints, "resume": True, **changes}
        return fit_stages(task(model or classifier(), **given))

    def test_a_new_run_in_a_used_folder(self):
        with pytest.raises(CheckpointError, match=r"A new run needs .*has epoch 1"):
            self.resume(resume=False)

    def test_another_optimizer(self):
        with pytest.raises(ValueError, match=r"`optimizer.optimizer` has 10 .*Received: 6"):
            self.resume(classifier(keras.optimizers.Adam(0.1)))

    def test_another_width(self):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        with pytest.raises(ValueError, match=r"`model` has 2 variables here. Received: 5"):
            self.resume(model, measure=None)

    def test_another_shape(self):
        with pytest.raises(ValueError, match=r"has shape \(2, 8\) here. Received: \(2, 16\)"):
            self.resume(classifier(width=8), measure=None)

    def test_other_steps(self):
        with pytest.raises(ValueError, match=r"the same steps .*, 6. Received: 3"):
            self.resume(batches=stream(*points(), 4, steps=3))

    def test_other_stages(self):
        stages = [{"name": "head", "epochs": 2}, {"name": "all", "epochs": 3}]
        with pytest.raises(CheckpointError, match=r"stages \['head', 'all'\]. Received: \['all'\]"):
            self.resume(training={"epochs": 5, "stages": stages})
