"""The benchmark of the R-CNN family counts the search for those that wait for it."""

import pytest

from benchmarks.rcnn_family import HEIGHT, SEARCH, WIDTH, drawn, ratios


def test_a_search_counts_for_each_net_that_waits_for_it():
    took = {
        SEARCH: [1.0, 2.0],
        "rcnn": [9.0, 8.0],
        "fast_rcnn": [1.0, 0.5],
        "faster_rcnn": [0.5, 1],
    }
    expected = {
        "Fast R-CNN against R-CNN, with their searches": [2 / 10, 2.5 / 10],
        "Fast R-CNN against R-CNN, without the searches": [1 / 9, 0.5 / 8],
        "Faster R-CNN against Fast R-CNN, with the search of the latter": [0.5 / 2, 1 / 2.5],
        "Faster R-CNN against R-CNN, with the search of the latter": [0.5 / 10, 1 / 10],
    }
    found = {row.name: row.values for row in ratios(took)}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name] == pytest.approx(values)


def test_every_picture_is_another_one_of_the_size_that_is_told():
    pictures = drawn(2)
    assert [picture.shape for picture in pictures] == [(HEIGHT, WIDTH, 3)] * 2
    assert (pictures[0] != pictures[1]).any()
