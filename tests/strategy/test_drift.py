"""Drift is found where it was planted, said in words, and not cried where there is none."""

import numpy as np
import pytest

from dlsuite.strategy import two_samples
from dlsuite.strategy.drift import LEVEL, Sample, drift
from dlsuite.strategy.shift_words import Direction, category_words, number_words
from dlsuite.strategy.two_samples import (
    adjusted,
    compare_by_classifier,
    compare_categories,
    compare_numbers,
)

DRAWS = 200
MOST = 18  # false alarms: more of 200 have a chance of 1 in 200 at the nominal level


def table(generator, count, shift=0.0):
    """Six columns that go together, two of which are rounded, and a category."""
    numbers = generator.normal(size=(count, 6)) @ np.triu(np.ones((6, 6)))
    numbers[:, 4:] = np.round(numbers[:, 4:])
    numbers[:, 0] += shift * numbers[:, 0].std()
    inputs = {f"x{i}": numbers[:, i] for i in range(6)}
    return Sample(
        labels={"label": generator.choice(list("abc"), count, p=[0.6, 0.3, 0.1])},
        inputs={**inputs, "zip": generator.choice(list("pqrst"), count)},
        answers={"confidence": generator.uniform(size=count)},
    )


def test_where_nothing_drifts_at_most_one_look_in_twenty_finds_something(monkeypatch):
    monkeypatch.setattr(two_samples, "TREES", 3)
    alarms = sure = by_classifier = 0
    areas = []
    for seed in range(DRAWS):
        generator = np.random.default_rng(seed)
        found = drift(table(generator, 40), table(generator, 50), seed=seed)
        alarms += bool(found.found)
        sure += any(shift.adjusted <= LEVEL for shift in found.shifts)
        (joint,) = found.of("inputs as a whole")
        by_classifier += joint.p_value <= LEVEL
        areas.append(joint.effect)
    assert alarms <= sure <= LEVEL * DRAWS
    assert by_classifier <= MOST
    assert np.mean(areas) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("counts", [(30, 40), (500, 700)])
def test_each_test_alone_keeps_its_level(counts):
    generator = np.random.default_rng(7)
    few, many = counts
    p_values = [
        [
            compare_numbers(generator.normal(size=few), generator.normal(size=many)).p_value,
            compare_categories(generator.choice(8, few), generator.choice(8, many), seed).p_value,
        ]
        for seed in range(DRAWS)
    ]
    assert (np.array(p_values) <= LEVEL).sum(axis=0).max() <= MOST


def test_a_shifted_column_is_named_with_its_effect():
    generator = np.random.default_rng(0)
    found = drift(table(generator, 300), table(generator, 300, shift=0.8))
    inputs = [shift for shift in found.of("inputs") if shift.found]
    assert [shift.name for shift in inputs] == ["x0"]
    assert inputs[0].text.startswith("x0: higher by 0.")
    assert "standard deviations (mean x0" in inputs[0].text


def test_changed_labels_and_answers_are_named():
    generator = np.random.default_rng(0)
    before, after = table(generator, 400), table(generator, 400)
    after = Sample(
        labels={"label": generator.choice(list("abd"), 400, p=[0.2, 0.3, 0.5])},
        inputs=after.inputs,
        answers={"confidence": generator.uniform(0, 0.6, 400)},
    )
    found = drift(before, after)
    assert {shift.of for shift in found.found} == {"labels", "answers"}
    label = found.of("labels")[0]
    assert label.effect == pytest.approx(0.5, abs=0.08)
    assert label.text.startswith("label: more d (")
    assert "values that were not there before" in label.text
    assert "confidence: lower by" in found.of("answers")[0].text


def test_what_goes_together_otherwise_is_seen_by_the_classifier_alone():
    generator = np.random.default_rng(1)
    first = generator.normal(size=300)
    second = generator.normal(size=300)
    before = Sample(inputs={"a": first, "b": first + 0.3 * generator.normal(size=300)})
    after = Sample(inputs={"a": second, "b": -second + 0.3 * generator.normal(size=300)})
    found = drift(before, after)
    assert [shift.of for shift in found.found] == ["inputs as a whole"]
    assert found.found[0].effect > 0.9
    assert "the inputs differ as a whole" in found.found[0].text


def test_a_tiny_shift_is_sure_but_not_worth_a_word():
    generator = np.random.default_rng(0)
    before = Sample(inputs={"x": generator.normal(size=200_000)})
    after = Sample(inputs={"x": generator.normal(0.03, size=200_000)})
    (shift,) = drift(before, after).shifts
    assert shift.adjusted < 1e-6
    assert not shift.found


def test_a_constant_that_changed_is_found():
    before, after = (Sample(inputs={"height": np.full(50, side)}) for side in (8.0, 16.0))
    (shift,) = drift(before, after).found
    assert shift.text == "height was always 8 and is 16 on average."


def test_only_what_both_samples_have_is_compared_and_nothing_of_nothing():
    numbers = np.arange(30.0)
    found = drift(Sample(inputs={"a": numbers}), Sample(inputs={"b": numbers}))
    assert found.shifts == ()
    assert drift(Sample(), Sample()).to_dict() == []


def test_numbers_against_texts_are_compared_as_texts_and_what_is_missing_is_left_out():
    numbers = np.array([1.0, np.nan, 2.0, np.inf] * 10)
    texts = np.array(["1.0", "3", "2.0", "3"] * 10)
    (shift,) = drift(Sample(inputs={"a": numbers}), Sample(inputs={"a": texts})).shifts
    assert shift.test == "chi-square"


def test_features_are_looked_at_together_with_columns():
    generator = np.random.default_rng(0)
    before, after = (
        Sample(
            inputs={"brightness": generator.normal(size=60)},
            features=generator.normal(centre, size=(60, 5)).astype(np.float32),
        )
        for centre in (0.0, 2.0)
    )
    assert [shift.of for shift in drift(before, after).found] == ["inputs as a whole"]


def test_directions_make_words():
    old, new = np.linspace(0.3, 0.4, 50), np.linspace(0.22, 0.32, 50)
    told = Direction("Pictures", "brighter", "darker")
    assert number_words("brightness", old, new, told) == (
        "Pictures are darker by 2.7 standard deviations (mean brightness 0.27, was 0.35)."
    )


def test_spread_and_shape_have_words_too():
    old = np.linspace(-1, 1, 101)
    assert number_words("x", old, 2 * old, None) == (
        "x varies more: its standard deviation is 2 times what it was."
    )
    assert "varies less" in number_words("x", old, old / 2, None)
    two_ends = np.repeat([-0.58, 0.58], 50)
    assert "distributed otherwise about the same mean" in number_words("x", old, two_ends, None)
    thousands = 1e4 * (old + 1)
    text = number_words("x", thousands, thousands + 2e4, None)
    assert text.endswith("(mean x 30,000, was 10,000).")


def test_category_words_name_the_largest_changes():
    before, after = np.array(list("aaab" * 25)), np.array(list("abbb" * 25))
    assert category_words("kind", before, after) == (
        "kind: more b (75 %, was 25 %), fewer a (25 %, was 75 %)."
    )
    assert category_words("kind", before, before) == "kind: the same shares."


def test_effects_are_those_worked_by_hand():
    # Cumulative shares of 1, 2 against 2, 3: half of the first lies below all of the second.
    assert compare_numbers([1, 2], [2, 3]).effect == 0.5
    assert compare_categories(list("aab"), list("abb")).effect == pytest.approx(1 / 3)
    assert compare_categories(["a"] * 5, ["a"] * 9) == (1.0, 0.0)


def test_rare_categories_get_the_p_value_of_random_tables():
    from scipy.stats import fisher_exact

    before, after = ["a"] * 9 + ["b"], ["a"] * 4 + ["b"] * 6
    exact = fisher_exact([[9, 1], [4, 6]]).pvalue
    assert compare_categories(before, after).p_value == pytest.approx(exact, abs=0.01)


def test_frequent_categories_get_the_chi_square_p_value():
    from scipy.stats import chi2_contingency

    expected = chi2_contingency([[90, 60], [70, 80]], correction=False).pvalue
    before, after = ["a"] * 90 + ["b"] * 60, ["a"] * 70 + ["b"] * 80
    assert compare_categories(before, after).p_value == pytest.approx(expected)


def test_too_few_examples_teach_no_classifier():
    assert compare_by_classifier(np.zeros((19, 2)), np.zeros((50, 2))) is None


def test_adjusted_p_values_are_those_of_benjamini_and_hochberg():
    assert adjusted([0.01, 0.04, 0.03], families=2) == pytest.approx([0.06, 0.08, 0.08])
    assert len(adjusted([])) == 0


def with_gaps(generator, share, count=300):
    """Two columns that tell nothing of each other, a share of the second one missing."""
    values = generator.normal(size=(2, count))
    values[1, : round(share * count)] = np.nan
    return Sample(inputs={"age": values[0], "pay": values[1]})


@pytest.mark.parametrize("share", [0.6, 1.0])
def test_a_column_that_misses_more_than_before_is_named(share):
    generator = np.random.default_rng(0)
    found = drift(with_gaps(generator, 0.02), with_gaps(generator, share))
    names = {shift.name: shift for shift in found.found if shift.of == "inputs"}
    assert list(names) == ["pay is missing"]
    assert names["pay is missing"].effect == pytest.approx(share - 0.02)
    assert "more yes" in names["pay is missing"].text
    assert [shift.effect > 0.7 for shift in found.of("inputs as a whole")] == [True]


@pytest.mark.parametrize("share", [0.02, 0.6, 1.0])
def test_gaps_as_many_as_before_are_no_drift(share):
    generator = np.random.default_rng(1)
    assert drift(with_gaps(generator, share), with_gaps(generator, share)).found == ()


def test_a_gap_that_is_filled_with_the_usual_value_is_no_outlier():
    # With zeros for what is missing, far from all ages, a forest could tell the samples apart.
    generator = np.random.default_rng(2)
    first, second = (50 + generator.normal(size=(2, 300)) for _ in range(2))
    second[0, :9] = np.nan
    (joint,) = drift(
        *(Sample(inputs={"age": side[0], "size": side[1]}) for side in (first, second))
    ).of("inputs as a whole")
    assert not joint.found


def test_copies_of_new_examples_are_not_known_again_by_heart():
    generator = np.random.default_rng(3)
    before, after = generator.normal(size=(200, 3)), generator.normal(size=(50, 3))
    copied = compare_by_classifier(before, np.repeat(after, 6, axis=0))
    assert copied.effect < 0.65  # random halves: above 0.95


def test_equal_rows_of_few_kinds_are_told_apart_by_how_often_they_come():
    generator = np.random.default_rng(4)
    bit = generator.integers(2, size=400)
    other = generator.integers(2, size=400)
    same, opposite = np.stack([bit, bit], axis=1), np.stack([other, 1 - other], axis=1)
    assert compare_by_classifier(same, opposite).effect > 0.95
