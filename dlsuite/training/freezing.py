"""Which layers train, and optimizers that begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dlsuite.training.variables import places

if TYPE_CHECKING:
    import keras

    from dlsuite.training.settings import Stage

Flags = Mapping[str, bool]


def trainable_flags(model: keras.Model) -> dict[str, bool]:
    """`trainable` of every layer by its path, such as `backbone/conv1`, outer layers first."""
    return {path: layer.trainable for path, layer in _layers(model).items()}


def require_layers(model: keras.Model, stages: Iterable[Stage]) -> None:
    """Refuses a `freeze` pattern that no layer's name or path matches.

    Raises:
        ValueError: With the stage, the pattern and the names there are.
    """
    layers = _layers(model)
    for stage in stages:
        for pattern in stage.freeze:
            if not any(_matches(pattern, path, layer.name) for path, layer in layers.items()):
                raise ValueError(
                    f"`freeze` of stage {stage.name} must match one of the layers "
                    f"{list(layers)}. Received: {pattern!r}."
                )


def freeze(model: keras.Model, patterns: Iterable[str], flags: Flags) -> None:
    """Freezes the layers that a pattern matches; every other one trains as `flags` say.

    Takes effect with the next compilation, see `begin_anew`.
    """
    layers = _layers(model)
    # A layer hands its flag on to the layers inside it, so the outer ones go first.
    for path, layer in layers.items():
        layer.trainable = flags[path]
    for path, layer in layers.items():
        if any(_matches(pattern, path, layer.name) for pattern in patterns):
            layer.trainable = False


def blueprints(model: keras.Model) -> dict[str, Any]:
    """The model's optimizers without their state, by name.

    Class, configuration, and the variables that its weight decay leaves alone, which are in no
    configuration.
    """
    plans = {}
    for name, owner, attribute in places(model):
        optimizer = getattr(owner, attribute)
        acting = getattr(optimizer, "inner_optimizer", optimizer)
        spared = [v for v in model.trainable_variables if not acting._use_weight_decay(v)]
        plans[name] = (type(optimizer), optimizer.get_config(), spared)
    return plans


def begin_anew(
    model: keras.Model, plans: Mapping[str, Any], learning_rate: Any | None = None
) -> None:
    """Gives the model fresh optimizers and compiles it again with all else as it was.

    Args:
        plans: What `blueprints` gave.
        learning_rate: Number or schedule for all of them; None takes each one's own.
    """
    import keras

    for name, owner, attribute in places(model):
        kind, config, spared = plans[name]
        optimizer = _fresh(kind, config, learning_rate)
        if spared:
            acting = getattr(optimizer, "inner_optimizer", optimizer)
            acting.exclude_from_weight_decay(var_list=spared)
        setattr(owner, attribute, optimizer)
    # Keras keeps what `compile` was called with only here; the public form of it is serialized,
    # which a loss of the user's own need not survive. The base's compile, because a model with
    # several optimizers takes other arguments in its own.
    arguments = dict(model._compile_config.config)
    arguments["optimizer"] = model.optimizer
    keras.Model.compile(model, **arguments)


def _fresh(kind: type, config: Mapping[str, Any], learning_rate: Any | None) -> Any:
    import keras

    config = dict(config)
    if "inner_optimizer" in config:  # Loss scaling wraps the optimizer that has the rate.
        inner = keras.saving.deserialize_keras_object(config["inner_optimizer"])
        inner = _fresh(type(inner), inner.get_config(), learning_rate)
        config["inner_optimizer"] = keras.saving.serialize_keras_object(inner)
    elif learning_rate is not None:
        config["learning_rate"] = learning_rate
    return kind.from_config(config)  # type: ignore[attr-defined]


def _layers(model: keras.Model, prefix: str = "") -> dict[str, keras.layers.Layer]:
    import keras

    found: dict[str, keras.layers.Layer] = {}
    for layer in model.layers:
        found[f"{prefix}{layer.name}"] = layer
        if isinstance(layer, keras.Model):
            found.update(_layers(layer, f"{prefix}{layer.name}/"))
    return found


def _matches(pattern: str, path: str, name: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(name, pattern)
