"""The ceiling identity, intervals that hold, and an order of steps that brute force agrees with."""

from itertools import permutations

import numpy as np
import pytest

from dlsuite.metrics.intervals import product_interval
from dlsuite.strategy.error_analysis import error_analysis

SHARES = {"a": 0.2, "b": 0.4, "c": 0.3, "d": 0.1}


def wrong(count, mistakes):
    return np.arange(count) < mistakes


def test_the_ceiling_of_a_tag_is_its_share_of_the_mistakes():
    """The course's example: 100 mistakes in 1,000; 5 are dogs, 43 great cats, 61 blurry."""
    tags = {"dog": wrong(100, 5), "great cat": wrong(100, 43), "blurry": ~wrong(100, 39)}
    found = error_analysis(wrong(1000, 100), tags)
    told = {each.tag: each for each in found.ceilings}
    assert [each.tag for each in found.ceilings] == ["blurry", "great cat", "dog"]
    assert told["dog"].share.estimate == pytest.approx(0.05)
    assert told["dog"].after.estimate == pytest.approx(0.10 * (1 - 0.05))
    assert told["great cat"].after.estimate == pytest.approx(0.10 * (1 - 0.43))
    for each in found.ceilings:
        share = each.count / 100
        assert each.fall.estimate == pytest.approx(found.error.estimate * share)
        assert each.after.estimate == pytest.approx(found.error.estimate * (1 - share))
        for interval in (each.share, each.fall, each.after):
            assert interval.low < interval.estimate < interval.high


def test_steps_count_each_mistake_once_and_end_at_what_no_tag_explains():
    generator = np.random.default_rng(0)
    tags = {name: generator.random(60) < share for name, share in SHARES.items()}
    tags["never"] = np.zeros(60, bool)
    tags["inside a"] = tags["a"] & (generator.random(60) < 0.5)
    found = error_analysis(wrong(300, 60), tags)
    assert "never" not in {each.tag for each in found.ceilings}
    left = 60 - np.cumsum([each.count for each in found.steps])
    assert [each.after.estimate for each in found.steps] == pytest.approx(list(left / 300))
    assert left[-1] == found.untagged.count
    assert sum(each.fall for each in found.steps) == pytest.approx((60 - left[-1]) / 300)
    # No other order has solved more after its first step, or after the first two in this case.
    solved = {pair: int((tags[pair[0]] | tags[pair[1]]).sum()) for pair in permutations(tags, 2)}
    assert 60 - left[0] == max(column.sum() for column in tags.values())
    first = found.steps[0].tag
    assert 60 - left[1] == max(count for pair, count in solved.items() if pair[0] == first)


@pytest.mark.parametrize(("examples", "looked_at"), [(2000, None), (4000, 100)])
def test_intervals_hold_the_truth_at_their_rate_for_all_mistakes_and_for_a_sample(
    examples, looked_at
):
    error, share = 0.1, 0.3
    generator = np.random.default_rng(1)
    held, trials = 0, 120
    for trial in range(trials):
        is_wrong = generator.random(examples) < error
        tagged = generator.random(int(is_wrong.sum())) < share
        fall = product_interval(is_wrong, tagged[:looked_at], seed=trial)
        held += fall.low <= error * share <= fall.high
    # 95 % of 120, less three standard deviations of a count of so many.
    assert held >= trials * 0.95 - 3 * (trials * 0.95 * 0.05) ** 0.5


def test_an_order_that_chance_could_turn_is_told():
    close = error_analysis(wrong(500, 40), {"a": wrong(40, 16), "b": ~wrong(40, 25)})
    clear = error_analysis(wrong(500, 40), {"a": wrong(40, 30), "b": ~wrong(40, 36)})
    assert close.steps[0].tag == clear.steps[0].tag == "a"
    assert close.steps[0].unsure
    assert not clear.steps[0].unsure
    assert not clear.steps[-1].unsure


def test_notes_say_what_a_reader_should_know():
    whole = error_analysis(wrong(100, 10), {"a": wrong(10, 9), "b": ~wrong(10, 9)})
    assert whole.notes == ()
    assert whole.untagged.count == 0
    part = error_analysis(wrong(100, 40), {"a": wrong(20, 6), "b": wrong(20, 4)})
    drawn, none, several = part.notes
    assert drawn.startswith("20 of 40 mistakes were looked at")
    assert none.startswith("14 of 20 mistakes have no tag")
    assert several.startswith("Some mistakes have several tags")


def test_it_is_plain_for_scripts():
    found = error_analysis(wrong(100, 10), {"a": wrong(10, 5)}).to_dict()
    assert found["mistakes"] == found["looked_at"] == 10
    assert found["error"]["estimate"] == 0.1
    assert found["ceilings"][0]["after"]["estimate"] == pytest.approx(0.05)
    assert found["steps"][0]["after"]["low"] < 0.05
    assert found["notes"] == []


@pytest.mark.parametrize(
    ("examples", "tags", "message"),
    [
        (wrong(5, 0), {"a": []}, "There must be a mistake. Received: 5 right answers."),
        (wrong(5, 2), {"a": [False, False]}, "At least one mistake must have a tag."),
        (wrong(5, 2), {}, "At least one mistake must have a tag."),
        (wrong(5, 2), {"a": [True, False], "b": [True]}, "of which there are 2. Received: tags of"),
        (wrong(5, 2), {"a": [True] * 3}, "Received: tags of 3."),
    ],
)
def test_what_cannot_be_counted_is_refused(examples, tags, message):
    with pytest.raises(ValueError, match=message):
        error_analysis(examples, tags)
