"""Every schedule against numbers worked by hand; ten steps an epoch unless said otherwise."""

import keras
import pytest

from dlsuite.training import schedules


def rates(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_constant_is_a_plain_number():
    assert schedules.constant(0.01) == 0.01


def test_step_halves_every_second_epoch():
    schedule = schedules.step(0.8, every=2, factor=0.5, steps_per_epoch=10)
    assert rates(schedule, [0, 19, 20, 39, 40]) == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2])


def test_milestones_drop_on_the_first_step_after_the_epoch():
    schedule = schedules.milestones(0.1, at=[1, 3], factor=0.1, steps_per_epoch=10)
    assert rates(schedule, [0, 9, 10, 29, 30]) == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001])


def test_milestones_must_ascend():
    with pytest.raises(ValueError, match=r"`at` must ascend.*Received: at=\[3, 1\]"):
        schedules.milestones(0.1, at=[3, 1], factor=0.1, steps_per_epoch=10)


def test_exponential_keeps_nine_tenths_of_the_rate_each_epoch():
    schedule = schedules.exponential(1.0, factor=0.9, steps_per_epoch=10)
    assert rates(schedule, [0, 5, 10, 20]) == pytest.approx([1.0, 0.9**0.5, 0.9, 0.81])


def test_cosine_is_halfway_in_the_middle_and_final_at_the_end():
    schedule = schedules.cosine(0.2, final=0.1, steps_per_epoch=10, epochs=4)
    # 0.1 + 0.05 * (1 + cos(pi * t)), t = 0, 1/4, 1/2, 1.
    expected = [0.2, 0.1 + 0.05 * (1 + 2**-0.5), 0.15, 0.1]
    assert rates(schedule, [0, 10, 20, 40]) == pytest.approx(expected)


def test_warmup_climbs_in_equal_steps_and_wastes_none():
    schedule = schedules.warmup_constant(0.5, warmup_epochs=0.5, steps_per_epoch=10)
    assert rates(schedule, range(6)) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5])


def test_warmup_step_counts_its_stairs_from_the_end_of_the_climb():
    schedule = schedules.warmup_step(0.4, every=1, factor=0.5, warmup_epochs=1, steps_per_epoch=4)
    expected = [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.2]
    assert rates(schedule, range(9)) == pytest.approx(expected)


def test_warmup_exponential_falls_from_the_end_of_the_climb():
    schedule = schedules.warmup_exponential(1.0, factor=0.25, warmup_epochs=1, steps_per_epoch=2)
    assert rates(schedule, range(5)) == pytest.approx([0.5, 1.0, 1.0, 0.5, 0.25])


def test_warmup_cosine_ends_with_the_run():
    schedule = schedules.warmup_cosine(
        0.1, warmup_epochs=1, final=0.0, steps_per_epoch=10, epochs=5
    )
    assert rates(schedule, [0, 9, 10, 30, 50]) == pytest.approx([0.01, 0.1, 0.1, 0.05, 0.0])


def test_a_run_shorter_than_its_warmup_only_climbs():
    schedule = schedules.warmup_cosine(0.1, warmup_epochs=2, steps_per_epoch=10, epochs=1)
    assert rates(schedule, [0, 9]) == pytest.approx([0.005, 0.05])


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.warmup_constant(0.1, steps_per_epoch=3),
        schedules.warmup_cosine(0.1, steps_per_epoch=3, epochs=4),
    ],
)
def test_an_optimizer_with_a_warmup_survives_its_own_config(schedule):
    optimizer = keras.optimizers.SGD(learning_rate=schedule)
    twin = keras.optimizers.SGD.from_config(optimizer.get_config())
    assert rates(twin._learning_rate, range(12)) == rates(schedule, range(12))


def test_the_room_offers_exactly_the_documented_names():
    assert all(callable(getattr(schedules, name)) for name in schedules.__all__)
    assert "Warmup" not in schedules.__all__
