"""COCO's figures, held against pycocotools."""

import numpy as np
import pytest

from dlsuite.metrics import detection_rows, detection_scores, precision_recall_curves

NAMES = (
    *("map", "map_50", "map_75", "map_small", "map_medium", "map_large"),
    *("recall_1", "recall_10", "recall_100", "recall_small", "recall_medium", "recall_large"),
)


def some_boxes(random, *shape, side=300):
    corner = random.uniform(0, side, (*shape, 2))
    return np.concatenate([corner, corner + random.uniform(4, side / 2, (*shape, 2))], -1)


def at_random(seed, pictures=12, objects=6, detections=25, classes=4, ties=True):
    """Boxes without sense: many overlaps, absent and ignored ones among them."""
    random = np.random.default_rng(seed)
    truth = {
        "boxes": some_boxes(random, pictures, objects, side=200).astype(np.float32),
        "labels": random.integers(-1, classes, (pictures, objects)),
        "ignored": random.uniform(size=(pictures, objects)) < 0.15,
    }
    scores = random.uniform(size=(pictures, detections))
    answers = {
        "boxes": some_boxes(random, pictures, detections, side=200).astype(np.float32),
        "labels": random.integers(-1, classes, (pictures, detections)),
        "scores": scores.round(1) if ties else scores,
    }
    return truth, answers, classes


def as_a_net_answers(seed, pictures=15, objects=7, detections=40, classes=3, blur=0.12):
    """Boxes about the objects, several for each, some of another class, some of nothing."""
    random = np.random.default_rng(seed)
    truth = {
        "boxes": some_boxes(random, pictures, objects).astype(np.float32),
        "labels": random.integers(-1, classes, (pictures, objects)),
        "ignored": random.uniform(size=(pictures, objects)) < 0.1,
    }
    source = random.integers(0, objects, (pictures, detections))
    near = np.take_along_axis(truth["boxes"], source[..., None], axis=1)
    sides = np.tile(near[..., 2:] - near[..., :2], 2)
    boxes = near + random.normal(0, blur, near.shape) * sides
    boxes[..., 2:] = np.maximum(boxes[..., 2:], boxes[..., :2])
    told = np.take_along_axis(truth["labels"], source, axis=1)
    other = random.integers(-1, classes, told.shape)
    answers = {
        "boxes": boxes.astype(np.float32),
        "labels": np.where(random.uniform(size=told.shape) < 0.8, told, other),
        "scores": random.beta(0.6, 2, told.shape).astype(np.float32),
    }
    return truth, answers, classes


def without_class(case, label):
    """No object of a class, while detections of it stay."""
    truth, answers, classes = case
    gone = truth["labels"] == label
    return {**truth, "labels": np.where(gone, -1, truth["labels"])}, answers, classes


def only_ignored(case):
    truth, answers, classes = case
    return {**truth, "ignored": np.ones_like(truth["ignored"])}, answers, classes


def silent(case):
    truth, answers, classes = case
    return truth, {**answers, "labels": np.full_like(answers["labels"], -1)}, classes


def perfect(case):
    truth, _, classes = case
    labels = truth["labels"]
    return truth, {**truth, "labels": labels, "scores": np.full(labels.shape, 0.7)}, classes


def scaled(case, factor):
    truth, answers, classes = case
    return (
        {**truth, "boxes": truth["boxes"] * factor},
        {**answers, "boxes": answers["boxes"] * factor},
        classes,
    )


CASES = {
    **{f"random {seed}": at_random(seed, ties=bool(seed % 2)) for seed in range(8)},
    **{f"net {seed}": as_a_net_answers(seed) for seed in range(8)},
    "one class, crowded": as_a_net_answers(20, pictures=4, objects=40, detections=200, classes=1),
    "more than 100 of a class": at_random(21, pictures=3, detections=260, classes=2),
    "a class without objects": without_class(as_a_net_answers(22), 1),
    "nothing but ignored objects": only_ignored(at_random(23)),
    "nothing told": silent(at_random(24)),
    "all right": perfect(as_a_net_answers(25)),
    "small objects only": scaled(as_a_net_answers(26), 0.1),
    "large objects only": scaled(as_a_net_answers(27), 10),
    "one picture": as_a_net_answers(28, pictures=1),
}


@pytest.mark.parametrize("case", CASES)
def test_every_figure_is_that_of_pycocotools(case, judged_by_coco):
    truth, answers, classes = CASES[case]
    judge = judged_by_coco(truth, answers, classes)
    names = [f"class {number}" for number in range(classes)]
    values = detection_scores(range(len(truth["labels"])), truth, answers, names).values
    # What pycocotools answers -1 is left out.
    expected = {k: v for k, v in zip(NAMES, judge.stats, strict=True) if v > -1}
    precision = judge.eval["precision"][..., 0, 2].mean(axis=1)  # [T, K]
    for number, name in enumerate(names):
        if precision[0, number] > -1:
            expected[f"ap_50_of_{name}"] = precision[0, number]
            expected[f"ap_of_{name}"] = precision[:, number].mean()
    ours = {k: v for k, v in values.items() if k in NAMES or k.startswith("ap_")}
    assert ours == pytest.approx(expected, abs=1e-6, rel=0)


def test_areas_at_the_border_belong_to_both_sizes(judged_by_coco):
    boxes = np.array([[[0, 0, 32, 32], [100, 100, 196, 196]]], np.float32)
    labels = np.zeros((1, 2), int)
    truth = {"boxes": boxes, "labels": labels, "ignored": np.zeros((1, 2), bool)}
    answers = {"boxes": boxes[:, :1], "labels": labels[:, :1], "scores": np.ones((1, 1))}
    values = detection_scores(["a"], truth, answers, ["x"]).values
    # Of the two medium objects one is found, at a precision of 1 up to a recall of a half.
    assert values["map_medium"] == pytest.approx(51 / 101)
    assert (values["map_small"], values["map_large"]) == (1, 0)
    assert values["map_medium"] == pytest.approx(judged_by_coco(truth, answers, 1).stats[4])


def test_pairs_are_found_in_portions_as_at_once(monkeypatch):
    truth, answers, classes = as_a_net_answers(3)
    names = list(map(str, range(classes)))
    whole = detection_scores(range(15), truth, answers, names).values
    monkeypatch.setattr(detection_rows, "PORTION", 7)
    assert detection_scores(range(15), truth, answers, names).values == whole


def test_the_curve_ends_where_pycocotools_stops_finding(judged_by_coco):
    truth, answers, classes = as_a_net_answers(5)
    names = list("abc")
    table = precision_recall_curves(truth, answers, names)
    judge = judged_by_coco(truth, answers, classes)
    for number, (name, points) in enumerate(table.groupby("class")):
        assert name == names[number]
        assert points["recall"].max() == pytest.approx(judge.eval["recall"][0, number, 0, 2])
        assert points["score"].is_monotonic_decreasing
        average = judge.eval["precision"][0, :, number, 0, 2].mean()
        assert points["average_precision"].iloc[0] == pytest.approx(average, abs=1e-6)
        # The best precision at a recall or beyond is what pycocotools keeps.
        best = points["precision"][::-1].cummax()[::-1].to_numpy()
        places = np.searchsorted(points["recall"].to_numpy(), np.linspace(0, 1, 101))
        expected = np.append(best, np.zeros(1))[np.minimum(places, len(best))]
        np.testing.assert_allclose(judge.eval["precision"][0, :, number, 0, 2], expected, atol=1e-6)


def test_a_class_that_is_never_found_has_a_point_and_one_without_objects_none():
    boxes = np.array([[[0, 0, 10, 10], [20, 20, 30, 30]]])
    truth = {"boxes": boxes, "labels": np.array([[0, 1]]), "ignored": np.zeros((1, 2), bool)}
    answers = {"boxes": boxes, "labels": np.array([[0, 2]]), "scores": np.array([[0.9, 0.8]])}
    table = precision_recall_curves(truth, answers, "abc")
    assert table["class"].tolist() == ["a", "b"]
    assert table["recall"].tolist() == [1, 0]
    assert table["average_precision"].tolist() == [1, 0]
    assert table["score"].isna().tolist() == [False, True]
    nothing = precision_recall_curves({**truth, "labels": np.full((1, 2), -1)}, answers, "abc")
    assert nothing.empty
    assert list(nothing) == list(table)
