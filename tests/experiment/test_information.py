"""What a model learned about its data survives as JSON, exactly."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.data import TableStatistics
from dlsuite.experiment import information
from dlsuite.targets import ManyLabels, ManyOutputs, Number, OneClass, Output
from dlsuite.targets.units import unit_names
from dlsuite.tracking import Store, StoreError
from pipelines import image_classification, tabular

SMALL = {
    image_classification: {"data": {"source": "digits"}},
    tabular: {"data": {"source": "diabetes"}},
}


@dataclass(frozen=True)
class Inner:
    values: np.ndarray
    name: str


@dataclass(frozen=True)
class Info:
    inner: Inner
    pairs: dict[str, tuple[float, float]]
    maybe: tuple[int, ...] | None = None


def through_json(kind, info):
    return information.rebuilt(kind, json.loads(json.dumps(information.plain(info))))


def test_arrays_tuples_and_dataclasses_come_back_as_they_were():
    info = Info(
        Inner(np.array([[0.1, 1 / 3]], "float32"), "a"),
        {"x": (1e-300, float(np.nextafter(1, 2)))},
        (1, 2),
    )
    back = through_json(Info, info)
    assert back.inner.values.dtype == np.float32
    np.testing.assert_array_equal(back.inner.values, info.inner.values)
    assert (back.pairs, back.maybe, back.inner.name) == (info.pairs, info.maybe, "a")


def test_mappings_need_no_type():
    info = {"shape": [8, 8], "content": np.zeros((0, 2), "uint8"), "count": np.int64(3)}
    back = through_json(None, info)
    assert back["content"].shape == (0, 2)
    assert back["content"].dtype == np.uint8
    assert (back["shape"], back["count"]) == ([8, 8], 3)


@pytest.mark.parametrize("module", SMALL)
def test_that_of_the_applications_is_equal(module, workshop):
    recipe = SMALL[module] | {"model": {"type": "mlp", "hidden": [4]}}
    info = experiment.plan(module.pipeline, recipe).learner.splits.info
    assert through_json(module.pipeline.info, info) == info


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (OneClass(("a", "b"), (3, 4)), ("a", "b")),
        (ManyLabels(("a", "b"), (3, 4), 9, ";"), ("a", "b")),
        (
            ManyOutputs((Output("size", ("s", "m"), (1, 2)), Output("hue", ("a",), (3,)))),
            ("size: s", "size: m", "hue: a"),
        ),
        (Number("price", 0.1, 1 / 3), ("price",)),
    ],
)
def test_every_kind_of_target_comes_back_and_names_its_outputs(target, names):
    statistics = TableStatistics({"x": "number", "y": "category"}, {"x": (1.5, 2.0)}, {"y": ("a",)})
    info = tabular.TableInfo(statistics, target, ("t",))
    assert through_json(tabular.TableInfo, info) == info
    assert unit_names(target) == names
    assert len(names) == target.width


def test_a_run_gives_it_back_and_says_where_it_is_no_longer_understood(workshop):
    recipe = SMALL[image_classification] | {"model": {"type": "mlp", "hidden": [4]}}
    info = experiment.plan(image_classification.pipeline, recipe).learner.splits.info
    store = Store.open()
    with store.start("image_classification", "kept") as tracked:
        information.keep(tracked, info)
    record = store.find("kept")
    assert information.read(image_classification.pipeline, record) == info
    other = replace(image_classification.pipeline, info=Info)
    with pytest.raises(StoreError, match=r"does not fit image_classification as it is now: inner"):
        information.read(other, record)
    with store.start("image_classification", "empty"):
        pass
    with pytest.raises(StoreError, match=r"keeps no info\.json: .* Train it again\."):
        information.read(image_classification.pipeline, store.find("empty"))
