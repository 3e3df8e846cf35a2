"""A picture's part of mAP@0.5: parts whose mean is the figure and whose spread is its own."""

import numpy as np
import pytest

from dlsuite.metrics import mean_interval, paired_interval
from dlsuite.metrics.detection import detection_scores
from dlsuite.metrics.measures import measure_of

PLACES, SIDE = 6, 10.0  # of objects side by side


def drawn(count, seed, skill=0.75):
    """Pictures with objects of two classes, and a detector that finds some and invents others."""
    random = np.random.default_rng(seed)
    shape = (count, PLACES)
    left = np.broadcast_to(2 * SIDE * np.arange(PLACES), shape)
    low, high = np.zeros(shape), np.full(shape, SIDE)
    boxes = np.stack([left, low, left + SIDE, high], axis=-1)
    there = random.random(shape) < 0.5
    labels = np.where(there, random.integers(0, 2, shape), -1)
    hard = random.random((count, 1)) < 0.3  # what a picture's objects have in common
    found = random.random(shape) < np.where(hard, skill - 0.4, skill)
    said = np.where(there, found, random.random(shape) < 0.25)
    mixed = random.random(shape) < 0.1
    told = np.where(there & ~mixed, labels, random.integers(0, 2, shape))
    scores = np.where(there, random.beta(4, 2, shape), random.beta(2, 3, shape))
    truth = {"boxes": boxes, "labels": labels, "ignored": np.zeros(shape, bool)}
    return truth, {"boxes": boxes, "labels": np.where(said, told, -1), "scores": scores}


def scored(count, seed, skill=0.75):
    return detection_scores(np.arange(count).astype(str), *drawn(count, seed, skill), ["a", "b"])


@pytest.mark.parametrize("count", [1, 2, 30, 450])
def test_the_mean_of_the_parts_is_the_figure(count):
    scores = scored(count, 3)
    assert scores.examples["map_50_part"].mean() == pytest.approx(
        scores.values["map_50"], abs=1e-12
    )


def test_two_pictures_by_hand():
    """One class; without the picture that is missed all is found, without the other nothing is."""
    boxes = np.array([[[0, 0, 10, 10]], [[0, 0, 10, 10]]], float)
    labels = np.zeros((2, 1), int)
    truth = {"boxes": boxes, "labels": labels, "ignored": np.zeros((2, 1), bool)}
    answers = {"boxes": boxes, "labels": np.array([[0], [-1]]), "scores": np.array([[0.9], [0.0]])}
    scores = detection_scores(["x", "y"], truth, answers, ["a"])
    whole = scores.values["map_50"]  # 51 of COCO's 101 recalls
    assert whole == pytest.approx(51 / 101)
    assert scores.examples["map_50_part"].tolist() == pytest.approx([whole + 0.5, whole - 0.5])


def test_pictures_without_objects_anywhere_have_no_part():
    nothing = np.full((2, 1), -1)
    truth = {"boxes": np.zeros((2, 1, 4)), "labels": nothing, "ignored": np.zeros((2, 1), bool)}
    answers = {"boxes": np.zeros((2, 1, 4)), "labels": nothing, "scores": np.zeros((2, 1))}
    scores = detection_scores(["x", "y"], truth, answers, ["a"])
    assert "map_50" not in scores.values
    assert scores.examples["map_50_part"].isna().all()


@pytest.mark.parametrize(
    "count",
    [40, pytest.param(260, marks=pytest.mark.slow)],  # of more than 200 groups are left out
)
def test_intervals_are_about_as_wide_as_the_figure_varies(count):
    runs = [scored(count, seed) for seed in range(40)]
    spread = np.std([each.values["map_50"] for each in runs])
    true = np.mean([scored(2000, 1000 + seed).values["map_50"] for seed in range(4)])
    intervals = [mean_interval(each.examples["map_50_part"].to_numpy()) for each in runs]
    width = np.mean([each.high - each.low for each in intervals]) / (2 * 1.96)
    assert 0.8 < width / spread < 1.5
    assert np.mean([each.low <= true <= each.high for each in intervals]) >= 0.87


def test_two_detectors_are_compared_picture_by_picture():
    good, better = scored(150, 5), scored(150, 5, skill=0.8)
    measure = measure_of("map_50", [good, better])
    ahead = measure.paired(better.examples, good.examples)
    apart = measure.unpaired(better.examples, good.examples)
    assert ahead.estimate == pytest.approx(better.values["map_50"] - good.values["map_50"])
    assert ahead.high - ahead.low < 0.7 * (apart.high - apart.low)
    parts = [each.examples["map_50_part"].to_numpy() for each in (better, good)]
    assert ahead == paired_interval(*parts)
