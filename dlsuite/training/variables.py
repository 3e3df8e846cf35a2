"""Everything a model in training knows, as named arrays: weights, seeds, metrics, optimizers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.training.interruption import held

if TYPE_CHECKING:
    import keras

Arrays = dict[str, np.ndarray]


def optimizers_of(model: keras.Model) -> dict[str, keras.optimizers.Optimizer]:
    """Every optimizer that the model holds as an attribute, by the attribute's name.

    Those of models inside it come as `inner_model.attribute`; one held twice comes once.
    """
    return {name: getattr(owner, attribute) for name, owner, attribute in places(model)}


def build_optimizer(model: keras.Model) -> None:
    """Gives the optimizer its variables, before a step is traced that would make them inside it.

    There each of them becomes a branch of the graph, which takes as long again as all the rest of
    the first step. Left as they are: models with a layer that is not built yet, which the first
    step may build, and those whose `train_step` is their own, which know what their optimizers
    are for.
    """
    import keras

    optimizer = getattr(model, "optimizer", None)
    own_step = type(model).train_step is not keras.Model.train_step
    if optimizer is None or optimizer.built or own_step:
        return
    if model.trainable_variables and all(layer.built for layer in model._flatten_layers()):
        optimizer.build(model.trainable_variables)


def acting(optimizer: Any) -> Any:
    """The optimizer that steps: the one inside where scaling of losses is wrapped around it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def places(model: keras.Model) -> list[tuple[str, keras.Model, str]]:
    """Where the model's optimizers are: `(name, model that holds it, attribute)`."""
    import keras

    found, seen = [], set()
    for prefix, owner in _models(model):
        for attribute, value in sorted(vars(owner).items()):
            if isinstance(value, keras.optimizers.Optimizer) and id(value) not in seen:
                seen.add(id(value))
                found.append((f"{prefix}{attribute}", owner, attribute))
    return found


def learning_rates(model: keras.Model) -> dict[str, float]:
    """Rates of the next step: `learning_rate`, or one `learning_rate.NAME` for each of several.

    Optimizers without variables beside others that have them are left out: a model with a
    `train_step` of its own still carries Keras' default one, which never steps.
    """
    held = optimizers_of(model)
    # A schedule computes its rate anew each time that it is read. A MultiOptimizer has none.
    rates = {name: getattr(optimizer, "learning_rate", None) for name, optimizer in held.items()}
    known = {name: float(rate) for name, rate in rates.items() if rate is not None}
    used = {name: rate for name, rate in known.items() if held[name].built} or known
    if len(used) == 1:
        return {"learning_rate": next(iter(used.values()))}
    return {f"learning_rate.{name}": rate for name, rate in used.items()}


def capture(model: keras.Model) -> Arrays:
    """Copies of all state that a further step depends on.

    Returns:
        `GROUP/INDEX` -> array, groups being `model` (weights and seed generators), `metrics`,
        `optimizer.NAME`, and `random` (Keras' global seed generator, where one is in use).
    """
    return {
        f"{group}/{index}": variable.numpy()
        for group, variables in _groups(model).items()
        for index, variable in enumerate(variables)
    }


def restore(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Puts back what `capture` took.

    Metrics and the global seed generator stay as they are where `arrays` do not have them.

    Raises:
        ValueError: The model has other variables than the captured one had.
    """
    saved = Counter(key.rpartition("/")[0] for key in arrays)
    groups = _groups(model)
    if "random" in saved and "random" not in groups:
        groups["random"] = [_global_generator(create=True).state]
    groups = {g: v for g, v in groups.items() if saved[g] or g not in ("metrics", "random")}
    for group, variables in groups.items():
        _refuse_misfit(group, variables, arrays, saved[group])
    for group, variables in groups.items():
        for index, variable in enumerate(variables):
            variable.assign(arrays[f"{group}/{index}"])


def restore_weights(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Puts back the model's own variables alone.

    Raises:
        ValueError: The model has other variables than the captured one had.
    """
    _refuse_misfit("model", model.variables, arrays, sum(k.startswith("model/") for k in arrays))
    for index, variable in enumerate(model.variables):
        variable.assign(arrays[f"model/{index}"])


def restore_metrics(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> None:
    """Puts back the metrics alone; those that have no values in `arrays` stay as they are."""
    for index, variable in enumerate(model.metrics_variables):
        if f"metrics/{index}" in arrays:
            variable.assign(arrays[f"metrics/{index}"])


def take_averages(model: keras.Model) -> None:
    """Gives the model the moving averages of its weights where its optimizer keeps them."""
    if _has_averages(model):
        model.optimizer.finalize_variable_values(model.trainable_variables)


@contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Inside, the model has the weights it would end with: averages where there are any."""
    if not _has_averages(model):
        yield
        return
    raw = [variable.numpy() for variable in model.trainable_variables]
    try:
        take_averages(model)
        yield
    finally:
        with held():
            for variable, value in zip(model.trainable_variables, raw, strict=True):
                variable.assign(value)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What is built or traced inside draws no random number that would be missed outside."""
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    drawn, had = random.getstate(), _global_generator(create=False)
    try:
        yield
    finally:
        random.setstate(drawn)
        global_state.set_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR, had)


def _has_averages(model: keras.Model) -> bool:
    keeper = acting(model.optimizer)
    # They begin as zeros, and the first step makes them the weights.
    return bool(getattr(keeper, "use_ema", False) and keeper.built and int(keeper.iterations))


def _groups(model: keras.Model) -> dict[str, list[Any]]:
    groups = {"model": model.variables, "metrics": model.metrics_variables}
    for name, optimizer in optimizers_of(model).items():
        groups[f"optimizer.{name}"] = optimizer.variables
    generator = _global_generator(create=False)
    if generator is not None:
        groups["random"] = [generator.state]
    return groups


def _global_generator(create: bool) -> Any:
    # Unseeded keras.random calls draw from it; Keras offers no public way to reach its state.
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    if create:
        return seed_generator.global_seed_generator()
    return global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)


def _refuse_misfit(
    group: str, variables: list[Any], arrays: Mapping[str, np.ndarray], saved: int
) -> None:
    if saved != len(variables):
        raise ValueError(
            f"The saved state must come from a model like this one: `{group}` has "
            f"{len(variables)} variables here. Received: {saved}."
        )
    for index, variable in enumerate(variables):
        shape = arrays[f"{group}/{index}"].shape
        if shape != tuple(variable.shape):
            raise ValueError(
                f"The saved state must come from a model like this one: `{variable.path}` has "
                f"shape {tuple(variable.shape)} here. Received: {shape}."
            )


def _models(model: keras.Model, prefix: str = "") -> Iterator[tuple[str, keras.Model]]:
    import keras

    yield prefix, model
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _models(layer, f"{prefix}{layer.name}.")
