"""Weights in the HDF5 form of Keras 1 and 2: layers by name, their arrays in a listed order.

`layer_names` of the root, or of the group `model_weights` where the file holds a whole model, names
the groups of the layers; `weight_names` of each names its arrays. A slash in a layer's name, which
Keras 3 forbids, stands for our underscore: `fire2/squeeze1x1` is `fire2_squeeze1x1`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import h5py

LAYERS, ARRAYS = "layer_names", "weight_names"
WHOLE_MODEL = "model_weights"
MOST = 2**24  # bytes of one list of names; that of ResNet-152 has some thousands


def is_one(file: h5py.File) -> bool:
    """Whether the file lists its layers as those versions did."""
    return _listed(_root(file), LAYERS)


def refusal(file: h5py.File) -> str | None:
    """What of such a file's lists is not as it should be, in words that follow `Received:`."""
    import h5py

    root = _root(file)
    if not _listed(root, LAYERS):
        return None
    for layer in _names(root, LAYERS):
        group = root.get(layer)
        if not isinstance(group, h5py.Group):
            return f"a list of layers with {layer!r}, which is no group of the file"
        for array in _names(group, ARRAYS):
            if not isinstance(group.get(array), h5py.Dataset):
                return f"a list of arrays with {array!r}, which is no array of {layer}"
    return None


def layers(file: h5py.File) -> dict[str, tuple[str, ...]]:
    """Places of the arrays of every layer that has some, by its name as Keras 3 could have it."""
    root = _root(file)
    found: dict[str, tuple[str, ...]] = {}
    for layer in _names(root, LAYERS):
        arrays = tuple(str(root[layer][array].name) for array in _names(root[layer], ARRAYS))
        if arrays:
            found[layer.replace("/", "_")] = arrays
    return found


def _root(file: h5py.File) -> Any:
    import h5py

    inner = file.get(WHOLE_MODEL)
    return inner if isinstance(inner, h5py.Group) else file


def _listed(group: Any, name: str) -> bool:
    return name in group.attrs or f"{name}0" in group.attrs  # long lists are cut into parts


def _names(group: Any, name: str) -> list[str]:
    parts = [name] if name in group.attrs else []
    while not parts or parts[-1] != name:
        part = f"{name}{len(parts)}"
        if part not in group.attrs:
            break
        parts.append(part)
    return [text for part in parts for text in _texts(group, part)]


def _texts(group: Any, name: str) -> list[str]:
    """The texts of an attribute.

    Raises:
        ValueError: It holds something else, or too much.
    """
    import h5py

    attribute = group.attrs.get_id(name)
    if attribute.shape is None:
        raise ValueError(f"{name} must be a list of names. Received: an attribute of nothing.")
    count = 1
    for side in attribute.shape:
        count *= side
    if count == 0:
        return []
    kind = attribute.dtype
    if kind.kind != "S" and h5py.check_string_dtype(kind) is None:
        raise ValueError(f"{name} must be a list of names. Received: an attribute of type {kind}.")
    if count * kind.itemsize > MOST:
        raise ValueError(f"{name} must be a list of names. Received: {count:,} of them.")
    values = group.attrs[name]
    return [
        text.decode() if isinstance(text, bytes) else str(text)
        for text in (values.ravel() if hasattr(values, "ravel") else [values])
    ]
