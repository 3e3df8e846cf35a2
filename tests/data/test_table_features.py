"""Columns become standardised numbers and one-hot texts, by the statistics of training alone."""

import numpy as np

from dlsuite.data import TableStatistics, moments, table_features

COLUMNS = {"size": "number", "place": "category"}


def test_features_are_standardised_numbers_and_one_hot_texts():
    statistics = TableStatistics(COLUMNS, {"size": (10.0, 4.0)}, {"place": ("city", "country")})
    raw = {
        "size": np.array([14, 10, 8], "float32"),
        "place": np.array(["city", "country", "moon"], object),
    }
    features = table_features(statistics)(raw)
    expected = [[2, 0, 1, 0], [0, 0, 0, 1], [-1, 1, 0, 0]]
    np.testing.assert_allclose(features, expected, atol=1e-6)
    assert statistics.width == 4


def test_statistics_are_those_of_the_rows():
    rows = {"size": np.array([1.0, 3.0]), "place": np.array(["b", "a"], object)}
    statistics = TableStatistics.of(COLUMNS, rows)
    assert statistics.moments == {"size": (2.0, 1.0)}
    assert statistics.vocabularies == {"place": ("a", "b")}


def test_a_constant_column_can_be_divided_by():
    assert moments(np.array([5.0, 5.0])) == (5.0, 1.0)


def test_a_missing_number_is_the_mean_and_told_by_a_feature():
    rows = {"size": np.array([1.0, np.nan, 3.0]), "place": np.array(["b", "", "b"], object)}
    statistics = TableStatistics.of(COLUMNS, rows)
    assert statistics.moments == {"size": (2.0, 1.0)}
    assert statistics.incomplete == ("size",)
    assert statistics.vocabularies == {"place": ("", "b")}
    assert statistics.width == 5
    raw = {"size": np.array([3, np.nan], "float32"), "place": np.array(["b", ""], object)}
    features = table_features(statistics)(raw)
    np.testing.assert_allclose(features, [[1, 0, 0, 0, 1], [0, 1, 0, 1, 0]], atol=1e-6)


def test_a_number_that_training_never_misses_is_the_mean_all_the_same():
    statistics = TableStatistics({"size": "number"}, {"size": (10.0, 4.0)}, {})
    features = table_features(statistics)({"size": np.array([np.nan, 12], "float32")})
    np.testing.assert_allclose(features, [[0], [1]])


def test_a_column_of_gaps_has_no_mean():
    assert moments(np.array([np.nan, np.nan])) == (0.0, 1.0)
