"""The trial of resuming finds nothing where all is well, and finds what is not."""

import numpy as np
import pytest

from dlsuite.studies import verify_resume as trial
from dlsuite.studies.killing import PHASES
from dlsuite.studies.trial import End, Trial, VerificationError
from dlsuite.studies.verify_resume import IN_FORCE, verify_resume

WINE = ("pipelines.tabular:pipeline", "wine_mlp")
SHORT = ["training.epochs=3", "baseline=null"]
MEASURED = {"history": [], "initial": {}, "best_epoch": None, "stopped_early": False}
NOTES = {**MEASURED, "scores": {}, "steps": [6]}


@pytest.mark.slow
def test_a_killed_training_ends_as_one_left_in_peace():
    found = verify_resume(*WINE, SHORT, kills=3, seed=4, every="3 steps")
    assert found.differences == ()
    assert found.holds
    assert {kill.kind for kill in found.kills} == set(trial.KINDS)
    assert all(kill.torn for kill in found.kills if kill.kind == "written")
    assert found.compared["weights"] > 500
    assert found.compared["optimizer"] > 1000
    assert found.compared["delivered"] >= 3 * 4


@pytest.mark.slow
def test_a_cross_validation_is_killed_in_every_one_of_its_trainings():
    words = [*SHORT, "data.split=auto", "evaluation.folds=2", "expect={}"]
    found = verify_resume(*WINE, words, kills=4, seed=1, every="3 steps")
    assert found.differences == ()


@pytest.mark.slow
@pytest.mark.parametrize("phase", PHASES)
def test_every_moment_of_writing_is_hit(phase, tmp_path):
    order = {"pipeline": WINE[0], "recipe": WINE[1]}
    killing = Trial(tmp_path, order, [*SHORT, *IN_FORCE])
    share = (PHASES.index(phase) + 0.1) / len(PHASES)
    moment = {"training": 0, "step": 9, "kind": "written", "share": share, "span": 0.01}
    left = killing.kill("killed", moment, None)
    killing.close()
    # Which epoch's it is depends on how long the one before takes to be written.
    expected = {
        "half": {".npz.part"},
        "unnamed": {".npz.part"},
        "alone": {".npz"},
        "unlisted": {".npz", ".json.part"},
        "named": set(),
    }
    assert {name.removeprefix("epoch-")[6:] for name in left.unfinished} == expected[phase]


@pytest.mark.slow
def test_sigterm_within_a_step_loses_no_step_and_closes_in_time(tmp_path):
    order = {"pipeline": WINE[0], "recipe": WINE[1]}
    asking = Trial(tmp_path, order, [*SHORT, *IN_FORCE])
    moment = {"training": 0, "step": 9, "kind": "asked", "share": 0.5, "span": 0.01}
    left = asking.kill("asked", moment, None)
    asking.close()
    steps = left.parting["steps"][-1]
    epochs, _, within = left.newest.removeprefix("epoch-").partition("-step-")
    assert steps >= 9
    assert 7 * int(epochs) + int(within or 0) >= steps


def test_one_bit_is_a_difference():
    whole = End({"state/model/0": np.array([1.0, 2.0], "float32")}, NOTES, {"epoch/loss": [(1, 2)]})
    bit = np.array([1.0, np.nextafter(np.float32(2), np.float32(3))], "float32")
    twice = {"epoch/loss": [(1, 2), (1, 2)]}
    parts = End({"state/model/0": bit}, {**NOTES, "best_epoch": 3}, twice)
    assert list(trial._differing(whole, parts)) == [
        ("state/model/0 differs in 1 of 2 numbers", 1),
        ("best_epoch: 3, was null", 1),
        ("delivered epoch/loss: [(1, 2), (1, 2)], was [(1, 2)]", 1),
    ]
    assert list(trial._differing(whole, whole)) == []


def test_zero_and_minus_zero_differ_and_nan_is_nan():
    before, after = np.array([0.0, np.nan, 1.0]), np.array([-0.0, np.nan, 1.0])
    assert trial._bits_differing(before, after) == 1


def test_moments_are_in_order_of_every_kind_and_in_every_training():
    found = trial.moments([40, 40, 20], 30, seed=0)
    places = [(moment["training"], moment["step"]) for moment in found]
    assert places == sorted(places)
    assert {training for training, _ in places} == {0, 1, 2}
    assert all(1 <= step <= 40 for _, step in places)
    assert {moment["kind"] for moment in found} == set(trial.KINDS)
    with pytest.raises(VerificationError, match="A run of 1 step cannot be killed"):
        trial.moments([1], 1, seed=0)


def test_a_recipe_that_fails_is_told_with_its_words():
    with pytest.raises(VerificationError, match=r"The training failed\. .*training\.epochs"):
        verify_resume("pipelines.tabular:pipeline", "wine_mlp", ["training.epochs=0"], kills=1)
