"""The confusion matrix: counts, shading, names."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import confusion_matrix


def table(pairs):
    return pd.DataFrame(pairs, columns=["label", "predicted"])


def test_cells_hold_counts_and_are_shaded_by_share_of_the_true_class(drawn):
    pairs = [("ant", "ant")] * 3 + [("ant", "bee")] + [("bee", "bee")] * 2
    figure = drawn(confusion_matrix(table(pairs), ["ant", "bee", "cat"]))
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0", "2", "0", "0", "0", "0"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.75, 0.25, 0], [0, 1, 0], [0, 0, 0]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ant", "bee", "cat"]
    assert figure.get_suptitle() == "83.3% of 6 right"
    assert axes.texts[0].get_color() == "white"
    assert axes.texts[1].get_color() == "black"


@pytest.mark.parametrize("classes", [2, 25, 100])
def test_nothing_is_cut_off_at_any_number_of_long_names(classes, drawn):
    names = [f"{number} of a very long name" for number in range(classes)]
    labels = np.random.default_rng(0).choice(names, size=(500, 2))
    figure = drawn(confusion_matrix(table(labels), names, title="all"))
    axes = figure.axes[0]
    assert len(axes.texts) == (classes**2 if classes <= 25 else 0)
    assert len(axes.get_xticklabels()) <= 60
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {0 if classes == 2 else 45}
    assert max(figure.get_size_inches()) < 17


def test_short_names_stand_upright(drawn):
    names = [str(number) for number in range(10)]
    figure = drawn(confusion_matrix(table([("1", "2")]), names))
    assert {label.get_rotation() for label in figure.axes[0].get_xticklabels()} == {0}


def test_names_may_be_numbers_or_hold_a_dollar(drawn):
    drawn(confusion_matrix(table([(1, 2), (2, 2)]), [1, 2]))
    drawn(confusion_matrix(table([("$a_b$", "$")]), ["$a_b$", "$"]))


@pytest.mark.parametrize(
    ("pairs", "message"),
    [([("ant", "wasp")], r"Received: \['wasp'\] in 1 rows"), ([], r"Received: \[\] in 0 rows")],
)
def test_rows_without_a_known_class_are_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(table(pairs), ["ant", "bee"])
