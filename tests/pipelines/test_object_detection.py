"""A folder of pictures with boxes becomes a detector that answers in the pictures' own pixels."""

import json
import random
import shutil
from functools import partial
from xml.etree import ElementTree

import keras
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from dlsuite import experiment, serving
from dlsuite.data import evaluation_batches
from dlsuite.data.box_rows import truth_of
from dlsuite.experiment import information
from dlsuite.experiment.box_rival import usual_boxes
from dlsuite.experiment.detection_info import DetectionInfo, settled
from dlsuite.experiment.preparing import rehearse
from dlsuite.metrics.detection import best_threshold, detection_scores
from dlsuite.models import squeezenet
from dlsuite.recipe import RecipeError, load
from dlsuite.tracking import Store
from dlsuite.training.weights_file import save_weights
from pipelines import SHIPPED, image_classification, object_detection
from pipelines.cli import app

CLASSES = {"bright": 235, "dark": 20}
XML = """<annotation><filename>{name}.png</filename>
<size><width>{width}</width><height>{height}</height><depth>3</depth></size>{objects}</annotation>"""
OBJECT = """<object><name>{label}</name><bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin>
<xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>"""


def draw_folder(folder, count, seed=0):
    """Grey pictures of unequal size with bright or dark rectangles, and VOC XML beside them."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for number in range(count):
        height, width = (int(side) for side in random.integers(40, 72, 2))
        pixels = random.normal(128, 8, (height, width, 3))
        objects = ""
        for label in random.permutation(list(CLASSES))[: 1 + number % 2]:
            w, h = random.integers(12, 20, 2)
            left, top = random.integers(0, width - w), random.integers(0, height - h)
            pixels[top : top + h, left : left + w] = CLASSES[label]
            objects += OBJECT.format(label=label, box=(left + 1, top + 1, left + w, top + h))
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(folder / f"{number}.png")
        text = XML.format(name=number, width=width, height=height, objects=objects)
        (folder / f"{number}.xml").write_text(text)
    return folder


def recipe(folder, **model):
    return {
        "data": {
            "source": {"type": "voc", "path": str(folder)},
            "image_size": [48, 48],
            "batch_size": 8,
            "anchors": 3,
            "split": {"train": 0.6, "dev": 0.2, "test": 0.2},
            "augment": [{"type": "RandomFlip", "mode": "horizontal"}],
        },
        "model": {
            "type": "yolo",
            "backbone": {"type": "darknet", "width": 0.125},
            "strides": [8],
            "neck": 16,
            **model,
        },
        "optimizer": {"type": "Adam", "learning_rate": 0.01},
        "training": {"epochs": 40, "measure_every": 20},
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on 60 pictures, its store and its data below one folder."""
    place = tmp_path_factory.mktemp("detection")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        folder = draw_folder(place / "cells", 60)
        result = object_detection.run(recipe(folder))
        yield place, folder, result


@pytest.fixture
def there(trained, monkeypatch):
    place, folder, result = trained
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder, result


def test_what_training_gets_says_which_boxes_are_ignored(tmp_path):
    folder = draw_folder(tmp_path / "cells", 12)
    for file in folder.glob("*.xml"):
        text = file.read_text().replace(
            "<name>dark</name>", "<name>dark</name><difficult>1</difficult>"
        )
        file.write_text(text)
    pipeline = object_detection.pipeline
    settings = load(recipe(folder), pipeline.settings, shipped=SHIPPED).settings
    splits = pipeline.load(settings)
    encode = pipeline.encode(settings, splits.info)
    (_, y), *_ = evaluation_batches(splits.train, encode)
    rows, labels = splits.train.rows, y["labels"].numpy()
    assert splits.info.class_names == ("bright", "dark")
    np.testing.assert_array_equal(
        labels, np.select([rows["labels"] == 1, rows["labels"] == 0], [-3, 0], -1)
    )
    assert (y["boxes"].numpy()[labels == -3] != 0).any(axis=-1).all()


def test_it_finds_more_than_the_rival_that_sees_nothing(there):
    _, result = there
    ours, theirs = result.scores["test"], result.judged.baseline["test"].values
    assert ours["map_50"] > 0.3 > theirs["map_50"]


def test_the_run_keeps_pictures_of_what_it_saw_and_found(there):
    _, result = there
    kept = set(Store.open().find(result.run_id).artifacts())
    assert {
        "figures/training_examples.png",
        "figures/detections.png",
        "figures/precision_recall.png",
        "figures/mistakes.png",
    } <= kept


def test_the_run_tells_its_anchors_and_how_well_they_suit(there):
    _, result = there
    info = json.loads(Store.open().find(result.run_id).artifact("info.json").read_text())
    (told,) = [note for note in result.notes if note.startswith("Anchors")]
    sizes = ", ".join(f"{width:.0f}x{height:.0f}" for width, height in info["anchors"])
    assert f"in pixels of 48x48: {sizes}. " in told
    assert f"by {info['mean_best_iou']:.2f} in the mean." in told


def test_a_box_is_told_everywhere_from_the_score_that_suits_dev_best(there, tmp_path):
    folder, result = there
    dev, answers = (part["dev"] for part in (result.judged.examples, result.judged.answers))
    told = best_threshold(dev.keys, truth_of(dev.rows), answers, sorted(CLASSES))
    assert told != 0.5  # else nothing would be shown here
    assert f"A box is told from a score of {told:g} on, where F1 on dev is best." in result.notes
    kept = Store.open().find(result.run_id)
    assert json.loads(kept.artifact("info.json").read_text())["threshold"] == told
    mistakes = kept.table("mistakes")
    assert mistakes["score"].min() >= told
    assert all((folder / name).is_file() for name in mistakes["file"])
    shown = serving.answer(result.export(tmp_path / "out"), folder)
    assert shown.attrs["score"] == told
    scores = [each["score"] for found in shown["detections"] for each in found]
    assert told <= min(scores)
    (row,) = serving.answer(
        result.export(tmp_path / "out"), folder / "0.png", score=0.99
    ).itertuples()
    assert row.detections == []
    found = object_detection.evaluate(result.run_id, split="dev")
    assert result.scores["dev"]["f1"] in [each.new for each in found.scores if each.metric == "f1"]


def test_the_rival_is_told_from_the_score_that_suits_it_best(there):
    _, result = there
    splits = experiment.plan(object_detection.pipeline, recipe(there[0])).learner.splits
    answer = usual_boxes(splits.train, 100)(splits.dev)
    best = best_threshold(splits.dev.keys, truth_of(splits.dev.rows), answer, sorted(CLASSES))
    told = {} if best is None else {"threshold": best}
    truth = truth_of(splits.dev.rows)
    scores = detection_scores(splits.dev.keys, truth, answer, sorted(CLASSES), **told)
    assert result.judged.baseline["dev"].values["f1"] == scores.values["f1"]


def test_what_knows_of_no_threshold_is_told_from_a_half(there, tmp_path):
    """Runs and exports that are older than it, and nets that find nothing of dev."""
    folder, result = there
    version = result.export(tmp_path / "out")
    manifest = version / "assets.extra" / "dlsuite.json"
    facts = json.loads(manifest.read_text())
    for about in facts["signatures"].values():
        del about["threshold"]
    manifest.write_text(json.dumps(facts))
    assert serving.answer(version, folder / "0.png").attrs["score"] == 0.5
    kept = json.loads(Store.open().find(result.run_id).artifact("info.json").read_text())
    del kept["threshold"]
    info = information.rebuilt(DetectionInfo, kept)
    assert info.threshold == 0.5
    dev = result.judged.examples["dev"]
    nothing = {name: part[:, :0] for name, part in result.judged.answers["dev"].items()}
    assert settled(None, info, dev, nothing) == (info, None)


def test_served_boxes_lie_in_the_pixels_of_the_file_that_was_sent(there, tmp_path):
    folder, result = there
    table = serving.answer(result.export(tmp_path / "out"), folder, score=0.1)
    assert (table["error"] == "").all()
    assert len(table) == 60
    best = []
    for row in table.itertuples():
        with Image.open(row.file) as image:
            width, height = image.size
            grey = np.asarray(image.convert("L")).astype(float)
        for found in row.detections:
            left, top, right, bottom = found["box"]
            assert 0 <= left <= right <= width
            assert 0 <= top <= bottom <= height
        if row.detections:
            found = max(row.detections, key=lambda each: each["score"])
            left, top, right, bottom = (round(side) for side in found["box"])
            inside = grey[top + 2 : max(bottom - 2, top + 3), left + 2 : max(right - 2, left + 3)]
            best.append(abs(inside.mean() - CLASSES[found["class_name"]]))
    # The surest box of most pictures holds the colour that its class has.
    assert np.median(best) < 40


def test_a_client_gets_as_many_boxes_for_any_number_of_pictures(there, tmp_path):
    _, result = there
    served = serving.served.load(result.export(tmp_path / "out"))
    pixels = np.random.default_rng(0).integers(0, 255, (3, 50, 41, 3)).astype("uint8")
    together = served.ask("serving_default", {"image": pixels})
    alone = [served.ask("serving_default", {"image": pixels[i : i + 1]})[0] for i in range(3)]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one["boxes"], other["boxes"], atol=1e-2)


def test_runs_are_listed_by_the_metric_of_detection(there):
    _, result = there
    said = CliRunner().invoke(app, ["runs", "--json"])
    assert json.loads(said.output)[0]["run_id"] == result.run_id
    assert (
        f"test map_50 {result.scores['test']['map_50']:.4g}"
        in CliRunner().invoke(app, ["runs"]).output
    )


def test_predict_draws_the_boxes_and_writes_json(there, tmp_path):
    folder, result = there
    asked = ["predict", result.run_id, str(folder / "0.png"), "--draw", str(tmp_path / "drawn")]
    said = CliRunner().invoke(app, [*asked, "--score", "0.1"])
    assert said.exit_code == 0, said.output
    with Image.open(tmp_path / "drawn" / "0.png") as image, Image.open(folder / "0.png") as plain:
        assert image.size == plain.size
    (told,) = json.loads((tmp_path / "drawn" / "detections.json").read_text())
    assert told["file"].endswith("0.png")
    assert {"class_name", "score", "box"} <= set(told["detections"][0])


def test_a_finished_run_is_scored_on_further_pictures(there, tmp_path):
    _, result = there
    more = draw_folder(tmp_path / "more", 12, seed=1)
    found = object_detection.evaluate(result.run_id, more)
    (measured,) = [each for each in found.scores if each.metric == "map_50"]
    assert measured.new > 0.1


def test_further_pictures_can_lie_in_another_form_with_classes_in_another_order(there, tmp_path):
    """The same pictures told by COCO's JSON, whose classes are counted the other way."""
    _, result = there
    more = draw_folder(tmp_path / "more", 12, seed=1)
    expected = object_detection.evaluate(result.run_id, more)
    shutil.copytree(more, tmp_path / "again", ignore=shutil.ignore_patterns("*.xml"))
    ids = {name: number for number, name in enumerate(reversed(CLASSES), 1)}
    images, annotations = [], []
    for file in sorted(more.glob("*.xml")):
        images.append({"id": len(images), "file_name": f"{file.stem}.png"})
        for each in ElementTree.parse(file).iter("object"):
            left, top, right, bottom = (int(side.text) for side in each.find("bndbox"))
            box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
            about = {"image_id": images[-1]["id"], "category_id": ids[each.findtext("name")]}
            annotations.append({"id": len(annotations), "bbox": box, "iscrowd": 0, **about})
    told = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
    }
    (tmp_path / "again" / "instances.json").write_text(json.dumps(told))
    found = object_detection.evaluate(result.run_id, tmp_path / "again")
    assert "is read by `coco`; the run's own source is `voc`" in found.notes[0]
    assert [each.new for each in found.scores] == [each.new for each in expected.scores]


def test_tables_of_pictures_say_what_was_found_and_missed(there):
    _, result = there
    table = Store.open().find(result.run_id).table("examples/dev")
    assert isinstance(table, pd.DataFrame)
    assert (table["found"] + table["missed"] == table["objects"]).all()


def test_a_classifier_is_refused(there):
    folder, _ = there
    wrong = recipe(folder) | {"model": {"type": "mlp"}}
    with pytest.raises(RecipeError, match="must be a detector, such as yolo"):
        object_detection.run(wrong)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"strides": [8, 24]}, "`strides` must be rising ones"),
        ({"strides": [8, 16]}, r"must be as many for each of 2 strides.*3 anchors"),
        ({"backbone": {"type": "resnet", "depth": 19}}, "depth"),
        ({"type": "fast_rcnn"}, "needs regions to judge"),
    ],
)
def test_a_wrong_model_is_refused_before_data_is_read_or_a_run_opened(
    tmp_path, monkeypatch, model, message
):
    monkeypatch.chdir(tmp_path)
    wrong = recipe(tmp_path / "not there", **model)
    if "type" in model:
        wrong["model"] = model
    for tried in (object_detection.run, partial(experiment.plan, object_detection.pipeline)):
        with pytest.raises(RecipeError, match=message):
            tried(wrong)
    assert list(tmp_path.iterdir()) == []


def test_trying_a_model_without_data_changes_no_draw(there):
    folder, _ = there
    settings = load(recipe(folder), object_detection.Settings, shipped=SHIPPED)
    random.seed(3)
    expected = random.getstate()
    rehearse(object_detection.pipeline, settings)
    assert random.getstate() == expected


def test_pictures_without_boxes_are_refused(there):
    folder, _ = there
    wrong = recipe(folder)
    wrong["data"]["source"] = {"type": "digits"}
    with pytest.raises(RecipeError, match=r"needs a source of pictures with boxes.*digits"):
        object_detection.run(wrong)


def test_a_detector_begins_with_the_weights_of_a_classifier_on_its_backbone(there, tmp_path):
    folder, _ = there
    keras.utils.set_random_seed(1)
    learned = squeezenet((48, 48, 3), 5)
    save_weights(learned, tmp_path / "learned.weights.h5")
    begun = recipe(folder, backbone={"type": "squeezenet"}, strides=[8])
    begun["model"]["weights"] = str(tmp_path / "learned.weights.h5")
    model = experiment.plan(object_detection.pipeline, begun).learner.model
    theirs = learned.get_layer("fire3_squeeze1x1").kernel
    np.testing.assert_array_equal(model.get_layer("fire3_squeeze1x1").kernel, theirs)


def test_published_weights_are_offered_for_backbones_that_have_them(there):
    folder, _ = there
    wrong = recipe(folder, weights="imagenet")
    with pytest.raises(RecipeError, match="published for"):
        experiment.plan(object_detection.pipeline, wrong)
    narrow = recipe(folder, backbone={"type": "vgg", "depth": 16}, weights="imagenet")
    with pytest.raises(RecipeError, match=r"model\.backbone\.pixels: must be caffe"):
        experiment.plan(object_detection.pipeline, narrow)


def test_a_classifier_of_pictures_cannot_be_a_detector(there):
    wrong = {
        "data": {"source": {"type": "digits"}, "image_size": [32, 32]},
        "model": {"type": "yolo", "strides": [8]},
    }
    with pytest.raises(RecipeError, match="for `pipeline: object_detection`"):
        experiment.plan(image_classification.pipeline, wrong)
