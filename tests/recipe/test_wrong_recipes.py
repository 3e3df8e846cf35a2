"""Whatever is wrong with a recipe is said with its place; nothing else ever comes of it."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlsuite import experiment
from dlsuite.recipe import RecipeError, load, read
from pipelines import tabular
from pipelines.image_classification import Settings

from . import mutations, wrong_words
from .trying import FILE, KINDS, Wrong

RECIPES = mutations.recipes()
WINE = {"data": {"source": "wine"}, "model": {"type": "mlp"}}
SMALL = ("wine_mlp", "diabetes_mlp", "digits_mlp")  # their data is at hand and small
seeds = st.integers(0, 2**32)
quick = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def own_folder(folder: Path) -> Path:
    """The current folder, with modules that a recipe may name and that are bad."""
    wrong_words.own_modules(folder)
    return folder


@quick
@given(seed=seeds, name=st.sampled_from(sorted(RECIPES)), kind=st.sampled_from(KINDS))
def test_any_slip_is_accepted_or_refused_with_its_place(own_folder, seed, name, kind) -> None:
    Wrong.of(kind, seed, RECIPES[name]).loaded()
    assert not Path("marker").exists()


def test_slips_that_are_no_static_ones_are_found_by_a_plan(own_folder) -> None:
    planned = 0
    for seed in range(1000):
        text = RECIPES[random.Random(seed).choice(SMALL)]
        wrong = Wrong.of("tree" if seed % 2 else "override", seed, text)
        if wrong.loaded() is not None:
            wrong.planned()
            planned += 1
        if planned == 8:
            return
    raise AssertionError("too few recipes are accepted")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("model.hidden=[1000000000, 1000000000]", "The weights must fit into"),
        ("model.hidden=[9000000000000000000]", "The weights must fit into"),
        ("model=wrong_things:raises", "cannot be built for this data"),
        ("model=wrong_things:model", "must return a keras.Model. Received: a str"),
        ("model=wrong_things:exits", "cannot be built for this data"),
        ("data.source=wrong_things:source", "wrong_things:source fails"),
        ("data.source=wrong_things:raises", "wrong_things:raises fails. KeyError"),
        ("data.source=keras.layers:Dense", "is missing"),
    ],
)
def test_what_only_a_plan_can_find_has_a_place_and_takes_no_memory(own_folder, override, said):
    with pytest.raises(RecipeError, match=rf"override {override[:5]}.*{said}"):
        _plan(override)


def _plan(override: str) -> None:
    experiment.plan(tabular.pipeline, {"pipeline": "tabular", **WINE}, [override])


@pytest.mark.parametrize("epochs", [10**9, 2**63 - 1])
def test_large_counts_cost_nothing(own_folder, epochs):
    changes = {"training.epochs": epochs, "data.batch_size": epochs}
    plan = experiment.plan(tabular.pipeline, {"pipeline": "tabular", **WINE}, changes)
    assert plan.learner.steps_per_epoch == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: " + b"[" * 50_000, "must be nested at most 100 deep"),
        (b"a: " + b"{b: " * 50_000, "must be nested at most 100 deep"),
        (b"- " * 50_000, "must be nested at most 100 deep"),
        (b"- 1\n" * 50_000, "must hold at most 20,000 values"),
        (b"a: " + b"x" * 2**20, "must be a file of at most 1,048,576 bytes"),
        (b"pipeline: tabular\nseed: 0x" + b"f" * 6000, "a whole number must be from"),
        (b'pipeline: tabular\nseed: "\\ud800"', "half of a surrogate pair"),
        (b'pipeline: tabular\nseed: "\\0"', "a zero byte"),
        (b"pipeline: " + b"9" * 50_000, "pipeline: must be one of"),
    ],
)
def test_texts_without_measure_are_refused_soon(folder, text, said):
    Path(FILE).write_bytes(text)
    with pytest.raises(RecipeError, match=said):
        _checked(FILE)


def _checked(file: str) -> None:
    document = read(file)
    document.choose("pipeline", ["tabular", "image_classification"])
    load(document, Settings)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (object(), "must be a text, a number, true, false, null, a list or a mapping"),
        (b"x", "Received: a bytes"),
        (10**5000, "a whole number must be from"),
        ({None: 1}, "a key must be a text or a whole number"),
        ({"a": {"b": object()}}, "model.a.b: must be a text"),
    ],
    ids=["object", "bytes", "long", "key", "inside"],
)
def test_a_mapping_holds_what_a_file_could_hold(value, said):
    with pytest.raises(RecipeError, match=said):
        load({"pipeline": "image_classification", "model": value}, Settings)
    with pytest.raises(RecipeError, match=said):
        load({"pipeline": "image_classification"}, Settings, {"model": value})


def test_a_mapping_that_holds_itself_is_refused():
    tree: dict = {"pipeline": "image_classification"}
    tree["model"] = tree
    with pytest.raises(RecipeError, match="nested at most 100 deep"):
        load(tree, Settings)


def test_a_message_cannot_command_a_terminal():
    with pytest.raises(RecipeError) as caught:
        load({"pipeline": "x\x1b[2J\u202e", "\x1b]0;title\x07": 1}, Settings)
    assert "\x1b" not in str(caught.value)
    assert "\\x1b]0;title\\x07" in str(caught.value)


def test_own_modules_that_end_the_process_do_not(own_folder):
    with pytest.raises(RecipeError, match="cannot import wrong_exits:x: SystemExit: 3"):
        load({"pipeline": "image_classification", "model": "wrong_exits:x"}, Settings)
    assert os.getcwd() == str(own_folder)


def test_a_signal_is_no_answer_of_the_recipe(own_folder):
    (own_folder / "stopped.py").write_text(
        "from dlsuite.tracking import Terminated\n"
        "def net(input_shape, num_classes): raise Terminated\n"
    )
    with pytest.raises(SystemExit) as end:
        _plan("model=stopped:net")
    assert end.value.code == 143
