"""A model's weights in a `.weights.h5` file: written without optimizers, read layer by layer.

Keras files hold a layer under its class and number, `layers/conv2d_1`, and keep its name beside it.
Here a layer is known by its path of names, `backbone/c1`, as `freeze` and the model's summary have
it; where Keras made the name up, which differs from model to model, by its class and number.
Files in the form of Keras 1 and 2 are read as well, see `old_h5`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.training import old_h5
from dlsuite.training.plain_h5 import refusal
from dlsuite.training.variables import places

if TYPE_CHECKING:
    import h5py
    import keras

VARIABLES = "vars"
LAYERS = "layers"  # the group that holds a model's layers
ENDING = ".weights.h5"


class WeightsError(ValueError):
    """A file of weights is not what it should be, or does not fit the model."""


@dataclass(frozen=True)
class Entry:
    """The weights of one layer in a file.

    Attributes:
        path: What it is known by.
        name: The layer's own name.
        arrays: Where they are in the file, in their order.
        shapes: Of its arrays.
    """

    path: str
    name: str
    arrays: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def count(self) -> int:
        """Numbers in all of its arrays."""
        return sum(_product(shape) for shape in self.shapes)


def save_weights(model: keras.Model, path: Path) -> None:
    """Writes the weights of a model, compiled or not; the state of optimizers stays behind."""
    import h5py

    with own_file(model) as whole, h5py.File(path, "w") as file:
        skipped = _not_layers(model)
        for name in whole:
            if name not in skipped:
                whole.copy(name, file)


def load_weights(model: keras.Model, path: Path) -> None:
    """Gives a model all of its weights from a file.

    Raises:
        WeightsError: The file is of another model; the message lists what differs.
    """
    with opened(path) as source, own_file(model, give_back=True) as own:
        skipped = _not_layers(model)
        theirs, ours = entries(source, skipped), entries(own, skipped)
        differ = differences(ours, theirs)
        if differ:
            raise WeightsError(f"{path.name} is of another model: {'; '.join(differ)}")
        for known in ours:
            copy(source, theirs[known], own, ours[known])


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """A file of weights to read.

    Raises:
        WeightsError: It is missing, damaged or no file of plain arrays.
    """
    import h5py

    if not path.is_file():
        raise WeightsError(f"there is no file at {path}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise WeightsError(f"{path} cannot be read as a file of weights: {error}") from error
    with file:
        odd = _odd(path, file)
        if odd is not None:
            raise WeightsError(
                f"{path} must hold groups and arrays of numbers, nothing else. Received: {odd}"
            )
        yield file


def _odd(path: Path, file: h5py.File) -> str | None:
    """What a file of weights has no use for, or None."""
    try:
        return (
            refusal(file)
            or old_h5.refusal(file)
            or next(
                (
                    f"{place}, which is no group of arrays 0, 1, …"
                    for place, group in _groups_of_weights(file)
                    if not _numbered(group)
                ),
                None,
            )
        )
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise WeightsError(f"{path} cannot be read as a file of weights: {error}") from error


def _groups_of_weights(file: h5py.File) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    file.visititems(
        lambda place, item: found.append((place, item)) if place.endswith(VARIABLES) else None
    )
    return [(place, item) for place, item in found if place.rpartition("/")[2] == VARIABLES]


def _numbered(group: Any) -> bool:
    return hasattr(group, "keys") and all(
        name.isdecimal() and hasattr(group[name], "shape") for name in group
    )


@contextmanager
def own_file(model: keras.Model, *, give_back: bool = False) -> Iterator[h5py.File]:
    """What the model would write now, optimizers included, for a `with` block to read or change.

    With `give_back` the model gets at the end what then stands there.
    """
    import h5py

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"own{ENDING}"
        model.save_weights(path)
        with h5py.File(path, "r+") as file:
            yield file
        if give_back:
            model.load_weights(path)


def entries(file: h5py.File, skipped: frozenset[str] = frozenset()) -> dict[str, Entry]:
    """Layers with weights by path; groups at the root that `skipped` names are passed over."""
    found: dict[str, Entry] = {}

    def visit(place: str, item: Any) -> None:
        head, _, last = place.rpartition("/")
        if last != VARIABLES or not len(item) or place.split("/")[0] in skipped:
            return
        path = _path(file, head)
        while path in found:
            path += "'"
        arrays = tuple(f"{place}/{key}" for key in sorted(item, key=int))
        name = str(item.attrs.get("name", path))
        found[path] = Entry(path, name, arrays, _shapes_in(file, arrays))

    if old_h5.is_one(file):
        return {
            name: Entry(name, name, arrays, _shapes_in(file, arrays))
            for name, arrays in old_h5.layers(file).items()
        }
    file.visititems(visit)
    return found


def layer_entries(model: keras.Model, own: h5py.File) -> dict[str, Entry]:
    """`entries` of the model's own file, those of optimizers and metrics left out."""
    return entries(own, _not_layers(model))


def copy(source: h5py.File, entry: Entry, target: h5py.File, place: Entry) -> None:
    """Lays the arrays of a layer over those of another file, of the same shapes."""
    for theirs, ours in zip(entry.arrays, place.arrays, strict=True):
        target[ours][...] = source[theirs][...]


def differences(ours: dict[str, Entry], theirs: dict[str, Entry]) -> list[str]:
    """What two models do not share, a few words for each layer."""
    found = []
    for path in dict.fromkeys([*ours, *theirs]):
        if path not in theirs:
            found.append(f"{path} {_shapes(ours[path])} is not in the file")
        elif path not in ours:
            found.append(f"the file has {path} {_shapes(theirs[path])}")
        elif ours[path].shapes != theirs[path].shapes:
            mine, other = _shapes(ours[path]), _shapes(theirs[path])
            found.append(f"{path} is {mine} here and {other} in the file")
    return found


def _path(file: h5py.File, group: str) -> str:
    """`layers/sequential/layers/dense` as `backbone/hidden`."""
    steps, words = group.split("/") if group else [], []
    for end, step in enumerate(steps, start=1):
        inside = "/".join(steps[: end - 1])
        place = "/".join(steps[:end])
        if f"{place}/{VARIABLES}" not in file:  # a container
            words += [] if step == LAYERS else [step]
            continue
        held_by_name = f"{inside}/{VARIABLES}".lstrip("/") in file  # as an attribute of a layer
        name = str(file[f"{place}/{VARIABLES}"].attrs.get("name", step))
        words.append(step if held_by_name or _made_up(name, step) else name)
    return "/".join(words) or "itself"


def _made_up(name: str, step: str) -> bool:
    kind = re.sub(r"_\d+$", "", step)
    return re.fullmatch(rf"{re.escape(kind)}(_\d+)?", name) is not None


def _not_layers(model: keras.Model) -> frozenset[str]:
    """Names at the root of a model's file that hold optimizers and metrics."""
    import keras

    optimizers = {attribute for _, owner, attribute in places(model) if owner is model}
    metrics = {name for name, held in vars(model).items() if isinstance(held, keras.Metric)}
    return frozenset({"optimizer", *(name.lstrip("_") for name in optimizers | metrics)})


def _shapes_in(file: h5py.File, arrays: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(file[place].shape) for place in arrays)


def _shapes(entry: Entry) -> str:
    return " and ".join("x".join(map(str, shape)) or "1" for shape in entry.shapes)


def _product(shape: tuple[int, ...]) -> int:
    total = 1
    for side in shape:
        total *= side
    return total
