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
    assert figure.get_suptitle() == "83.3% of 6 examples right"
    assert axes.texts[0].get_color() == "white"
    assert axes.texts[1].get_color() == "black"


@pytest.mark.parametrize("classes", [2, 10, 20, 43, 80, 200])
def test_nothing_is_cut_off_at_any_number_of_long_names(classes, drawn):
    names = [f"{number} of a very long name" for number in range(classes)]
    labels = np.random.default_rng(0).choice(names, size=(500, 2))
    figure = drawn(confusion_matrix(table(labels), names, split="dev"))
    axes = figure.axes[0]
    assert len(axes.texts) == (classes**2 if classes <= 20 else 0)
    assert len(axes.get_xticklabels()) <= 50
    assert "of 500 dev examples right" in figure.get_suptitle()
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {0 if classes == 2 else 45}
    width, height = figure.get_size_inches()
    assert width <= 8.6 + 1e-9
    assert height < 12


def test_many_classes_are_followed_by_their_most_frequent_confusions(drawn):
    names = [f"c{number}" for number in range(30)]
    pairs = [(name, name) for name in names] + [("c3", "c7")] * 4 + [("c7", "c3")] * 2
    figure = drawn(confusion_matrix(table(pairs), names))
    (written,) = figure.axes[-1].texts
    assert written.get_text() == "4 of 5 c3 taken for c7\n2 of 3 c7 taken for c3"


def test_many_classes_without_a_mistake_need_no_list(drawn):
    names = [f"c{number}" for number in range(30)]
    figure = drawn(confusion_matrix(table([(name, name) for name in names]), names))
    assert len(figure.axes) == 2  # cells and colour bar


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
