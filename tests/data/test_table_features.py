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
