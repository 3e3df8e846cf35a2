"""Files that would do harm: each writes the file `marker` if something of it is ever executed."""

from __future__ import annotations

import marshal
import pickle
import zipfile
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Craft = Callable[[Path, Path], Path]  # (folder, marker) -> the file
HUGE = 10**13


class Bomb:
    """Unpickled, it writes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return Path.touch, (self.marker,)


def objects(marker: Path) -> np.ndarray:
    """An array that is pickled when it is stored."""
    return np.array([Bomb(marker)], dtype=object)


def header(shape: tuple[int, ...]) -> bytes:
    """The beginning of an .npy that says it is of that shape, and nothing after it."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (63 - (len(text) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


# Files of arrays -------------------------------------------------------------------------------


def pickled_npz(folder: Path, marker: Path) -> Path:
    np.savez(folder / "a.npz", x=objects(marker), features=objects(marker))
    return folder / "a.npz"


def pickled_npy(folder: Path, marker: Path) -> Path:
    np.save(folder / "a.npy", objects(marker), allow_pickle=True)
    return folder / "a.npy"


def bare_pickle(folder: Path, marker: Path) -> Path:
    (folder / "a.npy").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "a.npy"


def bare_pickle_npz(folder: Path, marker: Path) -> Path:
    (folder / "a.npz").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "a.npz"


def huge_npy(folder: Path, marker: Path) -> Path:
    (folder / "a.npy").write_bytes(header((HUGE, 4)) + b"\0" * 64)
    return folder / "a.npy"


def huge_npz(folder: Path, marker: Path) -> Path:
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        archive.writestr("features.npy", header((HUGE, 4)) + b"\0" * 64)
    return folder / "a.npz"


def bomb_npz(folder: Path, marker: Path) -> Path:
    """Many zeros in little space, said to be four numbers."""
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("features.npy", "w", force_zip64=True) as member:
            member.write(header((1, 4)))
            member.write(bytes(2**24))
    return folder / "a.npz"


def climbing_npz(folder: Path, marker: Path) -> Path:
    with zipfile.ZipFile(folder / "a.npz", "w") as archive:
        archive.writestr(f"../{marker.name}", b"x")
        archive.writestr(str(marker), b"x")
    return folder / "a.npz"


ARRAYS: tuple[Craft, ...] = (
    *(pickled_npz, pickled_npy, bare_pickle, bare_pickle_npz),
    *(huge_npy, huge_npz, bomb_npz, climbing_npz),
)


# Files of weights ------------------------------------------------------------------------------


def _h5(folder: Path) -> tuple[Path, h5py.File, h5py.Group]:
    path = folder / "x.weights.h5"
    file = h5py.File(path, "w")
    return path, file, file.create_group("layers/dense/vars")


def _secret(folder: Path) -> Path:
    with h5py.File(folder / "secret.h5", "w") as file:
        file["numbers"] = np.arange(12.0, dtype="float32").reshape(4, 3)
    return folder / "secret.h5"


def external_link(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = h5py.ExternalLink(_secret(folder), "numbers")
    return path


def external_link_to_a_group(folder: Path, marker: Path) -> Path:
    path = folder / "x.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers"] = h5py.ExternalLink(_secret(folder), "/")
    return path


def soft_link(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = h5py.SoftLink("/elsewhere")
    return path


def virtual_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource(_secret(folder), "numbers", (4, 3))
    with file:
        group.create_virtual_dataset("0", layout)
    return path


def external_storage(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", (4, 3), "float32", external=[("/etc/passwd", 0, 48)])
    return path


def texts_for_numbers(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", data=["text"], dtype=h5py.string_dtype())
    return path


def pickle_in_an_opaque_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.void(pickle.dumps(Bomb(marker)))
    return path


def a_type_for_an_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.dtype("float32")
    return path


def names_for_numbers(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["kernel"] = np.zeros((4, 3), "float32")
    return path


def an_array_for_a_group(folder: Path, marker: Path) -> Path:
    path = folder / "x.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars"] = np.zeros((4, 3), "float32")
    return path


def huge_array(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group.create_dataset("0", (HUGE, 3), "float32", chunks=(1024, 3), compression="gzip")
    return path


def truncated(folder: Path, marker: Path) -> Path:
    path, file, group = _h5(folder)
    with file:
        group["0"] = np.zeros((400, 3), "float32")
    path.write_bytes(path.read_bytes()[:-900])
    return path


def empty(folder: Path, marker: Path) -> Path:
    (folder / "x.weights.h5").touch()
    return folder / "x.weights.h5"


def keras_archive(folder: Path, marker: Path, config: str, padding: int = 0) -> Path:
    """A .keras with that configuration, under a name that a recipe may give."""
    path = folder / "x.weights.h5"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", config)
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("../escaped.txt", "x")
        archive.writestr("model.weights.h5", bytes(padding))
    return path


def keras_with_a_lambda(folder: Path, marker: Path) -> Path:
    code = compile(f"open({str(marker)!r}, 'w')", "x", "eval")
    body = b64encode(marshal.dumps(code)).decode()
    inner = f'{{"class_name": "__lambda__", "config": {{"code": "{body}"}}}}'
    return keras_archive(
        folder,
        marker,
        f'{{"module": "keras.layers", "class_name": "Lambda", "config": {{"function": {inner}}}}}',
    )


def keras_of_another_module(folder: Path, marker: Path) -> Path:
    return keras_archive(
        folder,
        marker,
        f'{{"module": "os", "class_name": "system", "config": "touch {marker}"}}',
    )


def keras_bomb(folder: Path, marker: Path) -> Path:
    return keras_archive(folder, marker, "{}", padding=2**24)


def pickle_for_weights(folder: Path, marker: Path) -> Path:
    (folder / "x.weights.h5").write_bytes(pickle.dumps(Bomb(marker)))
    return folder / "x.weights.h5"


def npz_for_weights(folder: Path, marker: Path) -> Path:
    return pickled_npz(folder, marker).rename(folder / "x.weights.h5")


def old_h5_with_a_lambda(folder: Path, marker: Path) -> Path:
    """As Keras 2 wrote whole models: the configuration with the code is an attribute."""
    path, file, group = _h5(folder)
    code = b64encode(marshal.dumps(compile(f"open({str(marker)!r}, 'w')", "x", "eval"))).decode()
    with file:
        file.attrs["model_config"] = (
            f'{{"class_name": "Lambda", "config": {{"function": "{code}"}}}}'
        )
        group["0"] = np.zeros((2, 2), "float32")
    return path


WEIGHTS: tuple[Craft, ...] = (
    *(external_link, external_link_to_a_group, soft_link, virtual_array, external_storage),
    *(texts_for_numbers, pickle_in_an_opaque_array, a_type_for_an_array, names_for_numbers),
    *(an_array_for_a_group, huge_array, truncated, empty, keras_with_a_lambda),
    *(keras_of_another_module, keras_bomb, pickle_for_weights, npz_for_weights),
    old_h5_with_a_lambda,
)


# SavedModels -----------------------------------------------------------------------------------


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
)


def with_operation(folder: Path, operation: str, *, nested: bool) -> None:
    """Puts an operation into a function of a SavedModel, or into one that it calls."""
    from tensorflow.core.protobuf import saved_model_pb2

    path = folder / "saved_model.pb"
    model = saved_model_pb2.SavedModel()
    model.ParseFromString(path.read_bytes())
    graph = model.meta_graphs[0]
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
    path.write_bytes(model.SerializeToString())
