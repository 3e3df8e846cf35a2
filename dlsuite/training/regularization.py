"""L2 and decoupled weight decay on the kernels of a model that is already built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def add_l2(model: keras.Model, amount: float) -> list[str]:
    """Adds `amount * sum(W^2)` of every kernel to the model's losses.

    A kernel is a trainable weight whose name ends in `kernel`: those of dense, convolutional,
    separable and recurrent layers; biases, normalizations and embeddings stay free. The course's
    λ is `2 * m * amount` for m examples. A `train_step` of the model's own must add `model.losses`.

    Args:
        amount: 0 adds nothing.

    Returns:
        Paths of the kernels found.

    Raises:
        ValueError: There is no kernel, or one has a regularizer of its own.
    """
    import keras

    if amount == 0:
        return []
    kernels = _kernels(model, "l2")
    for kernel in kernels:
        if kernel.regularizer is not None:
            raise ValueError(
                "`regularization.l2` needs kernels without a regularizer of their own. "
                f"Received: {kernel.path} with {type(kernel.regularizer).__name__}."
            )
        kernel.regularizer = keras.regularizers.L2(amount)
    return [kernel.path for kernel in kernels]


def decay_weights(optimizer: keras.Optimizer, model: keras.Model, amount: float) -> keras.Optimizer:
    """Makes an optimizer take `amount` times its rate from every kernel at each step.

    Biases, normalizations and embeddings stay free, as with `add_l2`.

    Args:
        optimizer: Not yet built.
        model: Built.
        amount: 0 changes nothing.

    Raises:
        ValueError: There is no kernel, or the optimizer has a decay of its own.
    """
    if amount == 0:
        return optimizer
    kernels = {id(v) for v in _kernels(model, "weight_decay")}
    if optimizer.weight_decay:
        raise ValueError(
            "`regularization.weight_decay` needs an optimizer without a decay of its own. "
            f"Received: {type(optimizer).__name__} with weight_decay={optimizer.weight_decay}."
        )
    optimizer.weight_decay = amount
    free = [v for v in model.trainable_variables if id(v) not in kernels]
    if free:
        optimizer.exclude_from_weight_decay(var_list=free)
    return optimizer


def _kernels(model: keras.Model, key: str) -> list[keras.Variable]:
    kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
    if not kernels:
        raise ValueError(
            f"`regularization.{key}` needs a built model with kernels, such as those of Dense and "
            f"Conv2D layers. Received: {[v.path for v in model.trainable_variables]}."
        )
    return kernels
