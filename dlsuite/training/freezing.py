"""Which layers train, at which share of the rate, and optimizers that begin anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from dlsuite.models.layer_paths import layers_by_path
from dlsuite.training.layer_rates import Factor, factors_by_variable, scale_rates
from dlsuite.training.variables import acting, places

if TYPE_CHECKING:
    import keras

    from dlsuite.training.settings import Stage

Flags = Mapping[str, bool]
Layers = Mapping[str, "keras.layers.Layer"]  # by path, in the order of the graph
NO_FACTORS: Mapping[str, float] = {}


def trainable_flags(model: keras.Model) -> dict[str, bool]:
    """`trainable` of every layer by its path, such as `backbone/conv1`, outer layers first."""
    return {path: layer.trainable for path, layer in layers_by_path(model).items()}


def require_layers(
    model: keras.Model, stages: Iterable[Stage], factors: Mapping[str, float] = NO_FACTORS
) -> None:
    """Refuses patterns that no layer's name or path matches, and unknown layers to freeze until.

    Raises:
        ValueError: With the stage, the pattern and the names there are; or two patterns give one
            layer different factors.
    """
    layers = layers_by_path(model)
    for stage in stages:
        for pattern in stage.freeze:
            if not _matched(layers, pattern):
                raise ValueError(
                    f"`freeze` of stage {stage.name} must match one of the layers "
                    f"{list(layers)}. Received: {pattern!r}."
                )
        if stage.freeze_until is not None and _place(layers, stage.freeze_until) is None:
            raise ValueError(
                f"`freeze_until` of stage {stage.name} must be one of the layers "
                f"{list(layers)}. Received: {stage.freeze_until!r}."
            )
    for pattern in factors:
        if not _matched(layers, pattern):
            raise ValueError(
                f"`learning_rate_factors` must match one of the layers {list(layers)}. "
                f"Received: {pattern!r}."
            )
    _scaled(layers, factors)


def freeze(model: keras.Model, stage: Stage, flags: Flags) -> None:
    """Freezes the layers that the stage names; every other one trains as `flags` say.

    Takes effect with the next compilation, see `begin_anew`.
    """
    # A layer hands its flag on to the layers inside it, so the outer ones go first.
    for path, layer in layers_by_path(model).items():
        layer.trainable = flags[path]
    for layer in frozen(model, stage):
        layer.trainable = False


def frozen(model: keras.Model, stage: Stage) -> list[keras.layers.Layer]:
    """The layers that the stage names; those inside them are frozen with them."""
    layers = layers_by_path(model)
    named = [layer for pattern in stage.freeze for layer in _matched(layers, pattern).values()]
    return named + ([] if stage.freeze_until is None else _until(layers, stage.freeze_until))


def blueprints(model: keras.Model, factors: Mapping[str, float] = NO_FACTORS) -> dict[str, Any]:
    """The model's optimizers without their state, by name.

    Class, configuration, and what is in no configuration: the variables that its weight decay
    leaves alone, and those whose rate is multiplied.

    Args:
        model: Compiled.
        factors: Pattern of layers -> factor of their rate.
    """
    scaled = _scaled(layers_by_path(model), factors)
    plans = {}
    for name, owner, attribute in places(model):
        optimizer = getattr(owner, attribute)
        decays = acting(optimizer)._use_weight_decay
        spared = [v for v in model.trainable_variables if not decays(v)]
        plans[name] = (type(optimizer), optimizer.get_config(), spared, scaled)
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
        kind, config, spared, scaled = plans[name]
        optimizer = _fresh(kind, config, learning_rate)
        if spared:
            acting(optimizer).exclude_from_weight_decay(var_list=spared)
        if scaled:
            scale_rates(acting(optimizer), scaled)
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


def _scaled(layers: Layers, factors: Mapping[str, float]) -> list[Factor]:
    return factors_by_variable({p: _matched(layers, p) for p in factors}, factors)


def _matched(layers: Layers, pattern: str) -> Layers:
    return {
        path: layer
        for path, layer in layers.items()
        if fnmatchcase(path, pattern) or fnmatchcase(layer.name, pattern)
    }


def _place(layers: Layers, name: str) -> str | None:
    """Path of the layer of that path, or of that name."""
    if name in layers:
        return name
    return next((path for path, layer in layers.items() if layer.name == name), None)


def _until(layers: Layers, name: str) -> list[keras.layers.Layer]:
    """Layers up to and with one; models that hold it stay, as they hold later ones too."""
    last = _place(layers, name) or ""
    paths = list(layers)
    before = paths[: paths.index(last) + 1]
    return [layers[path] for path in before if not last.startswith(f"{path}/")]
