"""An export is there when it answers as the training code does, and not otherwise."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.serving import (
    ExportMismatch,
    Signature,
    copy_export,
    export,
    image_signatures,
    locate,
    verify_in_child,
)
from dlsuite.serving.export import replay_cases
from dlsuite.serving.graph_check import UnsafeModel
from tests.serving.conftest import ONE_DIGIT


def again(served: Any, folder: Path, **changed: Any) -> Any:
    """The same export once more, with something changed."""
    arguments = {
        "signatures": served.signatures,
        "examples": served.examples,
        "expected": served.expected,
        "manifest": {},
    }
    arguments |= changed
    return export(folder, served.model, arguments.pop("signatures"), **arguments)


def test_an_export_answers_as_the_training_code(grey: Any) -> None:
    exported = grey.exported
    assert exported.path == grey.folder / "1"
    assert (exported.version, exported.examples) == (1, 73)
    assert exported.max_difference <= 1e-5
    assert [place.name for place in grey.folder.iterdir()] == ["1"]


def test_size_and_latency_are_measured(grey: Any) -> None:
    exported = grey.exported
    files = [exported.path / "saved_model.pb", exported.path / "fingerprint.pb"]
    files += (exported.path / "variables").iterdir()
    assert exported.size_mb == sum(file.stat().st_size for file in files) / 1e6
    assert 0 < exported.p50_latency_ms <= exported.p95_latency_ms < 1000
    assert 0 < exported.p50_batch_latency_ms <= exported.p95_batch_latency_ms < 10_000


def test_an_export_holds_no_optimizer_and_no_metrics(grey: Any) -> None:
    loaded = tf.saved_model.load(str(grey.exported.path))
    kept = sum(int(tf.size(variable)) for variable in loaded._all_variables)
    assert kept == sum(weight.size for weight in grey.model.get_weights() if weight.ndim)


def test_the_manifest_says_what_a_client_needs(grey: Any, wines: Any, prices: Any) -> None:
    manifest = json.loads((grey.exported.path / "assets.extra" / "dlsuite.json").read_text())
    assert (manifest["pipeline"], manifest["run_id"], manifest["version"]) == ("toy", "a1b2", 1)
    assert manifest["versions"]["tensorflow"] == tf.__version__
    assert manifest["verification"] == {
        "max_difference": grey.exported.max_difference,
        "tolerance": 1e-5,
        "examples": 73,
    }
    assert manifest["signatures"]["serving_default"] == {
        "inputs": {"image": {"dtype": "uint8", "shape": [None, None, None, 1]}},
        "outputs": {
            "class_id": {"dtype": "int32", "shape": [None]},
            "class_name": {"dtype": "string", "shape": [None]},
            "probabilities": {"dtype": "float32", "shape": [None, 3]},
        },
        "class_names": ["zero", "one", "two"],
    }
    assert manifest["signatures"]["serve_bytes"]["inputs"] == {
        "image_bytes": {"dtype": "string", "shape": [None]}
    }
    manifest = json.loads((wines.exported.path / "assets.extra" / "dlsuite.json").read_text())
    assert manifest["signatures"]["serving_default"]["columns"]["self"] == "column_self"
    manifest = json.loads((prices.exported.path / "assets.extra" / "dlsuite.json").read_text())
    assert list(manifest["signatures"]["serving_default"]["outputs"]) == ["prediction"]


def test_colour_and_tables_and_numbers_are_proven_too(colour: Any, wines: Any, prices: Any) -> None:
    assert colour.exported.examples == 73
    assert wines.exported.examples == prices.exported.examples == 3
    assert np.abs(prices.expected["prediction"]).max() > 1  # differences are relative there


def test_examples_of_one_shape_are_asked_together(grey: Any) -> None:
    cases = list(replay_cases(grey.signatures, grey.examples))
    sizes = {name: [len(c.rows) for c in cases if c.signature == name] for name in grey.signatures}
    assert sizes == {"serving_default": [64, 6, 1, 1, 1], "serve_bytes": [64, 9]}
    assert [row for case in cases[:5] for row in case.rows] == list(range(73))


def test_a_process_without_keras_gives_the_same_answers(grey: Any) -> None:
    verified = verify_in_child(grey.folder)
    assert set(verified.answers) == {"serving_default", "serve_bytes"}
    assert verified.examples == 16
    assert verified.max_difference <= 1e-5
    for answers in verified.answers.values():
        np.testing.assert_allclose(
            answers["probabilities"], grey.expected["probabilities"][:16], atol=1e-5
        )


def test_a_copy_is_proven_and_gets_the_next_number(wines: Any, tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    copied = copy_export(wines.folder, tmp_path)  # its `Wines` layer is not importable there
    assert copied.path == tmp_path / "5" == locate(tmp_path)
    assert (copied.examples, copied.size_mb) == (3, wines.exported.size_mb)
    manifest = json.loads((copied.path / "assets.extra" / "dlsuite.json").read_text())
    assert (manifest["version"], manifest["run_id"]) == (5, "a1b2")


def test_an_export_of_another_tool_cannot_be_proven(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"assets\.extra/dlsuite\.json"):
        copy_export(tmp_path, tmp_path / "copy")


def test_a_model_that_answers_otherwise_leaves_nothing(wines: Any, tmp_path: Path) -> None:
    weights = wines.model.get_weights()
    wines.model.set_weights([weights[0] * 1.01, weights[1]])
    try:
        with pytest.raises(
            ExportMismatch, match=r"`serving_default`, output `\w+` must be .*within"
        ):
            again(wines, tmp_path / "exports" / "wines")
    finally:
        wines.model.set_weights(weights)
    assert list(tmp_path.iterdir()) == []


def test_one_wrong_answer_of_the_last_example_is_found(prices: Any, tmp_path: Path) -> None:
    wrong = prices.expected["prediction"].copy()
    wrong[2] += 1e-4 * max(1, abs(wrong[2]))
    with pytest.raises(ExportMismatch, match=r"Example 2, element \[\]: it answers"):
        again(prices, tmp_path / "export", expected={"prediction": wrong})
    again(prices, tmp_path / "export", expected={"prediction": wrong}, tolerance=1e-3)
    assert locate(tmp_path / "export").name == "1"


def test_python_inside_the_graph_is_not_exported(prices: Any, tmp_path: Path) -> None:
    doubled = Signature(
        inputs={"x": tf.TensorSpec((None,), tf.float32)},
        answer=lambda x: {"y": tf.ensure_shape(tf.numpy_function(np.add, [x, x], x.dtype), [None])},
        replay=lambda raw: {"x": raw["columns"]["alcohol"]},
    )
    expected = {"y": np.array([22, 26, 25], "float32")}
    with pytest.raises(UnsafeModel, match=r"no Python, files or network.*Received: PyFunc\."):
        again(prices, tmp_path, signatures={"double": doubled}, expected=expected)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"signatures": {}}, "`signatures` must name one"),
        ({"expected": {}}, "must have an answer to every example"),
        ({"expected": {"probabilities": np.zeros((2, 3))}}, "Received: 3 examples, answers"),
        ({"examples": [], "expected": {"probabilities": np.zeros((0, 3))}}, "at least one"),
    ],
)
def test_an_export_of_nothing_is_refused(
    wines: Any, tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        again(wines, tmp_path / "export", **changed)
    with pytest.raises(TypeError, match="not JSON serializable"):
        again(wines, tmp_path / "export", manifest={"model": wines.model})
    assert not (tmp_path / "export").exists()


def test_a_model_that_nothing_is_known_of_is_not_proven(wines: Any, tmp_path: Path) -> None:
    with pytest.raises(ExportMismatch, match=r"one of the outputs \['logits'\]"):
        again(wines, tmp_path / "e", expected={"logits": wines.expected["logits"]})


def test_grey_levels_rounded_in_training_alone_are_noticed(grey: Any, tmp_path: Path) -> None:
    # Outside a graph `Resizing` rounds what is uint8, inside one it does not.
    resize = keras.layers.Resizing(8, 8)
    preprocess = keras.Sequential(
        [keras.Input((None, None, 1), dtype="uint8"), resize, keras.layers.Rescaling(1 / 255)]
    )
    prepared = np.concatenate([preprocess(e["image"][None]) for e in grey.examples])
    expected = keras.ops.softmax(grey.model.predict(prepared, verbose=0))
    with pytest.raises(ExportMismatch, match="Example 70"):  # the first of another size
        again(
            grey,
            tmp_path,
            signatures=image_signatures(preprocess, grey.model, ONE_DIGIT),
            expected={"probabilities": np.asarray(expected)},
        )


KILLED = """
import sys, time
from dlsuite.serving import Signature, export
from dlsuite.serving.replay import tensorflow_alone

tf = tensorflow_alone()
assert "keras" not in sys.modules
import keras, numpy as np  # works after TensorFlow came alone

class Ones(list):
    def read(self, index):
        return self[index]

def slow(x):
    if not tf.executing_eagerly():  # the trace: the draft exists
        print("writing", flush=True)
        time.sleep(60)
    return {"y": x}

signature = Signature({"x": tf.TensorSpec((None,))}, slow, lambda raw: {"x": raw})
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
export(sys.argv[1], model, {"serving_default": signature}, examples=Ones([np.float32(1)]),
       expected={"y": np.ones(1, "float32")}, manifest={})
"""


def test_a_killed_export_leaves_a_draft_that_the_next_removes(wines: Any, tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    assert again(wines, tmp_path).version == 2  # the first is being written
    assert {place.name for place in tmp_path.iterdir()} == {"1.draft", "2"}
    child.kill()
    child.wait()
    child.stdout.close()
    assert again(wines, tmp_path).version == 3
    assert {place.name for place in tmp_path.iterdir()} == {"2", "3"}
