"""Pictures of detection: which boxes are drawn where, which mistakes are counted as what."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from dlsuite.figures import detection_grid, worst_detections
from dlsuite.figures.box_labels import CLASS_COLOURS, Drawn, draw
from dlsuite.figures.look import OTHER, OURS, canvas
from dlsuite.metrics import detection_scores

NAMES = ("cat", "$dog")
CAT, DOG, NOWHERE = (10, 20, 40, 60), (50, 5, 90, 45), (0, 0, 0, 0)
# Picture 0: the cat is found, the dog is missed, one false alarm. 1: nothing there, nothing told.
# 2: both found, the cat told twice. 3: an ignored dog.
TRUTH = {
    "boxes": np.array([[CAT, DOG], [NOWHERE, NOWHERE], [CAT, DOG], [DOG, NOWHERE]], np.float32),
    "labels": np.array([[0, 1], [-1, -1], [0, 1], [1, -1]]),
    "ignored": np.array([[False] * 2] * 3 + [[True, False]]),
}
ANSWERS = {
    "boxes": np.array(
        [
            [CAT, (60, 60, 80, 90), NOWHERE],
            [NOWHERE] * 3,
            [CAT, DOG, (12, 20, 40, 60)],
            [DOG, NOWHERE, NOWHERE],
        ],
        np.float32,
    ),
    "labels": np.array([[0, 1, -1], [-1, -1, -1], [0, 1, 0], [1, -1, -1]]),
    "scores": np.array([[0.9, 0.7, 0], [0, 0, 0], [0.8, 0.75, 0.6], [0.9, 0, 0]]),
}
WHITE = "#ffffff"


def image(number=0):
    return np.full((100, 100, 3), 40 * number, np.uint8)


def boxes(axes):
    """(box, colour, style) of all that is drawn on a picture."""
    return [
        (
            tuple(map(float, patch.get_bbox().extents)),
            to_hex(patch.get_edgecolor()),
            patch.get_linestyle(),
        )
        for patch in axes.patches
        if isinstance(patch, Rectangle)
    ]


def words(axes):
    return {text.get_text() for text in axes.texts}


def test_right_wrong_missed_and_ignored_boxes_are_told_apart(drawn):
    figure = drawn(
        detection_grid(
            [image(i) for i in range(4)],
            list("abcd"),
            NAMES,
            truth=TRUTH,
            answers=ANSWERS,
            title="T",
        )
    )
    first, second, third, fourth = figure.axes
    assert boxes(first) == [
        (CAT, WHITE, "--"),
        (DOG, OTHER.lower(), "--"),
        (CAT, OURS.lower(), "-"),
        ((60, 60, 80, 90), OTHER.lower(), "-"),
    ]
    assert words(first) == {"cat 0.90", "$dog 0.70", "$dog"}
    assert boxes(second) == []
    assert [colour for _, colour, style in boxes(third) if style == "-"] == [
        *[OURS.lower()] * 2,
        OTHER.lower(),
    ]
    assert boxes(fourth) == [(DOG, WHITE, ":")]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["right", "wrong", "missed", "true box", "ignored"]
    assert [axes.get_title() for axes in figure.axes] == list("abcd")


def test_what_is_told_to_be_another_class_stands_beside_its_true_name(drawn):
    truth = {name: values[:1, :1] for name, values in TRUTH.items()}
    answers = {"boxes": [[CAT]], "labels": [[1]], "scores": [[0.9]]}
    figure = drawn(detection_grid([image()], ["a"], NAMES, truth=truth, answers=answers))
    assert words(figure.axes[0]) == {"cat", "$dog 0.90"}
    assert boxes(figure.axes[0]) == [(CAT, WHITE, "--"), (CAT, OTHER.lower(), "-")]


def test_a_box_lies_on_the_pixels_that_it_is_told_of(drawn):
    """The pixels of a bright square are framed by the line about it, to a pixel of the screen."""
    picture = np.zeros((50, 80, 3), np.uint8)
    picture[10:30, 20:60] = 255
    part = {"boxes": [[[20, 10, 60, 30]]], "labels": [[0]], "ignored": [[False]]}
    figure = drawn(detection_grid([picture], [""], [""], truth=part))
    axes = figure.axes[0]
    left, top, right, bottom = boxes(axes)[0][0]
    extent = axes.images[0].get_extent()
    assert extent == [0, 80, 50, 0]  # a pixel is one unit, its first edge a whole number
    assert picture[int(top) : int(bottom), int(left) : int(right)].min() == 255
    assert picture.sum() == 255 * 3 * (right - left) * (bottom - top)


def test_without_answers_each_class_has_its_colour(drawn):
    truth = {name: values[[0, 3]] for name, values in TRUTH.items()}
    figure = drawn(detection_grid([image()] * 2, ["a", "b\nc"], NAMES, truth=truth, columns=2))
    first, second = figure.axes
    colours = [colour for _, colour, _ in boxes(first)]
    assert colours == [colour.lower() for colour in CLASS_COLOURS[:2]]
    assert words(first) == {"cat", "$dog"}
    assert boxes(second) == [(DOG, CLASS_COLOURS[1].lower(), ":")]
    assert words(second) == {"$dog, ignored"}
    assert not figure.legends


def test_without_truth_answers_of_at_least_the_threshold_are_drawn(drawn):
    answers = {name: values[2:3] for name, values in ANSWERS.items()}
    figure = drawn(detection_grid([image()], ["a"], NAMES, answers=answers, threshold=0.7))
    assert words(figure.axes[0]) == {"cat 0.80", "$dog 0.75"}


@pytest.mark.parametrize("size", [(8, 8), (1200, 300), (300, 1200), (37, 640)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_any_size_are_drawn_with_names_inside(size, channels, drawn):
    height, width = size
    picture = np.full((height, width, channels), 0.5, np.float32)
    corners = [[0, 0, width, height], [0, 0, width / 4, height / 4]]
    part = {"boxes": [corners], "labels": [[0, 1]], "ignored": [[False] * 2]}
    figure = drawn(detection_grid([picture] * 1, ["a"], NAMES, truth=part))
    axes = figure.axes[0]
    frame = axes.get_window_extent()
    for text in axes.texts:
        within = text.get_window_extent()
        # Where the picture is flatter than a line of text, none can lie inside.
        assert within.x0 >= frame.x0 - 1
        assert within.x1 <= frame.x1 + 1
        if height > 100:
            assert frame.y0 - 1 <= within.y0 < within.y1 <= frame.y1 + 1


def test_names_avoid_each_other():
    figure = canvas(3, 3)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 300)
    axes.set_ylim(300, 0)
    same = [Drawn((100, 100, 200, 200), f"name {i}", OURS, "-") for i in range(6)]
    draw(axes, same, (300, 300), 3, 3)
    frames = [text.get_window_extent() for text in axes.texts]
    assert not any(a.overlaps(b) for i, a in enumerate(frames) for b in frames[:i])


def test_a_crowd_has_smaller_names():
    sizes = []
    for count in (2, 40):
        axes = canvas(3, 3).add_subplot()
        draw(axes, [Drawn((0, 0, 9, 9), "x", OURS, "-")] * count, (90, 90), 3, 3)
        sizes.append(axes.texts[0].get_fontsize())
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize(
    ("images", "captions", "parts"),
    [([], [], {"truth": TRUTH}), ([image()], [], {"truth": TRUTH}), ([image()], ["a"], {})],
)
def test_pictures_captions_and_boxes_are_needed(images, captions, parts):
    with pytest.raises(ValueError, match="at least one picture, one caption each, and truth or"):
        detection_grid(images, captions, NAMES, **parts)


def scores_of(truth, answers):
    return detection_scores(range(len(truth["labels"])), truth, answers, NAMES).examples


def shades(figure):
    return [
        int(np.asarray(axes.images[0].get_array()).max() * 255 / 40 + 0.5) for axes in figure.axes
    ]


def test_the_pictures_of_highest_loss_come_first(drawn):
    table = scores_of(TRUTH, ANSWERS)
    figure = drawn(worst_detections(table, image, TRUTH, ANSWERS, NAMES, split="dev"))
    assert figure.get_suptitle() == "All 2 with a mistake of 4 dev pictures"
    assert shades(figure) == [0, 2]
    captions = [axes.get_title() for axes in figure.axes]
    assert captions == ["1 of 2 found, 1 false alarm", "2 of 2 found, 1 false alarm"]
    files = ["a.png", "b.png", "", "d.png"]
    named = drawn(worst_detections(table, image, TRUTH, ANSWERS, NAMES, files=files, columns=1))
    assert [axes.get_title() for axes in named.axes] == [f"{captions[0]}\na.png", captions[1]]
    first = worst_detections(table, image, TRUTH, ANSWERS, NAMES, count=1)
    assert first.get_suptitle() == "The 1 worst of 2 with a mistake, of 4 pictures"


def test_without_a_mistake_some_pictures_are_shown(drawn):
    right, said = ({name: part[name][[1, 3]] for name in part} for part in (TRUTH, ANSWERS))
    figure = drawn(worst_detections(scores_of(right, said), image, right, said, NAMES))
    assert figure.get_suptitle() == "No mistake in 2 pictures; 2 of them"
    assert figure.axes[0].get_title() == "nothing there, 0 false alarms"
