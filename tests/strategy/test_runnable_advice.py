"""Every override that is advised, for every recipe that ships and every network, can be run."""

import inspect
from itertools import chain, combinations
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import pytest

from dlsuite import models
from dlsuite.recipe import load
from dlsuite.strategy.advice import advise
from dlsuite.strategy.controls import PAPER_DROPOUT, UNDROPPED
from dlsuite.strategy.networks import DEPTHS, WIDENED, Facts
from pipelines import SHIPPED, image_classification, object_detection, tabular

RECIPES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
GAPS = ("bias", "variance", "mismatch", "dev overfitting")
VERDICTS = list(chain.from_iterable(combinations(GAPS, size) for size in range(len(GAPS) + 1)))
PHOTOGRAPHS = Facts(class_names=("cat", "dog"), channels=3)
NETWORKS = [
    *(f"{{type: {name}, depth: {depth}}}" for name, depths in DEPTHS.items() for depth in depths),
    *(f"{{type: {name}, width: 0.5}}" for name in sorted(WIDENED)),
    "{type: mlp, hidden: []}",
    "{type: lenet5, variant: paper}",
]


@pytest.fixture(autouse=True)
def _folder(monkeypatch, tmp_path):
    monkeypatch.setenv("DLSUITE_DATA", str(tmp_path))


def settings_of(name):
    if not isinstance(name, str):
        return object_detection.pipeline.settings
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    named = (tabular, object_detection)
    said = [each for each in named if f"pipeline: {each.pipeline.name}" in text]
    return (said or [image_classification])[0].pipeline.settings


def require_runnable(name, begun=()):
    """Loads the recipe with the overrides of every advice by itself."""
    kind = settings_of(name)
    resolved = load(name, kind, begun, shipped=SHIPPED).resolved
    advised = set()
    for counting in VERDICTS:
        for stopped in (True, False):
            for item in advise(counting, ["variance"], resolved, stopped, facts=PHOTOGRAPHS):
                advised |= {item.overrides} if item.overrides else set()
    assert advised
    for overrides in sorted(advised):
        changed = load(name, kind, [*begun, *overrides], shipped=SHIPPED).resolved
        assert changed != resolved, overrides


@pytest.mark.parametrize("name", RECIPES)
def test_every_advice_for_a_recipe_that_ships_can_be_run(name):
    require_runnable(name)


@pytest.mark.parametrize("model", NETWORKS)
def test_every_advice_for_a_network_can_be_run(model):
    require_runnable("digits_mlp", [f"model={model}", "regularization.dropout=null"])


@pytest.mark.parametrize(
    "begun",
    [
        ["optimizer={type: SGD, learning_rate: 0.1}"],
        ["optimizer={type: AdamW, learning_rate: 0.001, weight_decay: 0.01}"],
        ["optimizer.learning_rate=0.01", "training.reduce_on_plateau={patience: 6}",
         "training.early_stopping=null"],
        ["training.stages=[{name: a, epochs: 10}, {name: b, epochs: 20, learning_rate: 0.001}]"],
        ["data.split=auto", "regularization={keep_prob: 0.8, l2: 3, l2_form: course}"],
        ["data.augment=[{type: RandomFlip}]"],
        ["data.augment=[{type: RandomRotation, factor: 0.1}, {type: RandomFlip}]"],
    ],
)  # fmt: skip
def test_every_advice_for_recipes_of_other_forms_can_be_run(begun):
    require_runnable("digits_mlp", begun)


BOXES = {
    "pipeline": "object_detection",
    "data": {"source": {"type": "shapes", "count": 20}, "image_size": [64, 96]},
    "model": {"type": "yolo"},
}


@pytest.mark.parametrize(
    "begun",
    [
        [],
        ["model={type: localizer}"],
        ["model={type: faster_rcnn}"],
        ["model={type: fast_rcnn}", "data.proposals={count: 50}"],
        ["model.backbone={type: darknet, width: 0.25}"],
        ["model.backbone={type: resnet, depth: 18}", "data.image_size=[320,320]"],
        ["model.backbone={type: squeezenet}", "data.anchors=[[8,8],[16,20],[32,30]]"],
        ["data.augment=[{type: RandomFlip}]"],
        ["data.augment=[{type: RandomScaleCrop}, {type: RandomFlip}]"],
        ["data.augment=[{type: RandomScaleCrop}, {type: RandomFlip}]", "data.batch_size=1"],
    ],
)  # fmt: skip
def test_every_advice_for_a_detector_can_be_run(begun):
    require_runnable(BOXES, begun)


def advised(begun=(), counting=("bias", "variance")):
    kind = object_detection.pipeline.settings
    resolved = load(BOXES, kind, begun, shipped=SHIPPED).resolved
    return {
        item.action: item.overrides
        for item in advise(counting, [], resolved, False, facts=PHOTOGRAPHS)
    }


def test_a_detector_is_told_of_its_backbone_its_pictures_and_what_moves_boxes():
    first = advised()
    assert first["Train a bigger network"] == ("model.backbone={type: darknet, depth: 19}",)
    assert first["Show the detector larger pictures"] == ("data.image_size=[128,192]",)
    assert first["Augment the training data"] == (
        "data.augment=[{type: RandomScaleCrop}, {type: RandomFlip, mode: horizontal}]",
    )
    assert not {"Smooth the labels", "Regularize with dropout"} & set(first)
    both = ["data.augment=[{type: RandomScaleCrop}, {type: RandomFlip}]"]
    assert advised(both)["Augment the training data"] == ("data.augment.2={type: Mosaic}",)
    assert "Regularize with dropout" in advised(["model={type: faster_rcnn}"])


def test_anchors_grow_with_the_pictures_and_pictures_not_without_end():
    told = advised(["data.anchors=[[8,8],[16,20]]"])["Show the detector larger pictures"]
    assert told == ("data.image_size=[128,192]", "data.anchors=[[16,16],[32,40]]")
    assert "Show the detector larger pictures" not in advised(["data.image_size=[416,416]"])


def test_what_is_known_of_networks_is_what_their_builders_say():
    builders = {name: getattr(models, name) for name in models.__all__}
    depths, widened, dropped, undropped = {}, set(), {}, set()
    for name, build in builders.items():
        hints = get_type_hints(build, include_extras=True)
        if get_origin(hints.get("depth")) is Literal:
            depths[name] = get_args(hints["depth"])
        if get_origin(hints.get("width")) is Annotated:
            widened.add(name)
        dropout = inspect.signature(build).parameters.get("dropout")
        if dropout is None:
            undropped.add(name)
        elif dropout.default:
            dropped[name] = dropout.default
    assert depths == DEPTHS
    assert widened == WIDENED
    assert dropped == PAPER_DROPOUT
    assert undropped == UNDROPPED
