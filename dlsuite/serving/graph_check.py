"""May a SavedModel be loaded? Its graph is read before TensorFlow runs any of it.

A SavedModel is a program: loading runs its initialisers, asking runs the rest, and TensorFlow has
operations that call Python, read and write files and talk to other machines. Allowed here is what
computes: operations without state, but for those that reach out of the graph all the same, and of
those with state variables, lookup tables, random numbers, control flow and what saves and restores
variables. Whether anything calls the last, `SaveV2` and `RestoreV2`, is told by the object graph
alone, by which TensorFlow 2 loads a model: a loader of TensorFlow 1 could run them all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

PROTOBUF = "saved_model.pb"
# With state, and allowed.
STATEFUL = re.compile(
    "StatefulPartitionedCall|If|While|Case|Assert|CheckNumerics(V2)?|GuaranteeConst|Empty|DeepCopy"
    "|VarHandleOp|VarIsInitializedOp|VariableShape|ReadVariableOp|Assign(Add|Sub)?VariableOp"
    "|DisableCopyOnRead|Resource(Gather|GatherNd|Scatter[A-Z]\\w*|StridedSliceAssign)"
    "|(Anonymous)?(Mutable)?(Dense)?HashTable(OfTensors)?(V2)?|LookupTable[A-Z]\\w*V2"
    "|InitializeTableV2|TensorArray[A-Z]?\\w*V3|CudnnRNN\\w*"
    "|Random[A-Z]\\w*|Stateful[A-Z]\\w*|TruncatedNormal|Multinomial|RngSkip|RngReadAndSkip"
    "|StatelessRandomGetAlg"
)
# Without state by TensorFlow's own list, and yet they read files, run code or pass data on.
REACHING_OUT = re.compile(
    "ReadFile|MatchingFiles|ImmutableConst|GenerateVocabRemapping|InitializeTableFromTextFile"
    "|PyFunc\\w*|\\w*Dataset\\w*|Reader\\w*|Queue\\w*|Copy(Host)?|Debug\\w*|TRT\\w*|\\w*Summary(V2)?"
    "|Infeed\\w*|Xla(Host|Launch|Send|Recv)\\w*|DecodeProto\\w*|EncodeProto\\w*"
)
VOCABULARY = "InitializeTableFromTextFileV2"  # reads a text file: one of the model's own assets
SAVING = frozenset({"SaveV2", "RestoreV2", "MergeV2Checkpoints"})


class UnsafeModel(ValueError):
    """A SavedModel that does more than compute, or points out of its folder."""


def check_model(path: Path) -> None:
    """Reads what a SavedModel would run, without running it.

    Args:
        path: Its folder.

    Raises:
        UnsafeModel: It is damaged, of TensorFlow 1, has operations that are not allowed, or names
            files outside of its folder.
    """
    _inside(path, path.rglob("*"))
    for graph in _read(path).meta_graphs:
        if not graph.HasField("object_graph_def"):
            raise UnsafeModel(f"{path} must be a SavedModel of TensorFlow 2. Received: of 1.")
        for name in (asset.filename for asset in graph.asset_file_def):
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise UnsafeModel(_outside(path, name))
        refused = dict.fromkeys(_refused(graph))
        if refused:
            raise UnsafeModel(
                f"{path} must only compute: no Python, files or network in its graph, so it is not "
                f"loaded. Received: {', '.join(refused)}."
            )


def _read(path: Path) -> Any:
    from google.protobuf.message import DecodeError

    from dlsuite.serving.replay import tensorflow_alone

    tensorflow_alone()
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel()
    try:
        model.ParseFromString((path / PROTOBUF).read_bytes())
    except DecodeError as error:
        raise UnsafeModel(f"{path / PROTOBUF} must be a SavedModel. Received: {error}.") from error
    if not model.meta_graphs:
        raise UnsafeModel(f"{path / PROTOBUF} must be a SavedModel. Received: one without graph.")
    return model


def _inside(folder: Path, places: Iterable[Path]) -> None:
    """Refuses a file, or where a link leads, that is outside of the folder."""
    home = folder.resolve()
    for place in places:
        if not place.resolve().is_relative_to(home):
            raise UnsafeModel(_outside(folder, str(place.relative_to(folder))))


def _outside(folder: Path, name: str) -> str:
    return f"{folder} must hold its files itself. Received: {name}, which is outside of it."


def _refused(graph: Any) -> Iterator[str]:
    """Names of the operations that are not allowed."""
    functions = {each.signature.name: each for each in graph.graph_def.library.function}
    called = _called(graph, functions)
    for node in graph.graph_def.node:
        if not _allowed(node.op, functions) and node.op not in SAVING:
            yield node.op
    inner = {each for f in functions.values() for node in f.node_def for each in _mentions(node)}
    inner |= {each.gradient_func for each in graph.graph_def.library.gradient}
    for name, function in functions.items():
        if _registered(name) is not None:
            yield f"{name}, a function that is named like an operation"
        files = set() if name in inner else _assets(graph, function)
        for node in function.node_def:
            if node.op == VOCABULARY:
                if not files.intersection(node.input[1:2]):
                    yield f"{VOCABULARY} of a file that is no asset"
            elif node.op in SAVING:
                if name in called:
                    yield node.op
            elif not _allowed(node.op, functions):
                yield node.op


def _allowed(operation: str, functions: dict[str, Any]) -> bool:
    known = _registered(operation)
    if known is None:
        return operation in functions  # one called by its name
    if REACHING_OUT.fullmatch(operation):
        return False
    return not known.is_stateful or STATEFUL.fullmatch(operation) is not None


def _registered(operation: str) -> Any:
    """What TensorFlow says of an operation of its own; None where there is none."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(operation)


def _assets(graph: Any, function: Any) -> set[str]:
    """Arguments of a function that are filled, on loading, with names of the model's own files."""
    objects = graph.object_graph_def
    arguments = [each.name for each in function.signature.input_arg]
    if function.signature.name not in objects.concrete_functions:
        return set()
    bound = objects.concrete_functions[function.signature.name].bound_inputs
    last = zip(reversed(arguments), reversed(bound), strict=False)  # what is bound comes last
    known = range(len(objects.nodes))
    return {n for n, at in last if at in known and objects.nodes[at].HasField("asset")}


def _exposed(graph: Any) -> set[str]:
    """Functions that loading runs or a caller can."""
    objects = graph.object_graph_def
    named = set(objects.concrete_functions)
    for node in objects.nodes:
        named |= set(node.function.concrete_functions)
        named.add(node.bare_concrete_function.concrete_function_name)
    return named - {""}


def _called(graph: Any, functions: dict[str, Any]) -> set[str]:
    """`_exposed` with everything that they call, and gradients."""
    gradients = {each.gradient_func for each in graph.graph_def.library.gradient}
    waiting, found = [*_exposed(graph), *gradients], set()
    while waiting:
        name = waiting.pop()
        if name in functions and name not in found:
            found.add(name)
            waiting += [each for node in functions[name].node_def for each in _mentions(node)]
    return found


def _mentions(node: Any) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        yield from (each.name for each in value.list.func)
