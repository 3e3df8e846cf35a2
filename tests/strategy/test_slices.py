"""Slices hold what their names say, and only those that chance does not explain are found."""

import numpy as np
import pytest

from dlsuite.strategy.slices import class_pair, slice_errors, slices


def pictures(count=100, **others):
    names = ("brightness", "contrast", "sharpness", "height", "width", "saturation")
    return dict.fromkeys(names, np.arange(count, dtype=float)) | others


def test_pictures_are_sliced_by_what_people_call_them():
    found = slices(pictures(brightness=np.arange(100.0)[::-1], width=np.ones(100)))
    assert set(found) == {"blurry", "dark", "bright", "low contrast", "small", "large"}
    assert np.flatnonzero(found["dark"]).tolist() == list(range(90, 100))
    assert np.flatnonzero(found["bright"]).tolist() == list(range(10))
    assert np.flatnonzero(found["small"]).tolist() == list(range(10))  # by area


def test_pictures_of_one_size_are_neither_small_nor_large():
    found = slices(pictures(height=np.full(100, 28.0), width=np.full(100, 28.0)))
    assert "small" not in found
    assert "large" not in found


def test_numbers_texts_categories_and_gaps_are_sliced():
    ages = np.append(np.arange(40.0), [np.nan] * 10)
    towns = np.array(["Rome"] * 30 + ["Oslo"] * 17 + [""] * 3)
    notes = np.array(["x" * (n + 1) for n in range(50)])
    found = slices({"age": ages, "town": towns, "note": notes})
    assert set(found) == {
        *("age missing", "town = Rome", "town = Oslo", "short note", "long note")
    }  # tenths of 40 are 4, and a slice has 5; so 3 without a town
    assert found["age missing"].sum() == 10
    assert np.flatnonzero(found["long note"]).tolist() == [45, 46, 47, 48, 49]


def test_where_many_are_equal_a_tenth_is_what_lies_beyond_them():
    zeros = np.append(np.zeros(80), np.arange(1.0, 21.0))
    found = slices({"sales": zeros})
    assert "sales low" not in found
    assert np.flatnonzero(found["sales high"]).tolist() == list(range(90, 100))
    three = slices({"rank": np.repeat([1.0, 2.0, 3.0], [40, 20, 40])})
    assert three == {}


def test_what_is_usual_is_said_by_some_of_the_examples_alone():
    values = np.append(np.arange(100.0), [1000.0] * 50)
    usual = np.arange(150) < 100
    found = slices({"x": values}, usual)
    assert found["x high"].sum() == 60
    assert slices({}) == {}


def test_a_planted_slice_is_found_and_others_are_not():
    generator = np.random.default_rng(0)
    members = {f"noise {n}": generator.random(2000) < 0.1 for n in range(8)}
    members["night"] = generator.random(2000) < 0.1
    members["day"] = ~members["night"]
    members["nobody"] = np.zeros(2000, bool)
    wrong = generator.random(2000) < np.where(members["night"], 0.4, 0.05)
    found = slice_errors(members, wrong)
    assert [each.name for each in found if each.finding] == ["night", "day"]
    first, last = found[0], found[-1]
    assert (first.name, first.finding) == ("night", "worse")
    assert (last.name, last.finding) == ("day", "better")
    assert first.error == pytest.approx(wrong[members["night"]].mean())
    assert first.elsewhere == pytest.approx(wrong[members["day"]].mean())
    assert first.mistakes == (wrong & members["night"]).sum()
    assert first.difference.estimate == pytest.approx(first.error - first.elsewhere)


def test_slices_without_effect_are_hardly_ever_found():
    """Of 8 slices in 40 splits at most the nominal 5 % of the splits have any, with a margin."""
    generator = np.random.default_rng(3)
    alarms = 0
    for seed in range(40):
        members = {str(n): generator.random(400) < 0.1 for n in range(8)}
        wrong = generator.random(400) < 0.1
        alarms += any(each.finding for each in slice_errors(members, wrong, seed=seed))
    assert alarms <= 6  # binomial(40, 0.05) exceeds it once in 300


def test_a_class_taken_for_another_has_a_name():
    assert class_pair("4", "9") == "4 taken for 9"
