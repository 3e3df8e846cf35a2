"""What the layers of a net give: how much of it is zero, which units never answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

from dlsuite.inspection.listening import kernel_rank, listening, pieces, stages
from dlsuite.types import Tensor, Tree

LINEAR = "linear"
# Give 0 and pass no gradient where their input is negative.
RECTIFIERS = frozenset({"relu", "relu6"})
# Lowest and highest value; they pass hardly any gradient near them. Functions of our own have
# theirs as the attribute `limits`.
LIMITS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
}
NEAR = 0.01  # of the way from limit to limit
# Layers and operations that are a nonlinearity, by the name of their class in lower case.
NONLINEAR = {
    **{name: name for name in ("relu", "relu6", "elu", "selu", "prelu", "gelu", "silu", "celu")},
    **{name: name for name in ("mish", "sigmoid", "softmax", "softplus", "softsign", "tanh")},
    "leakyrelu": "leaky_relu",
    "hardsigmoid": "hard_sigmoid",
    "hardsilu": "hard_silu",
    "hardtanh": "hard_tanh",
    "logsoftmax": "log_softmax",
}


def activation_statistics(model: keras.Model, batches: Iterable[Tree]) -> pd.DataFrame:
    """What each layer gives over examples in inference mode: means, zeros, dead units.

    Looked at are layers with a kernel and all nonlinearities. A unit is one of the C maps of
    `[B, h, w, C]`, or of the C numbers of `[B, C]`. A unit of a rectifier is dead when it is never
    above 0, for any example at any position: no gradient reaches its weights from these examples. A
    unit of a bounded function (sigmoid, tanh) is stuck when all that it gives is saturated: within
    1 % of the range of one of its limits. A layer that is called several times counts once.

    Batches are reduced to sums as they pass, in pieces whose activations take 256 MiB at most.

    Args:
        model: Any model of Keras.
        batches: Of its inputs; at least one example.

    Returns:
        A row for each layer, in the order of computing: `layer`, `nonlinearity` (its name, `linear`
        without one), `shape` (of one example), `units`, `values` (looked at), `mean` and `std` (of
        all values), `zeros` (share of values that are 0), `dead` (units; missing where it is no
        rectifier), `saturated` (share of values) and `stuck` (units; both missing where it has no
        limits), `examples`.

    Raises:
        ValueError: There is no example.
    """
    sums: dict[str, _Sums] = {}
    examples, computed = 0, None

    def hear(name: str, part: Any, output: Tensor) -> None:
        if name not in sums:
            kind = nonlinearity(part)
            if kind == LINEAR and kernel_rank(part) < 2:
                return
            sums[name] = _Sums(kind, _limits(part, kind), tuple(output.shape[1:]))
        sums[name].add(output)

    for batch in batches:
        if computed is None:
            computed = stages(model, keras.tree.map_structure(lambda leaf: leaf[:1], batch))
        for piece in pieces(batch, computed):
            with listening(model, hear):
                model(piece, training=False)
            examples += len(keras.tree.flatten(piece)[0])
    if not examples:
        raise ValueError("`batches` must hold at least one example. Received none.")
    rows = [{"layer": name, **each.row(), "examples": examples} for name, each in sums.items()]
    return pd.DataFrame(rows).astype({"dead": "Int64", "stuck": "Int64", "saturated": "float64"})


def nonlinearity(part: Any) -> str:
    """The name of what bends the output of a layer or operation, such as `relu`; else `linear`."""
    own = NONLINEAR.get(type(part).__name__.lower())
    if own is not None:
        return (
            "leaky_relu" if own == "relu" and bool(getattr(part, "negative_slope", False)) else own
        )
    activation = getattr(part, "activation", None)
    return getattr(activation, "__name__", LINEAR) if callable(activation) else LINEAR


def _limits(part: Any, kind: str) -> tuple[float, float] | None:
    return getattr(getattr(part, "activation", None), "limits", LIMITS.get(kind))


class _Sums:
    """Sums over what a layer gave, a number for each of its units."""

    def __init__(
        self, kind: str, limits: tuple[float, float] | None, shape: tuple[int, ...]
    ) -> None:
        self.kind, self.limits, self.shape = kind, limits, shape
        units = shape[-1] if shape else 1
        self.count = 0  # values of each unit
        self.mean, self.squares, self.zeros, self.saturated = np.zeros((4, units))
        self.highest = np.full(units, -np.inf)

    def add(self, output: Tensor) -> None:
        """Takes in `[B, ..., C]`."""
        values = ops.cast(output, "float32")
        values = ops.reshape(values, (-1, len(self.mean)))  # [B * positions, C]
        told = {
            "mean": ops.mean(values, axis=0),
            "variance": ops.var(values, axis=0),
            "highest": ops.max(values, axis=0),
            "zeros": ops.mean(ops.cast(ops.equal(values, 0.0), "float32"), axis=0),
        }
        if self.limits is not None:
            low, high = self.limits
            margin = NEAR * (high - low)
            near = ops.logical_or(values <= low + margin, values >= high - margin)
            told["saturated"] = ops.mean(ops.cast(near, "float32"), axis=0)
        found = {name: ops.convert_to_numpy(each).astype(np.float64) for name, each in told.items()}
        self._join(len(values), found)

    def _join(self, count: int, found: dict[str, np.ndarray]) -> None:
        # Chan, Golub and LeVeque 1983: sums of squares about the mean join without cancellation.
        total = self.count + count
        apart = found["mean"] - self.mean
        self.squares += count * found["variance"] + apart**2 * self.count * count / total
        self.mean += apart * count / total
        self.highest = np.maximum(self.highest, found["highest"])
        self.zeros += count * found["zeros"]
        self.saturated += count * found.get("saturated", 0.0)
        self.count = total

    def row(self) -> dict[str, Any]:
        units = len(self.mean)
        spread = self.squares.sum() / (self.count * units) + self.mean.var()
        bounded, rectifier = self.limits is not None, self.kind in RECTIFIERS
        full = np.rint(self.saturated) == self.count
        return {
            "nonlinearity": self.kind,
            "shape": "x".join(map(str, self.shape)),
            "units": units,
            "values": self.count * units,
            "mean": float(self.mean.mean()),
            "std": float(np.sqrt(spread)),
            "zeros": float(self.zeros.sum() / (self.count * units)),
            "dead": int((self.highest <= 0).sum()) if rectifier else None,
            "saturated": float(self.saturated.sum() / (self.count * units)) if bounded else None,
            "stuck": int(full.sum()) if bounded else None,
        }
