"""What a rerun repeats is said in a run's record, and every refusal of TensorFlow has its words."""

import gc
import mmap
import re
from pathlib import Path

import pytest
import tensorflow as tf
from tensorflow.python.framework.func_graph import FuncGraph

from dlsuite.training import determinism, fit_stages, runtime
from tests.training import toys

# As TensorFlow words an error that training meets.
GRAPH_ERROR = """Graph execution error:
A deterministic GPU implementation of AdjustContrastv2 is not currently available.
\t [[{{node model/contrast/AdjustContrastv2}}]] [Op:__inference_multi_step_on_iterator_1]"""


def test_deterministic_reruns_are_promised_and_refusals_named_on_a_gpu():
    on_cpu, on_gpu = (determinism.reruns(True, gpu) for gpu in (False, True))
    assert on_cpu["promise"] == on_gpu["promise"]
    assert on_cpu["promise"].startswith("equal bit for bit")
    assert on_cpu["refused"] == []
    assert "SparseTensorDenseMatmul: a sparse matrix times a dense one" in on_gpu["refused"]
    assert on_cpu["may_differ"] == on_gpu["may_differ"] == []


def test_what_may_differ_is_said_where_nothing_is_promised():
    on_cpu, on_gpu = (determinism.reruns(False, gpu) for gpu in (False, True))
    assert on_cpu["promise"].startswith("none")
    assert len(on_cpu["may_differ"]) == 1
    assert any("cuDNN" in line for line in on_gpu["may_differ"])
    assert any("ResizeNearestNeighborGrad" in line for line in on_gpu["may_differ"])


def test_a_refusal_names_operation_place_and_the_way_out():
    said = runtime.refusal(tf.errors.UnimplementedError(None, None, GRAPH_ERROR))
    assert "device: AdjustContrast, tf.image.adjust_contrast at model/contrast/" in said
    assert "`runtime.device: cpu`" in said


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.UnimplementedError(None, None, "Cast string to float is not supported"),
        ValueError("A deterministic GPU implementation of AdjustContrastv2 is not available."),
    ],
)
def test_another_error_is_no_refusal(error):
    assert runtime.refusal(error) is None


@pytest.mark.slow
def test_every_refusal_in_the_kernels_of_this_tensorflow_is_in_the_table():
    library = Path(tf.__file__).parent / "libtensorflow_cc.so.2"
    refusals = re.compile(
        rb"(?:Determinism is not yet supported (?:for|in)|[Dd]eterministic GPU implementation of)"
        rb"[ -~]*"
    )
    with library.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            said = [match[0].decode() for match in refusals.finditer(content)]
    known = (*determinism.REFUSED_ON_GPU, "with this version of cuDNN")  # an older one
    assert len(said) >= 15
    assert [text for text in said if not any(name in text for name in known)] == []


def test_the_graphs_of_a_training_go_with_its_model():
    def graphs():
        gc.collect()
        return sum(isinstance(one, FuncGraph) for one in gc.get_objects())

    before = graphs()
    fit_stages(toys.task(toys.plain(), training={"epochs": 1}, measure=None, monitor=None))
    assert graphs() <= before


def test_what_a_training_traced_can_be_differentiated_after_it():
    layer = tf.keras.layers.Dense(2, activation="silu")
    layer.build((None, 3))
    answers = tf.function(layer)
    x = tf.ones([2, 3])
    with runtime.traces_let_go():
        answers(x)  # first traced within
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(answers(x))
    assert tape.gradient(loss, layer.kernel.value) is not None
