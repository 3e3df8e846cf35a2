"""The one door to derivatives: values with gradients, their graph, their check by differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlsuite.types import Tensor, Tree


def value_and_gradients(
    function: Callable[[], Tensor], at: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """A scalar and its derivatives.

    Args:
        function: Computes a scalar from what `at` holds, which it reaches by closure.
        at: Keras variables or tensors to differentiate with respect to.

    Returns:
        The value, shape `[]`, and for each of `at` a gradient of its shape; zeros where the value
        does not depend on it.

    Raises:
        ValueError: The function gave more than one number.
    """
    sources = [v.value if isinstance(v, keras.Variable) else v for v in at]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for source in sources:
            tape.watch(source)
        value = function()
    if value.shape.rank != 0:
        raise ValueError(f"`function` must return a scalar. Received: shape={value.shape}.")
    gradients = tape.gradient(value, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return value, [tf.convert_to_tensor(g) for g in gradients]  # embeddings give sparse slices


def gradient_on_the_way(
    function: Callable[[], tuple[Tensor, Tensor]], at: Sequence[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """A scalar, a tensor that it was computed by, and the derivative with respect to that tensor.

    Args:
        function: Computes both from what `at` holds, which it reaches by closure.
        at: Keras variables or tensors that the way begins at; those that are not floating count
            for nothing.

    Returns:
        The value, shape `[]`, the tensor, and a gradient of its shape and type.

    Raises:
        ValueError: The first is more than one number, or does not depend on the second.
    """
    sources = [v.value if isinstance(v, keras.Variable) else v for v in at]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        for source in sources:
            if source.dtype.is_floating:
                tape.watch(source)
        value, midway = function()
    if value.shape.rank != 0:
        raise ValueError(f"`function` must return a scalar. Received: shape={value.shape}.")
    gradient = tape.gradient(value, midway)
    if gradient is None:
        raise ValueError(
            "`function` must return a scalar that depends on the tensor beside it. Received: one "
            f"that does not, beside a tensor of shape {midway.shape}."
        )
    return value, midway, tf.convert_to_tensor(gradient)


def step_graph(model: keras.Model, batch: Tree, *, training: bool) -> Any:
    """The traced graph of a step's forward pass, where `training` with its gradients; not run.

    Args:
        model: Built and, for training, compiled.
        batch: `(x,)`, `(x, y)` or `(x, y, weight)` of `tf.TensorSpec` with the size of the batch.
        training: Whether loss and gradients are wanted, or only answers.

    Raises:
        Exception: Whatever the model raises on such a batch.
    """
    x, y, weight = keras.utils.unpack_x_y_sample_weight(batch)

    def answers(x: Tree, y: Tree, weight: Tree) -> Tree:
        return model(x, training=False)

    def gradients(x: Tree, y: Tree, weight: Tree) -> Tree:
        with tf.GradientTape() as tape:
            y_pred = model(x, training=True)
            loss = model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, training=True)
        return tape.gradient(loss, [v.value for v in model.trainable_variables])

    traced = tf.function(gradients if training else answers, autograph=False)
    return traced.get_concrete_function(x, y, weight).graph


def of_size(specs: Tree, size: int) -> Tree:
    """Specifications of batches as those of batches of one size."""
    return tf.nest.map_structure(
        lambda spec: tf.TensorSpec([size, *spec.shape[1:]], spec.dtype), specs
    )


def gradient_check(
    function: Callable[..., Tree],
    *inputs: Tree,
    step: float = 1e-5,
    entries: int = 20,
    seed: int = 0,
) -> dict[str, float]:
    """Backpropagation against central differences, in float64.

    The outputs are weighted by fixed random numbers and summed; up to `entries` entries of each
    trainable weight and of each floating input are moved by `step` both ways. Choose inputs away
    from kinks (relu at 0) and no randomness (dropout) in the function.

    Args:
        function: A layer, model or plain function of tensors; called as `function(*inputs)`.
        inputs: Arrays or trees of arrays. Integer leaves are passed on and not moved.
        step: Distance moved; rounding grows under it, curvature above.
        entries: Sample size in each tensor.
        seed: Of the output weights and of the sample.

    Returns:
        For each trainable weight (by its path) and floating input (`input_0`, …) the relative error
        `|numeric - exact| / (|numeric| + |exact|)`, norms over the sample; a right gradient has
        under 1e-6, a wrong one near 1.

    Raises:
        ValueError: A weight or floating input is not float64.
    """
    rng = np.random.default_rng(seed)
    leaves = [tf.convert_to_tensor(leaf) for leaf in keras.tree.flatten(inputs)]
    outputs = keras.tree.flatten(function(*keras.tree.pack_sequence_as(inputs, leaves)))
    mixers = [rng.normal(size=output.shape) for output in outputs]

    def objective() -> Tensor:
        leaves = [tf.convert_to_tensor(place) for place in places]
        answers = keras.tree.flatten(function(*keras.tree.pack_sequence_as(inputs, leaves)))
        return sum(tf.reduce_sum(m * a) for m, a in zip(mixers, answers, strict=True))

    # Inputs become variables too, so that one compiled objective serves every moved entry.
    places = [tf.Variable(leaf) if leaf.dtype.is_floating else leaf for leaf in leaves]
    moved = {f"input_{i}": v for i, v in enumerate(places) if isinstance(v, tf.Variable)}
    moved |= {w.path: w.value for w in getattr(function, "trainable_weights", ())}
    _require_float64(moved)
    _, exact = value_and_gradients(objective, list(moved.values()))
    compiled = tf.function(objective)
    return {
        name: _relative_error(compiled, variable, gradient.numpy(), step, entries, rng)
        for (name, variable), gradient in zip(moved.items(), exact, strict=True)
    }


def _require_float64(moved: dict[str, Any]) -> None:
    wrong = {name: v.dtype.name for name, v in moved.items() if v.dtype != tf.float64}
    if wrong:
        raise ValueError(
            f"`gradient_check` needs float64 weights and inputs, built under "
            f"keras.config.set_dtype_policy('float64'). Received: {wrong}."
        )


def _relative_error(
    objective: Callable[[], Tensor],
    variable: tf.Variable,
    gradient: np.ndarray,
    step: float,
    entries: int,
    rng: np.random.Generator,
) -> float:
    start = variable.numpy()
    sample = rng.permutation(start.size)[:entries]
    numeric = np.empty(len(sample))
    for position, entry in enumerate(sample):
        values = []
        for direction in (step, -step):
            there = start.copy()
            there.flat[entry] += direction
            variable.assign(there)
            values.append(float(objective()))
        numeric[position] = (values[0] - values[1]) / (2 * step)
    variable.assign(start)
    exact = gradient.reshape(-1)[sample]
    scale = float(np.linalg.norm(numeric) + np.linalg.norm(exact))
    return float(np.linalg.norm(numeric - exact)) / scale if scale else 0.0
