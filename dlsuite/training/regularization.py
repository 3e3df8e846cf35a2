"""L2 on the kernels of a model that is already built."""

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
    kernels = [v for v in model.trainable_variables if v.name.endswith("kernel")]
    if not kernels:
        raise ValueError(
            "`regularization.l2` needs a built model with kernels, such as those of Dense and "
            f"Conv2D layers. Received: {[v.path for v in model.trainable_variables]}."
        )
    for kernel in kernels:
        if kernel.regularizer is not None:
            raise ValueError(
                "`regularization.l2` needs kernels without a regularizer of their own. "
                f"Received: {kernel.path} with {type(kernel.regularizer).__name__}."
            )
        kernel.regularizer = keras.regularizers.L2(amount)
    return [kernel.path for kernel in kernels]
