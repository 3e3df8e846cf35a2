"""The trial of resuming finds nothing where all is well, and finds what is not."""

import numpy as np
import pytest

from dlsuite.studies import verify_resume as trial
from dlsuite.studies.verify_resume import VerificationError, verify_resume

SHORT = ["training.epochs=3", "baseline=null"]


@pytest.mark.slow
def test_a_killed_training_ends_as_one_left_in_peace():
    found = verify_resume(
        "pipelines.tabular:pipeline", "wine_mlp", SHORT, kills=1, seed=4, every="3 steps"
    )
    assert found.differences == ()
    assert found.holds
    assert len(found.kills) == 1
    assert found.compared["weights"] > 500
    assert found.compared["optimizer"] > 1000


def test_one_bit_is_a_difference():
    notes = dict.fromkeys(("history", "initial", "best_epoch", "scores", "steps"))
    whole = trial._End({"state/model/0": np.array([1.0, 2.0], "float32")}, notes)
    bit = np.array([1.0, np.nextafter(np.float32(2), np.float32(3))], "float32")
    parts = trial._End({"state/model/0": bit}, {**notes, "best_epoch": 3})
    assert list(trial._differences(whole, parts)) == [
        "state/model/0 differs in 1 of 2 numbers",
        "best_epoch: 3, was null",
    ]


def test_moments_are_in_order_and_of_every_kind():
    moments = trial._moments(100, 9, seed=0)
    steps = [moment["step"] for moment in moments]
    assert steps == sorted(steps)
    assert all(1 <= step < 100 for step in steps)
    assert {moment["kind"] for moment in moments} == set(trial.KINDS)


def test_a_recipe_that_fails_is_told_with_its_words():
    with pytest.raises(VerificationError, match=r"The training failed\. .*training\.epochs"):
        verify_resume("pipelines.tabular:pipeline", "wine_mlp", ["training.epochs=0"], kills=1)
