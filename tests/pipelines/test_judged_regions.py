"""R-CNN and Fast R-CNN in the application: regions searched, learned from, and served."""

import json
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from dlsuite import experiment, serving
from dlsuite.data.regions import Proposed, selective_search
from dlsuite.experiment.scoring import inputs_of
from dlsuite.models import rcnn_svms
from dlsuite.tracking import Store
from dlsuite.training.variables import build_optimizer
from dlsuite.training.weights_file import entries, opened
from pipelines import object_detection

pytest.importorskip(
    "cv2.ximgproc.segmentation",
    reason="selective search needs OpenCV with its contributed modules, the extra `detection`",
    exc_type=ImportError,
)

PICTURES, SIDE, REGIONS = 12, 48, 20
SEEN = [40, 64]
FOUND = {"count": REGIONS, "smallest": 6}


def recipe(**model):
    return {
        "data": {
            "source": {
                "type": "shapes",
                "count": PICTURES,
                "image_size": SIDE,
                "sizes": [0.25, 0.5],
            },
            "split": {"train": 0.5, "dev": 0.25, "test": 0.25},
            "image_size": SEEN,  # other than the pictures' own
            "batch_size": 3,
            "proposals": FOUND,
            "augment": [{"type": "RandomFlip", "mode": "horizontal"}],
        },
        "model": model,
        "training": {"epochs": 2, "seed": 0},
        "detections": {"score_threshold": 0.0, "max_detections": 5},
    }


NET = {"type": "darknet", "width": 0.125}
FAST = recipe(type="fast_rcnn", backbone=NET, units=8)
SVMS = recipe(type="rcnn", backbone=NET, crop=32, classifiers="svm")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a store and a cache that all tests here share."""
    folder = tmp_path_factory.mktemp("regions")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield folder


@pytest.fixture(scope="module")
def exported(place):
    """Fast R-CNN before its first step, exported with the proof that a run's export has."""
    pipeline = object_detection.pipeline
    learner = experiment.plan(pipeline, FAST).learner
    about = (learner.settings, learner.splits.info, learner.model)
    examples = learner.splits.test
    answers = learner.answer(examples)
    batches = inputs_of(learner.settings, learner.question, examples)
    return serving.export(
        place / "fast",
        learner.model,
        pipeline.signatures(*about),
        examples=examples,
        expected={**answers, **pipeline.candidates(*about, batches, answers)},
        manifest={},
    ).path


@pytest.fixture(scope="module")
def pictures(place):
    """Drawn pictures as PNG files, and their pixels by file."""
    folder = place / "pictures"
    folder.mkdir()
    splits = experiment.plan(object_detection.pipeline, FAST).learner.splits
    pixels = {folder / f"{n}.png": splits.test.read(n)["image"] for n in range(len(splits.test))}
    for file, values in pixels.items():
        Image.fromarray(np.asarray(values)).save(file)
    return pixels


def searched(image):
    """Its first regions, padded with absent ones."""
    boxes = np.zeros((REGIONS, 4), "float32")
    found = selective_search(image, Proposed(**FOUND))[:REGIONS]
    boxes[: len(found)] = found
    return boxes


def test_the_served_signature_takes_proposals_and_gives_boxes(exported, pictures):
    served = serving.served.load(exported)
    assert set(served.inputs("serving_default")) == {"image", "proposals"}
    images = np.stack(list(pictures.values()))
    asked = {"image": images, "proposals": np.stack([searched(image) for image in images])}
    for answer in served.ask("serving_default", asked):
        assert answer["boxes"].shape == (5, 4)
        assert (answer["labels"] >= 0).any()
        assert answer["boxes"].min() >= 0
        assert answer["boxes"].max() <= SIDE
        assert (np.diff(answer["scores"]) <= 0).all()
    nothing = {**asked, "proposals": np.zeros_like(asked["proposals"])}
    assert all((answer["labels"] == -1).all() for answer in served.ask("serving_default", nothing))


def test_its_feed_mirrors_regions_with_boxes_and_a_step_learns_from_them(place):
    learner = experiment.plan(object_detection.pipeline, FAST).learner
    plain = next(iter(learner.batches(0, augment=()).dataset))
    given = next(iter(learner.batches(0).dataset))
    (x, y), (seen, truth) = plain, given
    mirrored = (x["image"].numpy() != seen["image"].numpy()).any(axis=(1, 2, 3))
    assert 0 < mirrored.sum() < len(mirrored)
    for old, new in ((x["proposals"], seen["proposals"]), (y["boxes"], truth["boxes"])):
        left, top, right, bottom = np.moveaxis(old.numpy(), -1, 0)
        across = np.stack([SEEN[1] - right, top, SEEN[1] - left, bottom], axis=-1)
        wanted = np.where(mirrored[:, None, None], across, old)
        there = right > left
        np.testing.assert_allclose(new.numpy()[there], wanted[there], atol=1e-3)
        assert not new.numpy()[~there].any()
    before = [weight.numpy() for weight in learner.model.trainable_weights]
    build_optimizer(learner.model)
    assert np.isfinite(learner.model.train_on_batch(*given, return_dict=True)["loss"])
    after = [weight.numpy() for weight in learner.model.trainable_weights]
    assert any(not np.array_equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.slow
def test_a_run_is_trained_told_and_served(place, pictures):
    run = object_detection.run(FAST)
    record = Store.open().find(run.run_id)
    assert record.metrics["test.map_50"] == run.scores["test"]["map_50"]
    assert run.exported.max_difference <= 1e-5
    table = serving.answer(run.export(place / "trained"), list(pictures), score=0.0)
    assert not table["error"].any()
    assert table["detections"].map(len).any()


def test_predict_searches_the_regions_of_files_itself(exported, pictures):
    table = serving.answer(exported, list(pictures), score=0.0)
    assert not table["error"].any()
    served = serving.served.load(exported)
    for row, image in zip(table.itertuples(), pictures.values(), strict=True):
        asked = {"image": image[None], "proposals": searched(image)[None]}
        (alone,) = served.ask("serving_default", asked)
        told = [each["box"] for each in row.detections]
        np.testing.assert_allclose(told, alone["boxes"][alone["labels"] >= 0], atol=1e-3)


def test_a_file_that_is_no_picture_costs_the_others_nothing(exported, pictures, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(next(iter(pictures)).read_bytes()[:60])
    table = serving.answer(exported, [*pictures, broken], score=0.0)
    assert [bool(error) for error in table["error"]] == [False] * len(pictures) + [True]


def test_without_opencv_predict_says_what_is_missing(exported, pictures, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ValueError, match=r"judges regions.* pip install 'dlsuite\[detection\]'"):
        serving.answer(exported, list(pictures))


def test_an_export_must_say_how_its_regions_are_found(exported, pictures, tmp_path):
    copy = shutil.copytree(serving.served.load(exported).path, tmp_path / "1")
    file = copy / "assets.extra" / "dlsuite.json"
    facts = json.loads(file.read_text())
    assert facts["signatures"]["serve_bytes"].pop("proposals")["count"] == REGIONS
    file.write_text(json.dumps(facts))
    with pytest.raises(ValueError, match=r"must say how they are found.*npz"):
        serving.answer(copy, list(pictures))


def weights(run_id):
    """The arrays of a finished run's weights, by layer."""
    with opened(Store.open().find(run_id).artifact("weights/model.weights.h5")) as file:
        return {
            name: [file[place][()] for place in entry.arrays]
            for name, entry in entries(file).items()
        }


@pytest.fixture(scope="module")
def with_svms(place):
    return object_detection.run(SVMS)


@pytest.mark.slow
def test_support_vector_machines_are_fitted_on_every_box_of_train(with_svms):
    train = experiment.plan(object_detection.pipeline, SVMS).learner.splits.train
    boxes = int(((train.rows["labels"] >= 0) & ~train.rows["ignored"]).sum())
    (note,) = [text for text in with_svms.history.messages if "support vector" in text]
    assert note.startswith("3 support vector machines took the place of the softmax")
    assert f"fitted on {boxes} boxes" in note
    assert note in Store.open().find(with_svms.run_id).tags["mlflow.note.content"]
    kernel, bias = weights(with_svms.run_id)["head/class"]
    assert not kernel[:, -1].any()  # background, whose margin is 0
    assert not bias[-1]
    assert kernel[:, :-1].any()


@pytest.mark.slow
def test_a_run_killed_among_the_support_vector_machines_does_them_again(
    with_svms, place, monkeypatch
):
    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rcnn_svms, "_fitted", killed)
        with pytest.raises(KeyboardInterrupt):
            object_detection.run(SVMS)
    stopped = Store.open().find("latest")
    assert stopped.run_id != with_svms.run_id
    resumed = object_detection.run(SVMS, resume=stopped.run_id)
    assert resumed.run_id == stopped.run_id
    whole, again = weights(with_svms.run_id), weights(resumed.run_id)
    assert whole.keys() == again.keys()
    for name, arrays in whole.items():
        for one, other in zip(arrays, again[name], strict=True):
            np.testing.assert_array_equal(one, other, err_msg=name)
