"""In the middle of an epoch, whatever optimizers, rates and precision a training has."""

import keras
import pytest
from test_exact_resume import Kill, assert_same_run, ended, interrupted_then_resumed
from toys import STEPS, plain, points, stream, task

from dlsuite.training import CheckpointError, Checkpoints, Origin, fit_stages
from dlsuite.training.schedules import warmup_cosine

MINE = Origin("1" * 32, "a" * 64)


def scaled():
    """Loss scaling as mixed_float16 has it; the scale doubles every four steps."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        inner = keras.optimizers.Adam(0.05)
        scaling = keras.optimizers.LossScaleOptimizer(
            inner, initial_scale=8.0, dynamic_growth_steps=4
        )
        return plain(scaling)
    finally:
        keras.config.set_dtype_policy("float32")


def accumulating():
    """After 10 steps two of the four gradients of the next change are gathered."""
    return plain(keras.optimizers.Adam(0.05, gradient_accumulation_steps=4))


def scheduled():
    rate = warmup_cosine(0.2, warmup_epochs=1.5, steps_per_epoch=STEPS, epochs=2)
    return plain(keras.optimizers.SGD(rate, momentum=0.9))


@pytest.mark.parametrize("make", [scaled, accumulating, scheduled])
def test_the_next_step_is_the_one_that_would_have_come(make, tmp_path):
    changes = {"batches": stream(*points(), 2), "training": {"epochs": 2}}
    whole = ended(make, **changes)
    parts = interrupted_then_resumed(make, tmp_path, Kill(1, 3), **changes)
    assert_same_run(whole, parts)
    assert parts[1].messages[0] == "Taken up again after step 4 of epoch 2."
    if make is scaled:
        assert float(parts[0].optimizer.dynamic_scale) == 8.0 * 2 ** (2 * STEPS // 4)


class TestOrigin:
    """What a checkpoint says of where it comes from."""

    @pytest.fixture(autouse=True)
    def one_epoch_done(self, tmp_path):
        self.folder = tmp_path
        fit_stages(task(plain(), training={"epochs": 1}, **self.of(MINE)))

    def of(self, origin):
        return {"checkpoints": Checkpoints(self.folder), "origin": origin}

    def resumed(self, origin):
        return fit_stages(task(plain(), training={"epochs": 2}, resume=True, **self.of(origin)))

    def test_run_recipe_and_versions_are_kept(self):
        kept = Checkpoints(self.folder).load().notes["origin"]
        assert kept["run_id"] == MINE.run_id
        assert kept["recipe_sha256"] == MINE.recipe_sha256
        assert set(kept["versions"]) == {"python", "dlsuite", "tensorflow", "keras", "numpy"}
        assert kept["versions"]["keras"] == keras.__version__

    def test_the_first_loss_of_all_is_kept_so_that_an_explosion_stays_one(self):
        first = Checkpoints(self.folder).load().notes["first"]
        assert first["loss"] > 0
        self.resumed(MINE)
        assert Checkpoints(self.folder).load().notes["first"] == first

    def test_one_of_another_run_is_refused(self):
        with pytest.raises(CheckpointError, match=r"one of run 2222.* Received: one of 1111"):
            self.resumed(Origin("2" * 32, MINE.recipe_sha256))

    def test_other_versions_are_said_and_the_run_goes_on(self):
        newer = Origin(MINE.run_id, MINE.recipe_sha256, {**MINE.versions, "keras": "9.0"})
        history = self.resumed(newer)
        assert len(history.epochs) == 2
        message = history.messages[1]
        assert f"keras was {keras.__version__}, is 9.0" in message
        assert "may differ in its last bits" in message
        assert "numpy" not in message

    def test_another_recipe_is_noted(self):
        history = self.resumed(Origin(MINE.run_id, "b" * 64))
        assert "recipe of SHA-256 aaaaaaaaaaaa, before it was changed" in history.messages[1]


def test_a_stage_that_was_ended_goes_on_with_more_patience(tmp_path):
    falling = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]

    def measure():
        return {"dev.accuracy": falling.pop(0), "dev.loss": 1.0}

    settings = {"epochs": 5, "early_stopping": {"patience": 2}}
    given = {"measure": measure, "checkpoints": Checkpoints(tmp_path)}
    ended_early = fit_stages(task(plain(), training=settings, **given))
    assert ended_early.stopped_early
    assert len(ended_early.epochs) == 3
    settings["early_stopping"] = {"patience": 4}
    history = fit_stages(task(plain(), training=settings, resume=True, **given))
    assert len(history.epochs) == 5
    assert history.best_epoch == 1
