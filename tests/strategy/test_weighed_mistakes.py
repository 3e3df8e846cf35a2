"""Ceilings where an answer can be wrong in part: what is left is the error without the tagged."""

import numpy as np
import pytest

from dlsuite.strategy.error_analysis import error_analysis

# Of eight pictures three are right; in eighths of an error.
ERRORS = np.array([8, 4, 4, 2, 2, 0, 0, 0]) / 8
WRONG = ERRORS[ERRORS > 0]
DARK = np.array([True, False, True, False, False])
SMALL = np.array([True, True, False, False, False])


def test_a_tag_solved_leaves_the_mean_error_of_the_others():
    found = error_analysis(ERRORS, {"dark": DARK, "small": SMALL}, errors=WRONG)
    assert (found.examples, found.mistakes, found.in_parts) == (8, 5, True)
    assert found.error.estimate == pytest.approx(20 / 64)
    by_name = {each.tag: each for each in found.ceilings}
    assert by_name["dark"].fall.estimate == pytest.approx((8 + 4) / 64)
    assert by_name["dark"].after.estimate == pytest.approx((4 + 2 + 2) / 64)
    assert by_name["dark"].share.estimate == pytest.approx(12 / 20)
    assert found.untagged.share.estimate == pytest.approx(4 / 20)
    # Solving both leaves the two pictures that have neither tag.
    assert [step.after.estimate for step in found.steps][-1] == pytest.approx(4 / 64)
    for each in by_name.values():
        assert each.fall.low <= each.fall.estimate <= each.fall.high
        assert each.fall.estimate + each.after.estimate == pytest.approx(found.error.estimate)
        assert 0 <= each.share.low <= each.share.high <= 1


def test_one_mistake_that_is_all_wrong_comes_before_two_that_are_hardly_so():
    tags = {"many": np.array([False, False, False, True, True]), "grave": DARK & SMALL}
    found = error_analysis(ERRORS, tags, errors=WRONG)
    assert [each.tag for each in found.ceilings] == ["grave", "many"]
    assert [each.count for each in found.steps] == [1, 2]


def test_numbers_that_are_all_whole_say_what_booleans_do():
    wrong = np.arange(200) < 80
    tag = np.arange(80) % 4 == 0
    plain = error_analysis(wrong, {"t": tag})
    weighed = error_analysis(wrong.astype(float), {"t": tag}, errors=np.ones(80))
    assert weighed.ceilings[0].fall.estimate == pytest.approx(plain.ceilings[0].fall.estimate)
    assert weighed.ceilings[0].after.high == pytest.approx(plain.ceilings[0].after.high, abs=0.02)


def test_intervals_of_falls_hold_at_their_rate():
    """100 draws of 200 answers of known kinds; a fall of 0.2 * 0.5 * 0.6 of the error in truth."""
    random, held = np.random.default_rng(0), 0
    for _ in range(100):
        wrong = random.random(200) < 0.2
        errors = wrong * random.choice([0.2, 1.0], 200)  # 0.6 in the mean
        tag = random.random(200) < 0.5
        found = error_analysis(errors, {"t": tag[errors > 0]}, errors=errors[errors > 0])
        fall = found.ceilings[0].fall
        held += fall.low <= 0.2 * 0.5 * 0.6 <= fall.high
    assert 0.88 <= held / 100 <= 0.99


def test_of_mistakes_drawn_from_more_the_falls_still_add_up_to_the_error():
    random = np.random.default_rng(1)
    errors = np.where(random.random(500) < 0.4, random.random(500), 0)
    looked = random.permutation(np.flatnonzero(errors))[:60]
    tag = np.arange(60) % 3 == 0
    found = error_analysis(errors, {"t": tag}, errors=errors[looked])
    only = found.ceilings[0]
    assert only.fall.estimate + only.after.estimate == pytest.approx(errors.mean())
    assert only.share.estimate == pytest.approx(errors[looked][tag].sum() / errors[looked].sum())


@pytest.mark.parametrize(
    ("wrong", "errors", "message"),
    [
        (ERRORS, None, "`errors` must be given.*missing"),
        (ERRORS > 0, WRONG, "`errors` must be given.*wrong of bool, errors given"),
        (2 * ERRORS, WRONG, r"`wrong` must be in \[0, 1\]. Received: 0.0 to 2.0"),
        (ERRORS, 2 * WRONG, r"`errors` must be in \[0, 1\]"),
        (ERRORS, WRONG[:4], "Received: tags of 4, 5"),
    ],
)
def test_numbers_and_booleans_are_not_mixed(wrong, errors, message):
    with pytest.raises(ValueError, match=message):
        error_analysis(wrong, {"dark": DARK}, errors=errors)
