"""Starting a model from the weights of another: the layers that fit, and a head of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlsuite.training.weights_file import (
    Entry,
    WeightsError,
    copy,
    differences,
    entries,
    layer_entries,
    opened,
    own_file,
)

if TYPE_CHECKING:
    import h5py
    import keras

Units = Sequence[str] | None  # names of the head's outputs, where they are known
SHOWN = 8  # names that a sentence lists


@dataclass(frozen=True)
class TakenOver:
    """What of another model's weights a model began with.

    Attributes:
        layers: Paths of the layers whose weights it took.
        new: Paths of the layers that began as if there were no other model, and why.
        head: Path of the last layer with weights.
        units: Outputs of the head whose weights it took by their names, where not all.
        share: Of the model's weights, how many were taken.
    """

    layers: tuple[str, ...]
    new: dict[str, str]
    head: str
    units: tuple[str, ...]
    share: float

    def text(self) -> str:
        """Such as `4 of 5 layers, 96 % of the weights; new: output (8, 9; kept: 0, 1, …)`."""
        total = len(self.layers) + len(self.new)
        percent = f"{100 * self.share:.0f}" if self.share < 0.995 or not self.new else "over 99"
        words = f"{len(self.layers)} of {total} layers, {percent} % of the weights"
        news = [f"{path} ({why})" for path, why in list(self.new.items())[:SHOWN]]
        more = [f"and {len(self.new) - SHOWN} more"] if len(self.new) > SHOWN else []
        return f"{words}; new: {', '.join([*news, *more])}" if news else words


def take_over(
    model: keras.Model,
    path: Path,
    *,
    units: Units = None,
    their_units: Units = None,
    features: Units = None,
    their_features: Units = None,
) -> TakenOver:
    """Gives a model those weights of a file that fit, layer by layer, by name and shape.

    Layers of a net inside of the model are known by their own names too, where those are single.

    Its last layer is taken only where its outputs mean the same. Where they have other names, the
    weights of the outputs that both models have are taken, by name, and the others stay as they
    were made; where the names of either are not known, shapes decide. Its first layer is taken only
    where it gets the same features in the same order, as far as they are known.

    Args:
        model: Built; what does not fit stays as it is.
        path: A `.weights.h5` file, or an `.h5` of Keras 1 or 2.
        units: Names of the model's outputs.
        their_units: Names of the outputs of the file's model.
        features: Names of the model's inputs, where they are columns of a table.
        their_features: Names of the inputs of the file's model.

    Raises:
        WeightsError: The file cannot be read, or nothing of it fits; the message lists what
            differs.
    """
    with opened(path) as source, own_file(model, give_back=True) as own:
        ours = layer_entries(model, own)
        theirs = _under_our_paths(entries(source), ours)
        head, first = _end(model, ours, -1), _end(model, ours, 0)
        others = _other_features(features, their_features)
        if others:
            theirs.pop(first, None)  # it learned what to do with those
        body = [known for known in ours if known != head]
        layers = [known for known in body if _alike(ours[known], theirs.get(known))]
        if body and not layers:
            differ = others or "; ".join(differences(ours, theirs)[:SHOWN])
            raise WeightsError(f"no layer of the model is in {path.name}: {differ}")
        new = {known: _why(ours[known], theirs.get(known)) for known in body if known not in layers}
        if first in new and others:
            new[first] = others
        for known in layers:
            copy(source, theirs[known], own, ours[known])
        taken = sum(ours[known].count for known in layers)
        kept: tuple[str, ...] = ()
        if _means_the_same(ours[head], theirs.get(head), units, their_units):
            layers.append(head)
            copy(source, theirs[head], own, ours[head])
            taken += ours[head].count
        else:
            kept = _copied_units(source, theirs.get(head), own, ours[head], units, their_units)
            why = _why_head(ours[head], theirs.get(head), units, kept)
            new[head] = others if others and head == first else why
            taken += round(ours[head].count * len(kept) / max(len(units or ()), 1))
    total = sum(entry.count for entry in ours.values())
    if not layers and not kept:
        raise WeightsError(f"nothing of {path.name} fits: {'; '.join(new.values())}")
    return TakenOver(tuple(layers), new, head, kept, taken / total)


def _under_our_paths(theirs: dict[str, Entry], ours: dict[str, Entry]) -> dict[str, Entry]:
    """Theirs, with `conv1` also as `head/conv1` where that is our only layer of this name."""
    names = [path.rpartition("/")[2] for path in ours]
    deeper = {
        path: theirs[name]
        for path, name in zip(ours, names, strict=True)
        if path not in theirs and name in theirs and names.count(name) == 1
    }
    return {**theirs, **deeper}


def _end(model: keras.Model, ours: dict[str, Entry], place: int) -> str:
    """Path of the first layer (place 0) or the last (-1) that has weights."""
    if not ours:
        raise WeightsError("the model has no weights to start from others")
    layer = model
    while hasattr(layer, "layers") and layer.layers:
        weighted = [inner for inner in layer.layers if inner.weights]
        if not weighted:
            break
        layer = weighted[place]
    return next(
        (path for path, entry in ours.items() if entry.name == layer.name), list(ours)[place]
    )


def _other_features(ours: Units, theirs: Units) -> str:
    """Why a first layer learned of the others' features is not for ours; empty where it is."""
    if ours is None or theirs is None or list(ours) == list(theirs):
        return ""
    if sorted(ours) == sorted(theirs):
        return "its features were in another order there"
    fresh = [name for name in ours if name not in theirs]
    gone = [name for name in theirs if name not in ours]
    parts = [("only here", fresh), ("only there", gone)]
    said = "; ".join(f"{where}: {_listed(names)}" for where, names in parts if names)
    return f"its features differ, {said}"


def _alike(ours: Entry, theirs: Entry | None) -> bool:
    return theirs is not None and ours.shapes == theirs.shapes


def _means_the_same(ours: Entry, theirs: Entry | None, units: Units, their_units: Units) -> bool:
    known = units is not None and their_units is not None
    return _alike(ours, theirs) and (not known or list(units or ()) == list(their_units or ()))


def _copied_units(
    source: h5py.File,
    theirs: Entry | None,
    own: h5py.File,
    ours: Entry,
    units: Units,
    their_units: Units,
) -> tuple[str, ...]:
    """Names of the outputs whose weights were copied: the last axis of every array is theirs."""
    if units is None or their_units is None or theirs is None:
        return ()
    shared = [name for name in units if name in their_units]
    fits = len(ours.shapes) == len(theirs.shapes) and all(
        mine[:-1] == other[:-1] and mine[-1:] == (len(units),) and other[-1:] == (len(their_units),)
        for mine, other in zip(ours.shapes, theirs.shapes, strict=True)
    )
    if not shared or not fits:
        return ()
    to = [list(units).index(name) for name in shared]
    there = [list(their_units).index(name) for name in shared]
    for mine, other in zip(ours.arrays, theirs.arrays, strict=True):
        values = np.asarray(own[mine])
        values[..., to] = np.asarray(source[other])[..., there]
        own[mine][...] = values
    return tuple(shared)


def _why(ours: Entry, theirs: Entry | None) -> str:
    if theirs is None:
        return "not in it"
    first, second = ("x".join(map(str, entry.shapes[0])) for entry in (ours, theirs))
    return f"{first} here, {second} there"


def _why_head(ours: Entry, theirs: Entry | None, units: Units, kept: Sequence[str]) -> str:
    if not kept:
        shapes_differ = theirs is None or ours.shapes != theirs.shapes
        return _why(ours, theirs) if shapes_differ else "its outputs have other names"
    fresh = [name for name in units or () if name not in kept]
    said = f"{_listed(fresh)} begin anew; kept: {_listed(kept)}"
    return said if fresh else f"in another order; kept: {_listed(kept)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if names[SHOWN:] else "")
