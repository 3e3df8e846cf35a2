"""Hearing what the parts of a model compute, nested ones too, while it answers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np

from dlsuite.types import Tensor, Tree

BUDGET = 2**28  # bytes of outputs that are held at once
FLOAT = 4  # bytes of a number

Hear = Callable[[str, Any, Tensor], None]


class NothingToShow(ValueError):
    """A model has nothing of the kind that was asked for, such as no convolution."""


class Stage(NamedTuple):
    """What a part of a model gives.

    Attributes:
        name: Of the layer; in a nested model with those of the models around it, `backbone/conv1`.
        part: The layer, or the operation in a functional graph.
        shape: Of the output to one example, without the axis B.
    """

    name: str
    part: Any
    shape: tuple[int, ...]

    @property
    def has_kernel(self) -> bool:
        """Whether it weighs its inputs, as dense layers and convolutions do."""
        return kernel_rank(self.part) >= 2

    @property
    def is_spatial(self) -> bool:
        """Whether its output is maps `[B, h, w, C]` of more than one position."""
        return len(self.shape) == 3 and self.shape[0] * self.shape[1] > 1


def kernel_rank(part: Any) -> int:
    """Axes of the largest weight that a part weighs inputs with; 0 where it has none."""
    if isinstance(part, keras.layers.PReLU):  # a slope for each input, and no sum
        return 0
    return max((len(weight.shape) for weight in getattr(part, "weights", ())), default=0)


def parts(model: keras.Model) -> dict[str, Any]:
    """The layers and operations of a model by name, in its order; models in it are opened."""
    found: dict[str, Any] = {}
    for part in getattr(model, "operations", None) or model.layers:
        if isinstance(part, keras.Model):
            found |= {f"{part.name}/{name}": inner for name, inner in parts(part).items()}
        else:
            found[part.name] = part
    return found


@contextmanager
def listening(model: keras.Model, hear: Hear) -> Iterator[None]:
    """Inside, what each part of a model computes in an eager call is told.

    A part that gives its input on as it is, as dropout does in inference, is not heard.

    Args:
        model: Called as `model(x, training=False)`, not by `predict`, which runs a traced graph.
        hear: Gets the name of a part, the part, and its output if that is one tensor.
    """
    # Eager grouped convolutions are traced for each size, of which TensorFlow warns the user.
    log = logging.getLogger("tensorflow")
    level = log.level
    log.setLevel(logging.ERROR)
    replaced: list[tuple[Any, Any]] = []
    seen: set[int] = set()
    try:
        for name, part in parts(model).items():
            if id(part) in seen:
                continue
            seen.add(id(part))
            replaced.append((part, vars(part).get("call")))
            vars(part)["call"] = _heard(name, part, hear)
        yield
    finally:
        log.setLevel(level)
        for part, before in replaced:
            if before is None:
                del vars(part)["call"]
            else:
                vars(part)["call"] = before


def _heard(name: str, part: Any, hear: Hear) -> Callable[..., Any]:
    call = part.call

    def heard(*args: Any, **options: Any) -> Any:
        output = call(*args, **options)
        if hasattr(output, "shape") and not any(output is given for given in args):
            hear(name, part, output)
        return output

    return heard


def stages(model: keras.Model, example: Tree) -> list[Stage]:
    """What the model computes on its way, in the order of its computing.

    Args:
        model: Any model of Keras.
        example: A batch of one for it.
    """
    found: list[Stage] = []

    def hear(name: str, part: Any, output: Tensor) -> None:
        found.append(Stage(name, part, tuple(output.shape[1:])))

    with listening(model, hear):
        model(example, training=False)
    return found


def pieces(batch: Tree, computed: list[Stage]) -> Iterator[Tree]:
    """A batch in pieces so small that all that is `computed` of one stays below 256 MiB."""
    each = FLOAT * sum(int(np.prod(stage.shape)) for stage in computed)
    count = len(keras.tree.flatten(batch)[0])
    most = max(1, BUDGET // max(1, each))
    for start in range(0, count, most):
        part = slice(start, start + most)
        yield keras.tree.map_structure(lambda leaf, part=part: leaf[part], batch)
