"""Nothing of a file that a user is given is executed, and no file reaches out of itself."""

import shutil

import keras
import numpy as np
import pytest

from dlsuite.recipe import RecipeError, load
from dlsuite.serving import replay
from dlsuite.serving.arrays import read_arrays
from dlsuite.serving.graph_check import VOCABULARY, UnsafeModel, check_model
from dlsuite.serving.predict import answer
from dlsuite.serving.served import load as load_served
from dlsuite.serving.verify import read_examples, verify_draft_in_child
from dlsuite.training.taking_over import take_over
from dlsuite.training.weights_file import WeightsError, load_weights
from pipelines.tabular import Settings

from . import malicious, malicious_models, malicious_weights


@pytest.fixture
def marker(tmp_path):
    """What malicious files write; nobody else does."""
    path = tmp_path / "marker"
    yield path
    assert not path.exists()
    assert not list(tmp_path.parent.glob("marker*"))


@pytest.fixture(scope="module")
def net():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])


@pytest.fixture(scope="module")
def plain_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    return malicious_models.saved_model(folder, folder / "marker")


@pytest.fixture
def model(plain_model, tmp_path):
    """A copy of a good model, to be made a bad one."""
    return shutil.copytree(plain_model, tmp_path / "model")


@pytest.mark.parametrize("craft", malicious_weights.WEIGHTS, ids=lambda craft: craft.__name__)
def test_a_file_that_is_more_or_less_than_weights_is_refused(craft, net, tmp_path, marker):
    path = craft(tmp_path, marker)
    for read in (load_weights, take_over):
        with pytest.raises(WeightsError, match=r"x\.weights\.h5"):
            read(net, path)
    assert not (tmp_path / "escaped.txt").exists()


@pytest.mark.parametrize("name", ["model.keras", "model.npz", "model.pkl", "saved"])
def test_a_recipe_names_weights_in_one_form_alone(name):
    recipe = {"pipeline": "tabular", "data": {"source": "wine"}, "model": {"type": "mlp"}}
    with pytest.raises(RecipeError, match=r"a file that ends in \.h5\. Received"):
        load(recipe, Settings, {"model.weights": name})


@pytest.mark.parametrize("craft", malicious.ARRAYS, ids=lambda craft: craft.__name__)
def test_arrays_to_be_answered_are_read_as_they_are(craft, plain_model, tmp_path, marker):
    specs = load_served(plain_model).inputs("serving_default")
    with pytest.raises(ValueError, match=r"must (be|hold)"):
        read_arrays(craft(tmp_path, marker), specs)


@pytest.mark.parametrize("harm", malicious_models.HARMS)
def test_a_model_that_does_more_than_compute_is_not_loaded(harm, tmp_path, marker):
    path = malicious_models.saved_model(tmp_path / "model", marker, harm)
    question = tmp_path / "question.npy"
    np.save(question, np.zeros((1, 4), "float32"))
    for ask in (load_served, verify_draft_in_child, lambda path: answer(path, question)):
        with pytest.raises(UnsafeModel, match="no Python, files or network in its graph"):
            ask(path)


def test_what_is_refused_would_have_done_harm(tmp_path):
    marker = tmp_path / "marker"
    path = malicious_models.saved_model(tmp_path / "model", marker, "write")
    loaded = replay.tensorflow_alone().saved_model.load(str(path))
    replay.ask(loaded, "serving_default", {"features": np.zeros((1, 4), "float32")})
    assert marker.exists()


@pytest.mark.parametrize("nested", [False, True], ids=["exposed", "nested"])
@pytest.mark.parametrize("operation", malicious_models.OPERATIONS)
def test_operations_that_reach_out_are_named(operation, nested, model):
    malicious_models.with_operation(model, operation, nested=nested)
    with pytest.raises(UnsafeModel, match=rf"Received: {operation}( of|\.)"):
        check_model(model)


@pytest.mark.parametrize("operation", ["MatMul", "HashTableV2", "RandomUniform", "StatelessWhile"])
def test_operations_that_compute_are_allowed(operation, model):
    malicious_models.with_operation(model, operation, nested=True)
    check_model(model)


@pytest.fixture(scope="module")
def words_model(tmp_path_factory):
    return malicious_models.with_words(tmp_path_factory.mktemp("words"))


def test_a_vocabulary_and_a_lookup_of_keras_are_served(words_model):
    said = load_served(words_model).ask("serving_default", {"word": np.array(["blue", "green"])})
    assert [(each["place"], each["number"]) for each in said] == [(1, 1), (-1, 0)]


def a_constant_for_the_asset(graph):
    asset = next(node for node in graph.object_graph_def.nodes if node.HasField("asset"))
    asset.constant.operation = "elsewhere"
    constant = graph.graph_def.node.add(name="elsewhere", op="Const")
    constant.attr["value"].tensor.string_val.append(b"/etc/passwd")


def reader(graph):
    functions = graph.graph_def.library.function
    named = (f.signature.name for f in functions if any(n.op == VOCABULARY for n in f.node_def))
    return next(named)


def a_caller_of_the_initialiser(graph):
    functions = graph.graph_def.library.function
    answer = next(f for f in functions if "answer" in f.signature.name)
    call = answer.node_def.add(name="harm", op="PartitionedCall", input=["path", "table"])
    call.attr["f"].func.name = reader(graph)


def a_question_as_the_file(graph):
    del graph.object_graph_def.concrete_functions[reader(graph)].bound_inputs[:]


@pytest.mark.parametrize(
    "change", [a_constant_for_the_asset, a_caller_of_the_initialiser, a_question_as_the_file]
)
def test_a_vocabulary_is_an_asset_and_no_other_file(change, words_model, tmp_path):
    model = shutil.copytree(words_model, tmp_path / "model")
    malicious_models.changed(model, change)
    with pytest.raises(UnsafeModel, match=f"Received: {VOCABULARY} of a file that is no asset"):
        check_model(model)


def test_a_function_is_not_named_like_an_operation(model):
    def harm(graph):
        graph.graph_def.library.function.add().signature.name = "WriteFile"
        graph.graph_def.library.function[0].node_def.add(name="harm", op="WriteFile")

    malicious_models.changed(model, harm)
    with pytest.raises(UnsafeModel, match="WriteFile, a function that is named like an operation"):
        check_model(model)


@pytest.mark.parametrize("name", ["../../secret.txt", "/etc/passwd", "sub/../../../x"])
def test_assets_stay_in_their_folder(name, model):
    malicious_models.changed(model, lambda graph: graph.asset_file_def.add(filename=name))
    with pytest.raises(UnsafeModel, match="must hold its files itself"):
        check_model(model)


@pytest.mark.parametrize("place", ["assets/words.txt", "variables/x", "assets.extra/replay.npz"])
def test_links_out_of_the_folder_are_refused(place, model):
    (model / place).parent.mkdir(exist_ok=True)
    (model / place).symlink_to("/etc/passwd")
    with pytest.raises(UnsafeModel, match=rf"Received: {place}, which is outside of it"):
        check_model(model)


def test_a_model_may_be_reached_through_a_link_and_hold_links_of_its_own(model, tmp_path):
    (tmp_path / "link").symlink_to(model)
    (model / "inside").symlink_to("saved_model.pb")
    check_model(tmp_path / "link")


@pytest.mark.parametrize("content", [b"", b"\xff" * 50, b"saved"])
def test_what_is_no_model_is_refused(content, model):
    (model / "saved_model.pb").write_bytes(content)
    with pytest.raises(UnsafeModel, match="must be a SavedModel"):
        check_model(model)


@pytest.mark.parametrize("craft", malicious.ARRAYS, ids=lambda craft: craft.__name__)
@pytest.mark.parametrize("name", ["replay.npz", "expected.npz"])
def test_examples_beside_a_model_are_plain_arrays(craft, name, model, tmp_path, marker):
    (model / "assets.extra").mkdir()
    for each in ("replay.npz", "expected.npz"):
        replay.write_arrays(model / "assets.extra" / each, [], [{}])
    craft(tmp_path, marker).rename(model / "assets.extra" / name)
    with pytest.raises(ValueError, match=r"must (hold|be)|cannot be read"):
        read_examples(model)


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 10**5, '{"signatures": 3}', "null"])
def test_facts_beside_a_model_are_a_mapping(text, model):
    (model / "assets.extra").mkdir()
    (model / "assets.extra/dlsuite.json").write_text(text)
    with pytest.raises(ValueError, match=r"dlsuite\.json must be"):
        load_served(model)


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [touch {}]", "!!python/object/new:os.system [{}]"]
)
def test_tags_of_a_recipe_make_nothing(tag, tmp_path, marker):
    path = tmp_path / "r.yaml"
    path.write_text(f"pipeline: tabular\nmodel: {tag.format(marker)}\n")
    with pytest.raises(RecipeError, match=r"r\.yaml:2:8 model: tags are not allowed"):
        load(path, Settings)
