"""Every layer of a network by its path, those that speak in training alone too."""

from __future__ import annotations

import keras


def layers_by_path(model: keras.Model) -> dict[str, keras.Layer]:
    """Path, such as `backbone/conv1` -> layer, in the order of the graph, a model before its own.

    Heads of a network that speak in training alone, as GoogLeNet's, come after the others.
    """
    found = _graph(model, "")
    seen = {id(layer) for layer in found.values()}
    for part in (model, *found.values()):
        if isinstance(part, keras.Model):
            found.update(_beside(part, seen))
    return found


def _graph(model: keras.Model, prefix: str) -> dict[str, keras.Layer]:
    found: dict[str, keras.Layer] = {}
    for layer in model.layers:
        found[f"{prefix}{layer.name}"] = layer
        if isinstance(layer, keras.Model):
            found.update(_graph(layer, f"{prefix}{layer.name}/"))
    return found


def _beside(model: keras.Model, seen: set[int]) -> dict[str, keras.Layer]:
    """Layers of models that are attributes of this one and no part of its graph."""
    found: dict[str, keras.Layer] = {}
    for part in list(vars(model).values()):
        if isinstance(part, keras.Model) and id(part) not in seen:
            for path, layer in _graph(part, "").items():
                # A Sequential hides its input in a model of its own.
                if id(layer) not in seen and not isinstance(layer, keras.layers.InputLayer):
                    seen.add(id(layer))
                    found[path] = layer
    return found
