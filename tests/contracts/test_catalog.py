"""Every row of the catalog is trained, saved, reloaded, exported, halved and differentiated."""

import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

import dlsuite.models
from dlsuite import metrics
from dlsuite.training.gradients import gradient_check
from dlsuite.training.variables import build_optimizer

from .catalog import BATCH, METRICS, PACKAGES, ROWS, SHALLOW, Batch, Metric, Row
from .replay import named, of_name

REPOSITORY = Path(dlsuite.__file__).parents[1]
PRESENT = [name for name in PACKAGES if importlib.util.find_spec(name)]

DIFFERENTIABLE = 8  # depth of a net, at most, whose gradients are held against differences
QUICK = 7  # of one, at most, that default tests try

every_row = pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=[pytest.mark.slow] if row.depth > QUICK else [])
        for row in ROWS
    ],
)


@dataclass(frozen=True)
class Trained:
    """A row's model after one step, and what the fresh process made of it."""

    model: keras.Model
    before: list[np.ndarray]
    answer: Batch
    loss: float
    replayed: dict[str, np.ndarray]


@contextmanager
def precision(policy: str) -> Iterator[None]:
    """Builds under a dtype policy; Keras' own computations follow it to float64."""
    keras.config.set_dtype_policy(policy)
    if policy == "float64":
        keras.config.set_floatx(policy)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")


def one_step(row: Row, model: keras.Model, *, eagerly: bool = False) -> float:
    loss = row.loss() if row.loss else None
    model.compile(keras.optimizers.Adam(0.01), loss=loss, run_eagerly=eagerly)
    build_optimizer(model)
    return float(np.asarray(model.train_on_batch(row.inputs, row.targets)).flat[0])


def assert_equal_but_for_rounding(row: Row, got: Batch, expected: Batch) -> None:
    """Differences within a few units of float32 for each layer that they went through."""
    got, expected = named("", got), named("", expected)
    assert set(got) == set(expected)
    for name, numbers in expected.items():
        most = 1e-6 * row.depth / SHALLOW * max(1.0, np.abs(numbers).max())
        np.testing.assert_allclose(got[name], numbers, rtol=0, atol=most)


def answer_of(model: keras.Model, inputs: Batch) -> Batch:
    answer = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, answer)


def loss_of(model: keras.Model, row: Row, answer: Batch) -> float:
    if row.loss:
        return float(row.loss()(row.targets, answer))
    return float(model.compute_loss(row.inputs, row.targets, answer, None, training=False))


def write(row: Row, number: int, folder: Path) -> tuple[keras.Model, list[np.ndarray]]:
    """Trains a row one step and leaves what the fresh process needs."""
    keras.utils.set_random_seed(number)
    model = row.build()
    before = [weight.numpy() for weight in model.trainable_weights]
    one_step(row, model)
    model.save(folder / f"{number}.keras")
    model.export(folder / f"{number}.savedmodel", verbose=False)
    arrays = {**named("inputs", row.inputs), **named("targets", row.targets)}
    np.savez(folder / f"{number}.npz", **arrays)
    return model, before


@pytest.fixture(scope="module")
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Trained]:
    folder = tmp_path_factory.mktemp("catalog")
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    asked = {id(call.params["row"]) for call in calls if call and "row" in call.params}
    rows = [row for row in ROWS if id(row) in asked]
    written = [write(row, number, folder) for number, row in enumerate(rows)]
    (folder / "packages.json").write_text(json.dumps(PRESENT))
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("replay.py")), str(folder)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    results = {}
    for number, (row, (model, before)) in enumerate(zip(rows, written, strict=True)):
        answer = answer_of(model, row.inputs)
        loss = loss_of(model, row, answer)
        replayed = dict(np.load(folder / f"{number}.answers.npz"))
        results[row.name] = Trained(model, before, answer, loss, replayed)
    return results


def public_names() -> list[tuple[str, str]]:
    packages = [importlib.import_module(name) for name in PRESENT]
    return [(package.__name__, name) for package in packages for name in package.__all__]


@pytest.mark.parametrize(("package", "name"), public_names())
def test_every_public_layer_loss_and_model_has_a_row(package: str, name: str) -> None:
    subject = getattr(importlib.import_module(package), name)
    assert any(row.subject is subject for row in ROWS), f"{package}.{name} has no row in catalog.py"


def test_every_public_metric_has_a_row() -> None:
    functions = {name for name in metrics.__all__ if inspect.isfunction(getattr(metrics, name))}
    assert functions == {row.subject.__name__ for row in METRICS}


@pytest.mark.parametrize("row", METRICS, ids=lambda row: row.subject.__name__)
def test_a_metric_gives_the_value_worked_by_hand(row: Metric) -> None:
    measured = row.measure()
    if isinstance(measured, metrics.Scores):
        measured = {name: measured.values[name] for name in row.worked}
    assert measured == pytest.approx(row.worked)


def test_every_class_and_function_that_a_saved_model_can_name_has_a_row() -> None:
    ours = {
        name: thing
        for name, thing in keras.saving.get_custom_objects().items()
        if thing.__module__.startswith(tuple(PRESENT))
    }
    assert ours
    used = {id(row.subject) for row in ROWS} | {id(type(row.loss())) for row in ROWS if row.loss}
    used |= {id(type(row.build())) for row in ROWS}  # A builder's row is its class's too.
    missing = [name for name, thing in ours.items() if id(thing) not in used]
    assert not missing, f"without a row in catalog.py: {missing}"


def test_names_of_rows_are_their_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    batches = [batch for row in ROWS for batch in (row.inputs, row.targets)]
    assert all(len(part) == BATCH for batch in batches for part in named("", batch).values())


@every_row
def test_one_step_moves_every_weight(row: Row, trained: dict[str, Trained]) -> None:
    result = trained[row.name]
    after = result.model.trainable_weights
    moved = {
        weight.path: not np.array_equal(weight.numpy(), before)
        for weight, before in zip(after, result.before, strict=True)
    }
    assert moved == dict.fromkeys(moved, True)


@every_row
def test_a_fresh_process_reloads_it_and_answers_the_same(
    row: Row, trained: dict[str, Trained]
) -> None:
    result = trained[row.name]
    assert_equal_but_for_rounding(row, of_name("reloaded", result.replayed), result.answer)
    assert result.replayed["loss"] == pytest.approx(result.loss, rel=1e-6)


@every_row
def test_its_saved_model_answers_the_same_where_only_tensorflow_is(
    row: Row, trained: dict[str, Trained]
) -> None:
    result = trained[row.name]
    assert_equal_but_for_rounding(row, of_name("served", result.replayed), result.answer)


@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_bfloat16", 2**-5), ("mixed_float16", 2**-8)]
)
@every_row
def test_half_precision_answers_like_single_and_trains(
    row: Row, trained: dict[str, Trained], policy: str, tolerance: float
) -> None:
    result = trained[row.name]
    with precision(policy):
        model = row.build()
    if row.subject in vars(dlsuite.models).values():
        assert {x.dtype for x in keras.tree.flatten(model.output)} == {"float32"}  # logits
    model.set_weights(result.model.get_weights())
    answer, expected = named("", answer_of(model, row.inputs)), named("", result.answer)
    tolerance *= row.depth / SHALLOW
    for name, numbers in expected.items():
        scale = np.abs(numbers).max()
        np.testing.assert_allclose(answer[name].astype("float32"), numbers, atol=tolerance * scale)
    assert {w.dtype for w in model.trainable_weights} <= {"float32"}
    assert np.isfinite(one_step(row, model, eagerly=True))  # no wait for a trace
    assert all(np.isfinite(w).all() for w in model.get_weights())


@every_row
def test_its_gradients_are_those_of_finite_differences(row: Row) -> None:
    if row.depth > DIFFERENTIABLE:
        pytest.skip("kinks of rectifiers and poolings lie too close for differences")
    if row.float32_only:
        pytest.skip("differences of float32 are too coarse")
    keras.utils.set_random_seed(0)
    with precision("float64"):
        model, loss = row.build(), row.loss()
        inputs = row.inputs[:2].astype("float64")
        errors = gradient_check(model, inputs)
        assert set(errors) == {"input_0", *(w.path for w in model.trainable_weights)}
        outputs = answer_of(model, inputs)
        errors |= gradient_check(lambda answers: loss(row.targets[:2], answers), outputs)
    wrong = {name: error for name, error in errors.items() if error > 1e-6}
    assert not wrong
