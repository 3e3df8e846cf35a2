"""How far a gap moved between two runs on the same examples."""

import numpy as np
import pytest

from dlsuite.strategy.errors import Scale, SplitError
from dlsuite.strategy.moved import error_moved, moved

SCALE = Scale("1 - accuracy", percent=True)


def split(wrong, *, keys=None):
    wrong = np.asarray(wrong, bool)
    names = np.array([str(i) for i in range(len(wrong))]) if keys is None else np.asarray(keys)
    return SplitError(float(wrong.mean()), wrong, names)


def drawn(rate, count=2000, seed=0):
    return split(np.random.default_rng(seed).random(count) < rate)


def test_a_gap_that_narrows_is_told_with_its_interval():
    before = {"train": drawn(0.01), "dev": drawn(0.20, seed=1)}
    after = {"train": drawn(0.02), "dev": drawn(0.10, seed=1)}
    move = moved("variance", before, after, reference=0.0)
    assert move.finding == "narrowed"
    start = before["dev"].value - before["train"].value
    end = after["dev"].value - after["train"].value
    assert (move.before, move.after) == pytest.approx((start, end))
    assert move.interval[0] < move.by < move.interval[1] < 0
    assert move.text(SCALE).startswith(f"variance {SCALE.text(start)} -> ")
    assert move.text(SCALE).endswith("narrowed")


def test_bias_is_measured_from_the_reference_and_may_widen():
    before, after = {"train": drawn(0.10)}, {"train": drawn(0.20)}
    move = moved("bias", before, after, reference=0.05)
    assert move.before == pytest.approx(before["train"].value - 0.05)
    assert move.finding == "widened"


def test_a_change_within_the_noise_is_no_move():
    before = {"dev": drawn(0.10, 100, seed=2)}
    after = {"dev": drawn(0.10, 100, seed=3)}
    move = error_moved("dev", before, after)
    assert move.finding == "not moved beyond noise"
    assert move.interval[0] <= 0 <= move.interval[1]


def test_variance_ends_at_train_dev_where_there_is_one():
    before = {"train": drawn(0.0), "train_dev": drawn(0.1, seed=1), "dev": drawn(0.3, seed=2)}
    after = {"train": drawn(0.0), "train_dev": drawn(0.1, seed=1), "dev": drawn(0.1, seed=2)}
    assert moved("variance", before, after, 0.0).by == 0
    assert moved("mismatch", before, after, 0.0).finding == "narrowed"


def test_plain_numbers_have_no_interval():
    move = moved("bias", {"train": SplitError(0.3)}, {"train": SplitError(0.2)}, 0.1)
    assert (move.interval, move.finding) == (None, "narrowed")
    assert move.text(SCALE) == "bias 20.0 % -> 10.0 %: narrowed"


def test_other_examples_are_independent_ones_and_tell_less():
    before, same = drawn(0.2, 500), drawn(0.15, 500)
    other = SplitError(same.value, same.examples, np.array([f"other {i}" for i in range(500)]))
    paired, free = (error_moved("dev", {"dev": before}, {"dev": each}) for each in (same, other))
    assert paired.by == free.by
    width = free.interval[1] - free.interval[0]
    assert width > 1.3 * (paired.interval[1] - paired.interval[0])
    # Normal: 1.96 times the root of both variances, twice.
    spread = sum(e.value * (1 - e.value) / 500 for e in (before, same)) ** 0.5
    assert width == pytest.approx(2 * 1.96 * spread, rel=0.1)


@pytest.mark.parametrize("trials", [80, pytest.param(300, marks=pytest.mark.slow)])
def test_intervals_hold_no_change_as_often_as_they_say(trials):
    rng, held = np.random.default_rng(0), 0
    for _ in range(trials):
        hard_train, hard_dev = rng.random(300), rng.random(300)
        runs = []
        for _ in range(2):  # two runs of equal rates on the same examples
            runs.append(
                {
                    "train": split(hard_train + rng.normal(0, 0.2, 300) < 0.1),
                    "dev": split(hard_dev + rng.normal(0, 0.2, 300) < 0.2),
                }
            )
        low, high = moved("variance", *runs, 0.0).interval
        held += low <= 0 <= high
    assert held / trials >= 0.92


@pytest.mark.parametrize(
    ("gap", "message"), [("size", "must be one of bias"), ("mismatch", "needs errors on train_dev")]
)
def test_what_cannot_be_told_is_refused(gap, message):
    both = {"train": drawn(0.1), "dev": drawn(0.1)}
    with pytest.raises(ValueError, match=message):
        moved(gap, both, both, 0.0)
