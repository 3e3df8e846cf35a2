"""Curves of several runs in one picture: a colour each, dev drawn through, train dashed."""

import pytest

from dlsuite.figures.comparison import COLOURS, colours_of, overlaid_curves

ONE = [{"loss": 2.0, "dev.loss": 2.5, "dev.f1": 0.1}, {"loss": 0.05, "dev.loss": 1.5}]
TWO = [{"loss": 1.0, "dev.loss": float("nan"), "dev.f1": 0.4}]


def test_each_run_has_its_colour_in_every_panel():
    loss, metric = overlaid_curves({"a": ONE, "b": TWO}).axes
    assert (loss.get_title(), metric.get_title()) == ("loss", "f1")
    assert loss.get_yscale() == "log"
    assert metric.get_yscale() == "linear"
    assert [line.get_color() for line in loss.lines] == [COLOURS[0]] * 2 + [COLOURS[1]] * 2
    assert list(loss.lines[0].get_ydata()) == [2.0, 0.05]
    assert list(metric.lines[0].get_xdata()) == [1]  # not measured in the second epoch
    assert len(loss.lines[3].get_ydata()) == 0
    assert [line.get_linestyle() for line in loss.lines[:2]] == ["--", "-"]


def test_a_named_metric_alone():
    (axes,) = overlaid_curves({"a": [{"bleu": 3.0}]}, metric="bleu").axes
    assert axes.get_title() == "bleu"


def test_many_runs_have_colours_of_their_own():
    names = [f"fold {number}" for number in range(20)]
    assert len(set(colours_of(names).values())) == 20
    assert colours_of(names[:2]) == {"fold 0": COLOURS[0], "fold 1": COLOURS[1]}


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match=r"must hold losses or metrics. Received: \['seconds'\]"):
        overlaid_curves({"a": [{"seconds": 1.0}]})
