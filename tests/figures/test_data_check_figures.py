"""Pictures of data before training: every class, size and column that they say they show."""

import numpy as np
import pytest

from dlsuite.figures.data_check import (
    MOST_COLUMNS,
    MOST_SPOTS,
    box_sizes,
    class_counts,
    columns,
    picture_sizes,
)


def bars(figure) -> dict[str, list[float]]:
    (axes,) = figure.axes
    return {c.get_label(): [bar.get_width() for bar in c] for c in axes.containers}


def names(figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_classes_stand_by_size_with_a_bar_for_each_split():
    figure = class_counts({"train": {"ant": 3, "bee": 9}, "test": {"ant": 1, "bee": 2, "$x$": 0}})
    assert names(figure) == ["bee", "ant", "$x$"]
    assert bars(figure) == {"train": [9, 3, 0], "test": [2, 1, 0]}
    assert figure.get_suptitle() == "3 classes"


def test_of_many_classes_the_largest_and_smallest_are_shown():
    figure = class_counts({"train": {f"c{i}": i for i in range(100)}})
    assert names(figure)[0] == "c99"
    assert names(figure)[-1] == "c0"
    assert len(names(figure)) == 60
    assert figure.get_suptitle() == "100 classes, the 30 largest and the 30 smallest"


def test_sizes_grow_with_how_many_have_them():
    figure = picture_sizes([((10, 20), 30), ((40, 5), 10)])
    (spots,) = figure.axes[0].collections
    assert spots.get_offsets().tolist() == [[20, 10], [5, 40]]
    small, large = sorted(spots.get_sizes())
    assert large > small
    assert figure.get_suptitle() == "2 sizes of 40 pictures"


def test_a_panel_for_each_column():
    values = {
        "size": np.array([1.0, 2.0, np.nan, 2.5]),
        "colour": np.array(["red", "blue", "red", "red"], object),
    }
    figure = columns(values)
    assert [axes.get_title() for axes in figure.axes] == ["size", "colour"]
    assert sum(bar.get_height() for bar in figure.axes[0].patches) == 3
    assert [bar.get_width() for bar in figure.axes[1].patches] == [3, 1]


def test_of_many_columns_the_first_are_drawn():
    figure = columns({f"x{i}": np.arange(3.0) for i in range(30)})
    assert len(figure.axes) == MOST_COLUMNS
    assert figure.get_suptitle() == "30 columns, the first 24"


def test_a_column_without_any_value_is_drawn_empty():
    figure = columns({"x": np.array([np.nan, np.nan])})
    assert len(figure.axes) == 1


@pytest.mark.parametrize("draw", [class_counts, columns])
def test_nothing_to_draw_is_an_error(draw):
    with pytest.raises(ValueError, match="must hold at least one"):
        draw({})
    with pytest.raises(ValueError, match="must hold at least one"):
        picture_sizes([])


def spots(figure) -> dict[str, list[list[float]]]:
    return {s.get_label(): s.get_offsets().tolist() for s in figure.axes[0].collections}


def test_each_box_is_a_spot_in_the_colour_of_its_class():
    sides = np.array([[10, 20], [30, 5], [40, 40]])
    figure = box_sizes(sides, np.array([1, 0, 1]), ["ant", "bee", "none"])
    drawn = {name: sorted(found) for name, found in spots(figure).items()}
    assert drawn == {"bee": [[10, 20], [40, 40]], "ant": [[30, 5]]}
    assert figure.get_suptitle() == "3 boxes"


def test_of_many_classes_the_frequent_are_told_apart_and_of_many_boxes_some_are_drawn():
    labels = np.concatenate([np.arange(9), np.arange(7), np.zeros(MOST_SPOTS, int)])
    few = box_sizes(np.full((16, 2), 3.0), labels[:16], [f"c{n}" for n in range(9)])
    assert len(spots(few)["other classes"]) == 2
    assert set(spots(few)) == {"other classes", *(f"c{n}" for n in range(7))}
    many = box_sizes(np.full((len(labels), 2), 3.0), labels, [f"c{n}" for n in range(9)])
    assert sum(map(len, spots(many).values())) == MOST_SPOTS
    with pytest.raises(ValueError, match="at least one box"):
        box_sizes(np.zeros((0, 2)), np.zeros(0, int), ["ant"])
