"""What is proposed for pictures with boxes: small boxes stay legible, and the recipe trains."""

import json

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.drafting import checked, propose
from dlsuite.drafting.box_choices import BoxChoices
from dlsuite.drafting.box_draft import box_draft
from dlsuite.recipe import load
from dlsuite.survey.box_survey import BoxSurvey
from dlsuite.survey.look import Look
from dlsuite.survey.picture_sample import Range
from dlsuite.training.variables import build_optimizer
from pipelines import image_classification, object_detection
from tests.data.boxed_files import Scene, drawn, scene_xml, written


def survey(box=(60, 40), picture=(640, 480), count=400, **facts):
    """Pictures (width, height) that have one box each, of much the same size."""
    grown = np.linspace(1, 1.1, count)[:, np.newaxis] * np.array(box, np.float64)
    shapes = np.concatenate([grown, np.tile(np.array(picture, np.float64), (count, 1))], axis=1)
    aspect = picture[1] / picture[0]
    known = {
        "source": "voc",
        "arguments": {"path": "cells"},
        "path": "cells",
        "pictures": {"all": count},
        "boxes": {"all": {"cat": count - 100, "dog": 100}},
        "shapes": shapes,
        "most": 1,
        "empty": 0,
        "ignored": 0,
        "height": Range.of([picture[1]]),
        "width": Range.of([picture[0]]),
        "aspects": (aspect, aspect, aspect),
    }
    return BoxSurvey(**(known | facts))


@pytest.mark.parametrize(
    ("box", "picture", "size"),
    [
        ((60, 40), (640, 480), (240, 320)),  # 20 pixels are left of 40
        ((30, 20), (640, 480), (240, 320)),  # 10 of 20 are
        ((20, 10), (640, 480), (480, 640)),  # only at their own size
        ((8, 4), (640, 480), (480, 640)),  # no more than 640
        ((60, 40), (480, 640), (320, 240)),  # upright
        ((60, 40), (500, 480), (320, 320)),  # nearly square
        ((60, 40), (2000, 500), (256, 512)),  # 10 of 40 pixels; 4 to 1 is no longer than twice
        ((30, 30), (96, 96), (96, 96)),  # not enlarged
        ((6, 6), (96, 96), (160, 160)),  # but where boxes are small
        ((1, 1), (96, 96), (192, 192)),  # at most twice
    ],
)
def test_small_boxes_stay_legible_where_it_can_be_had(box, picture, size):
    assert BoxChoices(survey(box, picture)).size == size


@pytest.mark.parametrize(
    ("box", "strides"),
    [((30, 30), [8, 16]), ((300, 300), [16, 32]), ((64, 64), [16, 32])],
)
def test_grids_suit_the_sizes_of_boxes(box, strides):
    assert BoxChoices(survey(box, (320, 320))).strides == strides


def test_boxes_of_all_sizes_have_three_grids_and_nine_anchors():
    sides = np.linspace(16, 280, 400)  # a twentieth is below 30, another above 266
    shapes = np.stack([sides, sides, np.full(400, 320.0), np.full(400, 320.0)], axis=1)
    chosen = BoxChoices(survey((20, 20), (320, 320), shapes=shapes))
    assert chosen.strides == [8, 16, 32]
    assert chosen.anchors[0] == 9
    assert chosen.size == (320, 320)


def test_boxes_of_one_shape_have_an_anchor_for_each_grid():
    alike = np.tile(np.array([30.0, 30, 320, 320]), (50, 1))
    count, fit = BoxChoices(survey(shapes=alike)).anchors
    assert count == 2
    assert fit == pytest.approx(1)


@pytest.mark.parametrize(
    ("names", "flips", "why"),
    [
        (["cat", "dog"], True, ""),
        (["a", "b"], False, "look like characters"),
        (["turn left", "turn right"], False, "left from right"),
    ],
)
def test_only_what_may_be_mirrored_is(names, flips, why):
    chosen = BoxChoices(survey(boxes={"all": dict.fromkeys(names, 200)}))
    assert ("RandomFlip" in [layer["type"] for layer in chosen.layers]) == flips
    assert why in chosen.mirrors


def lines_of(found):
    return {line.key: line for line in box_draft("object_detection", found).lines}


def test_much_data_is_neither_kept_nor_augmented_and_passed_over_less_often():
    few, many = survey(), survey(pictures={"all": 300_000})
    assert BoxChoices(few).epochs > BoxChoices(many).epochs
    lines = lines_of(many)
    assert not lines["data.augment"].active
    assert (lines["data.cache"].value, lines["data.cache"].active) == ("disk", False)
    assert lines_of(few)["data.cache"].value == "memory"


def test_reasons_say_what_was_found():
    plain = lines_of(survey())
    assert "400 pictures with 400 boxes, at most 1 in one: cat (300), dog (100)." in (
        plain["data.source"].why
    )
    assert "480 pixels high and 640 wide; the model" in plain["data.image_size"].why
    assert "Twice the sides finds smaller things" in plain["data.image_size"].why
    tiny = lines_of(survey((8, 4)))
    assert "fewer than the 10" in tiny["data.image_size"].why
    zero = lines_of(survey(arguments={"path": "cells", "one_based": False}))
    assert "begin at pixel 0" in zero["data.source"].why
    differ = lines_of(survey(height=Range(100, 480, 500)))
    assert "100 to 500 pixels high (median 480)" in differ["data.image_size"].why
    many = lines_of(survey(boxes={"all": {f"class {n}": n + 1 for n in range(20)}}))
    assert "20 classes, from class 0 with 1 to class 19 with 20." in many["data.source"].why
    mirrored = lines_of(survey(boxes={"all": {"left": 200, "right": 200}}))
    assert "not mirrored: the names" in mirrored["data.augment"].why


def test_notes_tell_what_cannot_wait():
    bad = ({"path": "a.jpg", "reason": "empty"},)
    facts = {"bad": bad, "said": ("2 boxes were dropped.",), "empty": 3, "ignored": 4}
    facts |= {"checked": False, "shared": {"train & test": 1}, "repeated": 2}
    draft = box_draft("p", survey(boxes={"all": {"cat": 390, "dog": 10}}, **facts))
    said = " ".join(draft.notes)
    for words in (
        "1 of 401 pictures cannot be used",
        "2 boxes were dropped.",
        "3 of 400 pictures have no box",
        "4 boxes are marked difficult",
        "fewer than 100 boxes may be found badly: dog (10).",
        "only the headers",
        "1 picture lies in both train and test",
        "2 pictures are equal to another one",
    ):
        assert words in said
    assert {line.key for line in draft.lines} >= {"data.on_bad_example"}
    assert json.loads(json.dumps(draft.found))["boxes"] == 400


@pytest.fixture
def cells(tmp_path, monkeypatch):
    """Twelve pictures of 64 x 48 with an XML each, side by side."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = {}
    for n in range(12):
        scene = Scene(64, 48, [("cat", n, 4, n + 20 + n, 24), ("dog", 30, n, 50, n + 15 + n)])
        files |= {f"{n}.png": drawn(scene), f"{n}.xml": scene_xml(scene)}
    return written(tmp_path / "cells", files)


def test_the_data_chooses_detection_and_the_recipe_trains_a_step(cells, tmp_path):
    both = [image_classification.pipeline, object_detection.pipeline]
    pipeline, draft = propose(both, Look(str(cells)))
    assert pipeline.name == "object_detection"
    recipe = checked(pipeline, draft, "cells.yaml")
    file = tmp_path / "cells.yaml"
    file.write_text(recipe.written, encoding="utf-8")
    settings = load(file, pipeline.settings).settings
    splits = pipeline.load(settings)
    late = {"train_count": 8, "batch_size": 8, "epochs": 1, "steps_per_epoch": 1}
    late |= {"jit_compile": False, "total_steps": 1}
    model = pipeline.build(settings, splits.info, late)
    raws = [splits.train.read(row) for row in range(4)]
    raw = {name: np.stack([each[name] for each in raws]) for name in raws[0]}
    x, y = pipeline.encode(settings, splits.info)(raw)
    assert tuple(x.shape) == (4, *settings.data.image_size, 3)
    build_optimizer(model)
    losses = model.train_on_batch(x, y, return_dict=True)
    assert np.isfinite(losses["loss"])


def test_class_folders_without_boxes_stay_a_classification(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    scene = {n: Scene(30, 30, [("cat", n, n, n + 9, n + 9)]) for n in range(12)}
    files = {f"{'ab'[n % 2]}s/{n}.png": drawn(each) for n, each in scene.items()}
    look = Look(str(written(tmp_path / "set", files)))
    both = [image_classification.pipeline, object_detection.pipeline]
    assert propose(both, look)[0].name == "image_classification"
    with pytest.raises(DataError, match="Pictures with boxes are wanted"):
        propose([object_detection.pipeline], look)
