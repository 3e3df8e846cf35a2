"""SavedModels that would do harm: each writes the file `marker`, or reads what is not its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def module(marker: Path, harm: str) -> Any:
    """A model of TensorFlow whose answer to `[N, 4]` does harm on the way."""
    import tensorflow as tf

    target = str(marker)

    def touch() -> np.float32:
        Path(target).touch()
        return np.float32(0)

    def body(step: Any) -> Any:
        tf.io.write_file(target, "x")
        return step + 1

    ways: dict[str, Callable[[], Any]] = {
        "none": lambda: None,
        "python": lambda: tf.py_function(touch, [], tf.float32),
        "numpy": lambda: tf.numpy_function(touch, [], tf.float32),
        "write": lambda: tf.io.write_file(target, "x"),
        "write_in_a_loop": lambda: tf.while_loop(lambda i: i < 1, body, [tf.constant(0)]),
        "read": lambda: tf.io.read_file("/etc/passwd"),
        "print_to_file": lambda: tf.print("x", output_stream=f"file://{target}"),
        "save": lambda: tf.raw_ops.SaveV2(
            prefix=target, tensor_names=["x"], shape_and_slices=[""], tensors=[tf.zeros(1)]
        ),
        "dataset": lambda: tf.data.TextLineDataset("/etc/passwd").reduce(0, lambda n, _: n + 1),
    }

    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="features")])
        def answer(self, features: Any) -> dict[str, Any]:
            done = ways[harm]()
            with tf.control_dependencies([done] if tf.is_tensor(done) else []):
                return {"answer": tf.identity(features)}

    return Model()


def saved_model(folder: Path, marker: Path, harm: str = "none") -> Path:
    """The SavedModel of `module`."""
    import tensorflow as tf

    made = module(marker, harm)
    tf.saved_model.save(made, str(folder), signatures={"serving_default": made.answer})
    return folder


HARMS = (
    *("python", "numpy", "write", "write_in_a_loop", "read", "print_to_file", "save", "dataset"),
)
# Operations put into the graph of a model that is good otherwise.
OPERATIONS = (
    *("PyFunc", "EagerPyFunc", "PyFuncStateless", "ReadFile", "WriteFile", "MatchingFiles"),
    *("ImmutableConst", "PrintV2", "Print", "SaveV2", "RestoreV2", "MergeV2Checkpoints", "Save"),
    *("Restore", "SaveSlices", "DebugIdentity", "DebugIdentityV2", "CopyHost", "TFRecordDataset"),
    *(
        "CreateSummaryFileWriter",
        "WriteRawProtoSummary",
        "RemoteCall",
        "Send",
        "Recv",
        "LMDBReader",
    ),
    *("DataServiceDataset", "SqlDataset", "GeneratorDataset", "WholeFileReaderV2", "NoSuchOp"),
    *("CollectiveReduceV2", "InitializeTableFromTextFileV2", "FileSystemSetConfiguration"),
    *("LoadAndRemapMatrix", "GenerateVocabRemapping", "TRTEngineOp", "XlaHostCompute"),
    *("DecodeProtoV2", "EncodeProto"),  # read the file that an attribute of theirs names
)


def with_operation(folder: Path, operation: str, *, nested: bool) -> None:
    """Puts an operation into a function of a SavedModel, or into one that it calls."""

    def put(graph: Any) -> None:
        exposed = next(iter(graph.object_graph_def.concrete_functions))
        library = graph.graph_def.library
        function = next(each for each in library.function if each.signature.name == exposed)
        if nested:
            inner = library.function.add()
            inner.signature.name = "inner"
            call = function.node_def.add(name="harmless", op="PartitionedCall")
            call.attr["f"].func.name = "inner"
            function = inner
        function.node_def.add(name="harm", op=operation, input=["a", "b"])

    changed(folder, put)


def changed(folder: Path, change: Callable[[Any], object]) -> None:
    """Changes the graph of a SavedModel, a `MetaGraphDef`, where it lies."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel()
    model.ParseFromString(path.read_bytes())
    change(model.meta_graphs[0])
    path.write_bytes(model.SerializeToString())


def with_words(folder: Path) -> Path:
    """A good SavedModel that reads a vocabulary, its asset, and looks words up with Keras."""
    import keras
    import tensorflow as tf

    (folder / "words.txt").write_text("red\nblue\n")

    class Words(tf.Module):
        def __init__(self) -> None:
            kinds = (tf.string, tf.lookup.TextFileIndex.WHOLE_LINE)
            places = (tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
            source = tf.lookup.TextFileInitializer(str(folder / "words.txt"), *kinds, *places)
            self.table = tf.lookup.StaticHashTable(source, -1)
            self.lookup = keras.layers.StringLookup(vocabulary=["blue"], num_oov_indices=1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])
        def answer(self, word: Any) -> dict[str, Any]:
            return {"place": self.table.lookup(word), "number": self.lookup(word)}

    words = Words()
    signatures = {"serving_default": words.answer}
    tf.saved_model.save(words, str(folder / "model"), signatures=signatures)
    (folder / "words.txt").unlink()
    return folder / "model"
