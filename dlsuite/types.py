"""Names for what passes between the rooms: tensors, shapes and trees of tensors."""

from typing import Any

Tensor = Any  # a tensor of the Keras backend, or a NumPy array
Shape = tuple[int | None, ...]  # None where an axis may have any length
Tree = Any  # a tensor, or dicts, lists and tuples of trees
