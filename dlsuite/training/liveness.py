"""How much memory do the values of a traced graph need at once, each from its making to its use?

Operations are gone through in the order of their making, which is nearly that of their execution: a
value takes memory from the operation that makes it to the last that reads it. Speaks to graphs as
TensorFlow traces them, and imports nothing of it.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

# Give their input on under another name or shape.
VIEWS = frozenset(
    {"Identity", "Reshape", "Squeeze", "ExpandDims", "StopGradient", "PreventGradient", "Snapshot"}
)
# Write their result over an input of the same size that nobody else reads.
IN_PLACE = frozenset(
    {"Relu", "Relu6", "Elu", "Selu", "Sigmoid", "Tanh", "Exp", "Log", "Erf", "Neg", "Square"}
    | {"Sqrt", "Rsqrt", "Softplus", "Softmax", "BiasAdd", "AddV2", "Add", "AddN", "Sub", "Mul"}
    | {"RealDiv", "Maximum", "Minimum", "Select", "SelectV2", "ReluGrad", "Relu6Grad", "TanhGrad"}
    | {"SigmoidGrad", "EluGrad", "SeluGrad", "FusedBatchNormV3"}
)
WEIGHTS = frozenset({"ReadVariableOp", "Const", "VarHandleOp"})  # Are there anyway.
LOOPS = frozenset({"While", "StatelessWhile"})
# Put a value on a list that a loop keeps: which of their inputs it is.
LISTED = {"TensorListPushBack": 1, "TensorListSetItem": 2}
OPAQUE = frozenset({"resource", "variant", "string"})


def live_bytes(graph: Any) -> int:
    """The most that values of the graph take at one moment, without its weights.

    Loops keep what each of their turns puts on a list; how many turns there are tells the length of
    the sequence that they read.
    """
    return _Walk(graph).peak


def unknown_sizes(graph: Any) -> bool:
    """Whether a number in it has a shape that is not known before it is run."""
    return any(
        tensor.shape.num_elements() is None
        for operation in graph.get_operations()
        if operation.type not in LOOPS
        for tensor in operation.outputs
        if tensor.dtype.name not in OPAQUE and tensor.dtype.is_floating
    )


class _Walk:
    """One pass over a graph: what is alive, and the most that ever was."""

    def __init__(self, graph: Any, turns: int = 1) -> None:
        self.graph, self.turns = graph, turns
        self.same: dict[int, int] = {}  # a view -> the value that it shows
        self.sizes: dict[int, int] = {}
        self.readers: Counter[int] = Counter()
        self.now = self.peak = 0
        operations = graph.get_operations()
        for operation in operations:
            self._note(operation)
        for operation in operations:
            if operation.type not in VIEWS:
                self._run(operation)

    def _value(self, tensor: Any) -> int:
        return self.same.get(id(tensor), id(tensor))

    def _note(self, operation: Any) -> None:
        if operation.type in VIEWS and operation.inputs:
            self.same[id(operation.outputs[0])] = self._value(operation.inputs[0])
        else:
            self.readers.update(map(self._value, operation.inputs))

    def _run(self, operation: Any) -> None:
        if operation.type in WEIGHTS:
            return
        read = [self._value(tensor) for tensor in operation.inputs]
        inner = kept = 0
        if operation.type in LOOPS:
            inner, kept = self._loop(operation)
        for tensor in operation.outputs:
            size = _bytes(tensor)
            if operation.type in IN_PLACE:
                self._give_way(read, size)
            self.sizes[id(tensor)] = size
            self.now += size
        if kept:  # for the loop that goes back; it reads the first output's lists last
            last = next((t for t in operation.outputs if t.dtype.name == "variant"), None)
            if last is not None:
                self.sizes[id(last)] = kept
                self.now += kept
        self.peak = max(self.peak, self.now + inner)
        self._forget(read, operation)

    def _give_way(self, read: list[int], size: int) -> None:
        """The first input that a result of this size may be written over is no longer alive."""
        for value in read:
            if self.readers[value] == 1 and size and self.sizes.get(value) == size:
                self.sizes[value] = 0
                self.now -= size
                return

    def _forget(self, read: list[int], operation: Any) -> None:
        for value in read:
            self.readers[value] -= 1
            if not self.readers[value]:
                self.now -= self.sizes.pop(value, 0)
        for tensor in operation.outputs:
            if not self.readers[id(tensor)]:
                self.now -= self.sizes.pop(id(tensor), 0)

    def _loop(self, operation: Any) -> tuple[int, int]:
        """Bytes of one turn of a loop, and of what all its turns leave on lists."""
        self.turns = max(self.turns, _turns(operation))
        body = self.graph._get_function(operation.get_attr("body").name).graph
        walk = _Walk(body, self.turns)
        listed = sum(
            _bytes(inner.inputs[LISTED[inner.type]])
            for inner in body.get_operations()
            if inner.type in LISTED
        )
        return walk.peak, listed * self.turns


def _turns(loop: Any) -> int:
    """The length of the longest sequence that a loop reads; 1 where it reads none."""
    sources = (tensor.op for tensor in loop.inputs if tensor.dtype.name == "variant")
    lengths = [
        source.inputs[0].shape[0]
        for source in sources
        if source.type == "TensorListFromTensor" and source.inputs[0].shape.rank
    ]
    return max((length for length in lengths if length), default=1)


def _bytes(tensor: Any) -> int:
    """0 for what is no number, or of unknown shape."""
    if tensor.dtype.name in OPAQUE:
        return 0
    known = tensor.shape.as_list() if tensor.shape.rank is not None else [0]
    return math.prod(side or 0 for side in known) * tensor.dtype.size
